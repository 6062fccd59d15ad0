/**
 * What the chunks of a stream have in common around the text that each brings: as it comes, and as it goes to the caller.
 * Nearly all are alike but for that text and the padding (`obfuscation`), so comparing them with the last one says as much
 * as looking through them.
 */
export interface Mould {
  before: string;
  after: string;
  ownBefore: string;
  ownAfter: string;
  padded: boolean;
}

const contentField = '"delta":{"content":"';
const paddingField = '"obfuscation":"';

/** The mould of a chunk and of what was made of it; null when it does not fit its own chunk. */
export function takeMould(payload: string, edited: string): Mould | null {
  const start = payload.indexOf(contentField) + contentField.length;
  const end = stringEnd(payload, start);
  const ownStart = edited.indexOf(contentField) + contentField.length;
  if (start < contentField.length || ownStart < contentField.length || end === -1) return null;
  const padding = payload.indexOf(paddingField, end);
  const padded = padding !== -1;
  const rest = padded ? payload.length - padding - paddingField.length : 0;
  const mould = {
    before: payload.slice(0, start),
    after: payload.slice(end, payload.length - rest),
    ownBefore: edited.slice(0, ownStart),
    ownAfter: edited.slice(ownStart + end - start, edited.length - rest),
    padded,
  };
  return recast(payload, mould) === edited ? mould : null;
}

/** The chunk for the caller; null when it is not of this mould. Slices are compared, because `startsWith` takes several times as long in V8 13. */
export function recast(payload: string, { before, after, ownBefore, ownAfter, padded }: Mould): string | null {
  if (payload.slice(0, before.length) !== before) return null;
  const end = stringEnd(payload, before.length);
  if (end === -1 || payload.slice(end, end + after.length) !== after) return null;
  const rest = end + after.length;
  const last = padded ? stringEnd(payload, rest) + '"}'.length : rest;
  if (last !== payload.length || (padded && !payload.endsWith('}'))) return null;
  return ownBefore + payload.slice(before.length, end) + ownAfter + payload.slice(rest);
}

/** Where the JSON string ends that `from` is inside of; -1 when it holds a quote, which is left to the parser. */
function stringEnd(text: string, from: number): number {
  const quote = text.indexOf('"', from);
  return quote > from && text.charCodeAt(quote - 1) === 92 ? -1 : quote;
}
