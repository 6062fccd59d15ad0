import { isObject, isPresent, type JsonObject } from '../../../core/json.ts';

/** Fields that only a beta lets in: without it they are "Extra inputs". None of them changes what is asked. */
const fieldsOf: [beta: string, field: string][] = [['fast-mode-', 'speed']];

const scopeBeta = 'prompt-caching-scope-';

/** The body without what belongs to the betas that the host does not know; the same object when there was nothing. */
export function withoutBetaFields(body: JsonObject, left: string[]): { body: JsonObject; dropped: string[] } {
  const fields = fieldsOf.flatMap(([beta, field]) =>
    left.some((name) => name.startsWith(beta)) && isPresent(body[field]) ? [field] : [],
  );
  const shorter =
    fields.length === 0 ? body : Object.fromEntries(Object.entries(body).filter(([field]) => !fields.includes(field)));
  if (!left.some((name) => name.startsWith(scopeBeta))) return { body: shorter, dropped: fields };
  const unscoped = withoutScopes(shorter);
  return unscoped === shorter || !isObject(unscoped)
    ? { body: shorter, dropped: fields }
    : { body: unscoped, dropped: [...fields, 'cache_control.scope'] };
}

/** Where marks stand: in blocks of system, turns and tool results, in tools, and at the top. */
const holders = ['system', 'messages', 'tools', 'content'];

function withoutScopes(value: unknown, depth = 0): unknown {
  if (depth > 8) return value;
  if (Array.isArray(value)) {
    const items = value.map((item: unknown) => withoutScopes(item, depth + 1));
    return items.some((item, index) => item !== value[index]) ? items : value;
  }
  if (!isObject(value)) return value;
  let left = value;
  for (const holder of holders) {
    const unscoped = withoutScopes(value[holder], depth + 1);
    if (unscoped !== value[holder]) left = { ...left, [holder]: unscoped };
  }
  const { cache_control: mark } = value;
  if (!isObject(mark) || mark.scope === undefined) return left;
  const { scope: _scope, ...rest } = mark;
  return { ...left, cache_control: rest };
}
