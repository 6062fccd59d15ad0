import type { JsonObject } from './json.ts';

/**
 * Request fields that change the provider's charge by something the catalogue does not price: OpenAI's and Bedrock's service
 * tiers (priority costs more, flex less), and OpenAI's searches (a charge for each). With platform credentials they are left
 * out, and the answer says so, rather than served at the operator's expense.
 */
const unpriced: Record<string, (value: unknown) => boolean> = {
  service_tier: (value) => value !== 'auto' && value !== 'default',
  web_search_options: () => true,
};

/** The body as platform credentials may serve it, the same object when nothing had to go, and the fields left out. */
export function withoutUnpriced(body: JsonObject): { body: JsonObject; dropped: string[] } {
  const dropped = Object.keys(unpriced).filter((field) => body[field] != null && unpriced[field]?.(body[field]));
  if (dropped.length === 0) return { body, dropped };
  return { body: Object.fromEntries(Object.entries(body).filter(([field]) => !dropped.includes(field))), dropped };
}
