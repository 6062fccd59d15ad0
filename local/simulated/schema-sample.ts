import { isObject, type JsonObject } from '../../functions/core/json.ts';

/** A small value that a JSON Schema allows, for the usual keywords. References beyond a few levels become null. */
export function sampleOf(schema: unknown, root: unknown = schema, depth = 0): unknown {
  if (!isObject(schema) || depth > 6) return null;
  if (typeof schema.$ref === 'string') return sampleOf(lookUp(root, schema.$ref), root, depth + 1);
  if (schema.const !== undefined) return schema.const;
  if (Array.isArray(schema.enum)) return schema.enum[0];
  for (const keyword of ['anyOf', 'oneOf', 'allOf']) {
    const options = schema[keyword];
    if (Array.isArray(options)) return sampleOf(options[0], root, depth + 1);
  }
  const type = Array.isArray(schema.type) ? schema.type[0] : schema.type;
  if (type === 'string') return 'sample';
  if (type === 'integer' || type === 'number') return typeof schema.minimum === 'number' ? schema.minimum : 1;
  if (type === 'boolean') return true;
  if (type === 'null') return null;
  if (type === 'array') return [sampleOf(schema.items, root, depth + 1)];
  const properties = isObject(schema.properties) ? schema.properties : {};
  return Object.fromEntries(Object.entries(properties).map(([name, inner]) => [name, sampleOf(inner, root, depth + 1)]));
}

function lookUp(root: unknown, reference: string): unknown {
  let found: unknown = root;
  for (const step of reference.replace(/^#\/?/, '').split('/')) found = isObject(found) ? (found as JsonObject)[step] : undefined;
  return found;
}
