import { isObject, type JsonObject } from '../json.ts';

/**
 * Request fields that change the provider's charge by something the catalogue does not price: OpenAI's and Bedrock's service
 * tiers (priority costs more, flex less), OpenAI's searches (a charge for each), and an hour of caching. With platform
 * credentials they are left out, and the answer says so, rather than served at the operator's expense.
 */
const unpriced: Record<string, (value: unknown) => boolean> = {
  service_tier: (value) => value !== 'auto' && value !== 'default',
  web_search_options: () => true,
};

/** The body as platform credentials may serve it, the same object when nothing had to go, and the fields left out. */
export function withoutUnpriced(body: JsonObject): { body: JsonObject; dropped: string[] } {
  const dropped = Object.keys(unpriced).filter((field) => body[field] != null && unpriced[field]?.(body[field]));
  let left =
    dropped.length === 0
      ? body
      : Object.fromEntries(Object.entries(body).filter(([field]) => !dropped.includes(field)));
  for (const field of ['messages', 'tools']) {
    const shorter = withoutLongCaching(left[field]);
    if (shorter === left[field]) continue;
    left = { ...left, [field]: shorter };
    if (!dropped.includes('cache_control.ttl')) dropped.push('cache_control.ttl');
  }
  return { body: left, dropped };
}

/** Messages, their parts, and tools may ask for an hour of caching, whose writes cost more than the usual five minutes' that have a price. */
function withoutLongCaching(value: unknown): unknown {
  if (Array.isArray(value)) {
    const items = value.map(withoutLongCaching);
    return items.some((item, i) => item !== value[i]) ? items : value;
  }
  if (!isObject(value)) return value;
  const { cache_control: control, content } = value;
  const parts = Array.isArray(content) ? withoutLongCaching(content) : content;
  if (isObject(control) && control.ttl !== undefined) {
    const { ttl: _ttl, ...rest } = control;
    return { ...value, ...(content !== undefined && { content: parts }), cache_control: rest };
  }
  return parts === content ? value : { ...value, content: parts };
}
