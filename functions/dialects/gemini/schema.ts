import { isObject, type JsonObject } from '../../core/json.ts';

const schemaLists = new Set(['anyOf', 'oneOf', 'allOf', 'prefixItems']);
const schemaMaps = new Set(['properties', '$defs', 'definitions', 'patternProperties']);

/** JSON Schema as Google takes it: without `$schema`, and `const`, which it does not know, as an enum of one. */
export function geminiSchema(schema: JsonObject): JsonObject {
  const result: JsonObject = {};
  for (const [keyword, value] of Object.entries(schema)) {
    if (keyword === '$schema') continue;
    if (keyword === 'const' && (typeof value === 'string' || typeof value === 'number')) result.enum = [value];
    else if (schemaLists.has(keyword) && Array.isArray(value))
      result[keyword] = value.map((entry: unknown) => (isObject(entry) ? geminiSchema(entry) : entry));
    else if (schemaMaps.has(keyword) && isObject(value))
      result[keyword] = Object.fromEntries(
        Object.entries(value).map(([name, entry]) => [name, isObject(entry) ? geminiSchema(entry) : entry]),
      );
    else if ((keyword === 'items' || keyword === 'additionalProperties') && isObject(value))
      result[keyword] = geminiSchema(value);
    else result[keyword] = value;
  }
  return result;
}
