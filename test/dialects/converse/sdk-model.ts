import { ConverseRequest$ } from '@aws-sdk/client-bedrock-runtime';

/**
 * What the SDK's own model of Converse says against a body: unknown fields, missing ones, and values of another kind. The SDK itself
 * drops or sends them in silence. Its schemas: https://github.com/smithy-lang/smithy-typescript/tree/main/packages/types/src/schema.
 */
export function modelErrors(body: unknown): string[] {
  return check(ConverseRequest$, body, '');
}

/** Kinds of compound schemas, which are lists that begin with their kind. */
const list = 1;
const map = 2;
const structure = 3;
const union = 4;

/** Plain kinds; 64 and 128 on top of them make lists and maps. */
const plain: Record<number, (value: unknown) => boolean> = {
  0: (value) => typeof value === 'string',
  1: (value) => typeof value === 'number' && Number.isFinite(value),
  2: (value) => typeof value === 'boolean',
  15: (value) => JSON.stringify(value) !== undefined,
  21: (value) => value instanceof Uint8Array,
};

function check(schema: unknown, value: unknown, at: string): string[] {
  if (value === undefined) return [];
  if (typeof schema === 'function') return check(schema(), value, at);
  if (typeof schema === 'number') {
    if (schema >= 128) return eachValue(schema - 128, value, at);
    if (schema >= 64) return eachItem(schema - 64, value, at);
    return plain[schema]?.(value) === true ? [] : [`${at} is no value of kind ${schema}`];
  }
  if (!Array.isArray(schema)) throw new Error(`no schema at ${at}`);
  // A schema with traits of the member beside it.
  if (schema.length <= 2) return check(schema[0], value, at);
  const [kind, , , , names, members, required = 0] = schema;
  if (kind === list) return eachItem(names, value, at);
  if (kind === map) return eachValue(members, value, at);
  if (kind !== structure && kind !== union) return check(names, value, at);
  if (!isRecord(value)) return [`${at} is no object`];
  const held = Object.keys(value).filter((name) => value[name] !== undefined);
  return [
    ...held.flatMap((name) => {
      const index = names.indexOf(name);
      return index === -1 ? [`${at}.${name} is unknown`] : check(members[index], value[name], `${at}.${name}`);
    }),
    ...names.slice(0, required).flatMap((name: string) => (held.includes(name) ? [] : [`${at}.${name} is missing`])),
    ...(kind === union && held.length !== 1 ? [`${at} holds ${held.length} things`] : []),
  ];
}

function eachItem(schema: unknown, value: unknown, at: string): string[] {
  if (!Array.isArray(value)) return [`${at} is no list`];
  return value.flatMap((item: unknown, index) => check(schema, item, `${at}.${index}`));
}

function eachValue(schema: unknown, value: unknown, at: string): string[] {
  if (!isRecord(value)) return [`${at} is no object`];
  return Object.entries(value).flatMap(([name, item]) => check(schema, item, `${at}.${name}`));
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Uint8Array);
}
