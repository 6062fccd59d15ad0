import type { JsonObject } from '../json.ts';

/** Longer texts are what a model said, who was told no credential. */
const longestName = 1000;
const ids = /"(?:id|item_id|system_fingerprint)":"([^"]{8,1000})"/g;

/**
 * Whether an answer that is good repeats its credential where providers put names of their own: its ids. Then it is looked through
 * as a whole. What a model said is not looked through otherwise: that would cost more than all the rest of a request.
 */
export function repeatsCredential(body: JsonObject, redact: (text: string) => string): boolean {
  const names = Object.values(body).filter((value) => typeof value === 'string' && value.length <= longestName);
  return differs(names.join('\n'), redact);
}

/** The same of a stream's beginning, as text. */
export function beginningRepeatsCredential(text: string, redact: (text: string) => string): boolean {
  return differs([...text.matchAll(ids)].map(([, id]) => id).join('\n'), redact);
}

function differs(text: string, redact: (text: string) => string): boolean {
  return text !== '' && redact(text) !== text;
}
