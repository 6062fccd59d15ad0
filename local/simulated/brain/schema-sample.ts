import { isObject, type JsonObject } from '../../../functions/core/json.ts';

/** Deeper than any sensible schema; recursive ones are cut here. */
const depthLimit = 12;

/** The simplest value that a JSON Schema allows, for simulated tool arguments and structured answers. Patterns are not looked at. */
export function sampleOf(schema: unknown, root: unknown = schema, depth = 0): unknown {
  if (!isObject(schema) || depth > depthLimit) return depth > depthLimit ? null : {};
  if (typeof schema.$ref === 'string') return sampleOf(resolve(schema.$ref, root), root, depth + 1);
  if ('const' in schema) return schema.const;
  if (Array.isArray(schema.enum)) return schema.enum[0];
  for (const choice of [schema.anyOf, schema.oneOf])
    if (Array.isArray(choice)) return sampleOf(choice[0], root, depth + 1);
  if (Array.isArray(schema.allOf))
    return Object.assign({}, ...schema.allOf.map((part) => sampleOf(part, root, depth + 1)));
  const type = typeOf(schema);
  if (type === 'array')
    return Array.from({ length: number(schema.minItems, 0) }, () => sampleOf(schema.items, root, depth + 1));
  if (type === 'string') return sampleText(schema);
  if (type === 'integer' || type === 'number') return number(schema.minimum, number(schema.exclusiveMinimum, -1) + 1);
  if (type === 'boolean') return true;
  if (type === 'null') return null;
  return sampleObject(schema, root, depth);
}

/** Required properties only: optional ones are where recursive schemas go on. */
function sampleObject(schema: JsonObject, root: unknown, depth: number): JsonObject {
  const properties = isObject(schema.properties) ? schema.properties : {};
  const required = Array.isArray(schema.required) ? schema.required.map(String) : [];
  return Object.fromEntries(required.map((name) => [name, sampleOf(properties[name], root, depth + 1)]));
}

const formats: Record<string, string> = {
  date: '2026-01-01',
  time: '12:00:00Z',
  'date-time': '2026-01-01T12:00:00Z',
  email: 'someone@example.com',
  uri: 'https://example.com',
  uuid: '00000000-0000-4000-8000-000000000000',
};

function sampleText(schema: JsonObject): string {
  const known = typeof schema.format === 'string' ? formats[schema.format] : undefined;
  return (
    known ??
    'sample'.padEnd(number(schema.minLength, 0), '.').slice(0, number(schema.maxLength, Number.POSITIVE_INFINITY))
  );
}

function number(value: unknown, otherwise: number): number {
  return typeof value === 'number' ? value : otherwise;
}

/** `#/$defs/Name` within the same schema. */
function resolve(reference: string, root: unknown): unknown {
  let found: unknown = root;
  for (const part of reference.replace(/^#\/?/, '').split('/').filter(Boolean)) {
    found = isObject(found) ? found[part.replaceAll('~1', '/').replaceAll('~0', '~')] : undefined;
  }
  return found;
}

/** Google's own schemas write the types in capitals. */
function typeOf({ type }: JsonObject): unknown {
  const first = Array.isArray(type) ? type[0] : type;
  return typeof first === 'string' ? first.toLowerCase() : first;
}
