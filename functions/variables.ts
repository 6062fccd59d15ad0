import { isObject, parseJson } from './core/json.ts';

/*
 * Reading environment variables. What is not set is null or the value that holds otherwise; what makes no sense throws an error that names
 * the variable.
 */

export type Source = Record<string, string | undefined>;

export function text(source: Source, name: string): string | null {
  const value = source[name]?.trim();
  return value === undefined || value === '' ? null : value;
}

export function texts(source: Source, name: string): Record<string, string> {
  const value = text(source, name);
  if (value === null) return {};
  const parsed = parseJson(value);
  const entries = isObject(parsed) ? Object.entries(parsed) : [];
  const given = entries.filter((entry): entry is [string, string] => typeof entry[1] === 'string');
  if (isObject(parsed) && given.length === entries.length) return Object.fromEntries(given);
  throw new Error(`${name} must be a JSON object of texts.`);
}

/** The first is what holds when nothing is set. */
export function oneOf<Value extends string>(source: Source, name: string, values: [Value, ...Value[]]): Value {
  const value = text(source, name) ?? values[0];
  const found = values.find((each) => each === value);
  if (found === undefined)
    throw new Error(`${name} must be one of ${values.join(', ')}, not ${JSON.stringify(value)}.`);
  return found;
}

export function url(source: Source, name: string): string | null {
  const value = text(source, name);
  if (value === null) return null;
  if (!URL.canParse(value) || !/^https?:$/.test(new URL(value).protocol))
    throw new Error(`${name} is not an http(s) address.`);
  return value.replace(/\/+$/, '');
}

export function roleArn(source: Source, name: string): string | null {
  const value = text(source, name);
  if (value !== null && !/^arn:aws[\w-]*:iam::\d{12}:role\/\S+$/.test(value))
    throw new Error(`${name} is not the ARN of an IAM role.`);
  return value;
}

export function number(source: Source, name: string, otherwise: number, least: number, most: number): number {
  const value = text(source, name);
  if (value === null) return otherwise;
  const parsed = Number(value);
  if (!(parsed >= least && parsed <= most))
    throw new Error(`${name} must be a number from ${least} to ${most}, not ${JSON.stringify(value)}.`);
  return parsed;
}

export function origins(source: Source, name: string): string[] {
  const listed = (text(source, name) ?? '').split(',').map((each) => each.trim());
  return listed.filter(Boolean).map((origin) => {
    if (origin !== '*' && (!URL.canParse(origin) || new URL(origin).origin !== origin))
      throw new Error(`${name} must list origins such as https://app.example.com, not ${JSON.stringify(origin)}.`);
    return origin;
  });
}
