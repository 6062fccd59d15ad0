import type { JsonObject } from '../json.ts';

/** Longer texts are what a model said, who was told no credential. */
const longestName = 1000;
const idFields = ['"id":"', '"item_id":"', '"system_fingerprint":"'];

/**
 * Whether an answer that is good repeats its credential where providers put names of their own: its ids. Then it is looked through
 * as a whole. What a model said is not looked through otherwise: that would cost more than all the rest of a request.
 */
export function repeatsCredential(body: JsonObject, redact: (text: string) => string): boolean {
  const names = Object.values(body).filter((value) => typeof value === 'string' && value.length <= longestName);
  return differs(names.join('\n'), redact);
}

/** The same of a stream's beginning, as text. Its events have most ids in common: each is looked through once. */
export function beginningRepeatsCredential(text: string, redact: (text: string) => string): boolean {
  const names = new Set<string>();
  for (const field of idFields) {
    for (let at = text.indexOf(field); at !== -1; ) {
      const start = at + field.length;
      const end = text.indexOf('"', start);
      if (end === -1) break;
      if (end - start <= longestName) names.add(text.slice(start, end));
      at = text.indexOf(field, end);
    }
  }
  return differs([...names].join('\n'), redact);
}

function differs(text: string, redact: (text: string) => string): boolean {
  return text !== '' && redact(text) !== text;
}
