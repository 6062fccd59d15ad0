import { isObject, type JsonObject } from '../../core/json.ts';

/** The root of a tool's schema must be an object, said so. */
export function rootObject(schema: JsonObject): JsonObject {
  return schema.type === undefined ? { type: 'object', properties: {}, ...schema } : schema;
}

/**
 * The schema as Bedrock enforces it, or null when it cannot. Every object has to be closed, numbers and lengths
 * cannot be bounded, and nothing may refer to itself
 * (docs.aws.amazon.com/bedrock/latest/userguide/structured-output.html). What goes is told in the description, which
 * the model reads. Objects that are open on purpose would lose their meaning: null.
 */
export function enforceable(schema: JsonObject): JsonObject | null {
  try {
    const written = strict(schema, 0) as JsonObject;
    return isRecursive(schema) ? null : written;
  } catch (error) {
    if (error instanceof OpenError) return null;
    throw error;
  }
}

class OpenError extends Error {}

/** Refused by Bedrock: https://github.com/BerriAI/litellm/pull/29624, https://github.com/vercel/ai/pull/17558. */
const bounding = [
  ...['minimum', 'maximum', 'exclusiveMinimum', 'exclusiveMaximum', 'multipleOf'],
  ...[
    'minLength',
    'maxLength',
    'pattern',
    'minItems',
    'maxItems',
    'uniqueItems',
    'contains',
    'minContains',
    'maxContains',
  ],
  ...['minProperties', 'maxProperties', 'propertyNames', 'patternProperties', 'dependentRequired', 'dependentSchemas'],
  ...['not', 'if', 'then', 'else', 'prefixItems', 'unevaluatedProperties', 'unevaluatedItems'],
];
const boundingKeywords = new Set(bounding);

/** Keywords whose keys are names that the caller chose. */
const namedSchemas = new Set(['properties', '$defs', 'definitions']);
const plainKeywords = new Set(['enum', 'const', 'default', 'examples', 'required', 'type', 'description', 'title']);

/** Deeper schemas are not looked through: no model would follow them. */
const deepest = 64;

function strict(schema: unknown, depth: number): unknown {
  if (depth > deepest) throw new OpenError();
  if (Array.isArray(schema)) return schema.map((inner) => strict(inner, depth + 1));
  if (!isObject(schema)) return schema;
  const result: JsonObject = {};
  const told: JsonObject = {};
  for (const [keyword, value] of Object.entries(schema)) {
    // One item at least is the one bound of a list that is enforced.
    if (keyword === 'minItems' && (value === 0 || value === 1)) result[keyword] = value;
    else if (boundingKeywords.has(keyword)) told[keyword] = value;
    else if (namedSchemas.has(keyword) && isObject(value))
      result[keyword] = Object.fromEntries(
        Object.entries(value).map(([name, inner]) => [name, strict(inner, depth + 1)]),
      );
    else if (keyword === '$schema' || keyword === '$id') continue;
    else result[keyword] = plainKeywords.has(keyword) ? value : strict(value, depth + 1);
  }
  if (takesObjects(schema)) {
    if (schema.additionalProperties !== undefined && schema.additionalProperties !== false) throw new OpenError();
    if (schema.patternProperties !== undefined || (!isObject(schema.properties) && !isComposed(schema)))
      throw new OpenError();
    if (isObject(schema.properties)) result.additionalProperties = false;
  }
  if (Object.keys(told).length > 0) {
    const description = typeof schema.description === 'string' ? `${schema.description} ` : '';
    result.description = `${description}(${Object.entries(told)
      .map(([keyword, value]) => `${keyword}: ${JSON.stringify(value)}`)
      .join(', ')})`;
  }
  return result;
}

function takesObjects({ type, properties }: JsonObject): boolean {
  return isObject(properties) || type === 'object' || (Array.isArray(type) && type.includes('object'));
}

function isComposed(schema: JsonObject): boolean {
  return ['anyOf', 'oneOf', 'allOf', '$ref', 'enum', 'const'].some((keyword) => schema[keyword] !== undefined);
}

/** Whether a definition leads back to itself, or to the whole. */
function isRecursive(root: JsonObject): boolean {
  const definitions = new Map<string, unknown>();
  for (const keyword of ['$defs', 'definitions'])
    if (isObject(root[keyword]))
      for (const [name, inner] of Object.entries(root[keyword])) definitions.set(`#/${keyword}/${name}`, inner);
  const refsOf = (schema: unknown, depth = 0): string[] => {
    if (depth > deepest) return [];
    if (Array.isArray(schema)) return schema.flatMap((inner) => refsOf(inner, depth + 1));
    if (!isObject(schema)) return [];
    return Object.entries(schema).flatMap(([keyword, value]) =>
      keyword === '$ref' && typeof value === 'string'
        ? [value]
        : keyword === '$defs' || keyword === 'definitions' || plainKeywords.has(keyword)
          ? []
          : refsOf(value, depth + 1),
    );
  };
  const done = new Set<string>();
  const leadsBack = (ref: string, above: string[]): boolean => {
    if (ref === '#' || above.includes(ref) || above.length > deepest) return true;
    if (done.has(ref)) return false;
    const found = refsOf(definitions.get(ref)).some((next) => leadsBack(next, [...above, ref]));
    done.add(ref);
    return found;
  };
  return refsOf(root).some((ref) => leadsBack(ref, []));
}
