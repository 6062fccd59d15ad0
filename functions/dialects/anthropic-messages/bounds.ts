import type { RequestBounds } from '../../core/chat/bounds.ts';
import { isObject, type JsonObject } from '../../core/json.ts';

/** What a Messages body may cost at most. `bodyBytes`: how long it is as JSON, media included. */
export function bounds(body: JsonObject, bodyBytes: number): RequestBounds {
  const found: Media = { images: 0, mediaChars: 0, remoteMedia: 0, inline: 0 };
  lookThrough([body.system, body.messages], found);
  return {
    textBytes: Math.max(0, bodyBytes - found.inline),
    images: found.images,
    audioChars: 0,
    mediaChars: found.mediaChars,
    remoteMedia: found.remoteMedia,
    maxOutputTokens: typeof body.max_tokens === 'number' && body.max_tokens >= 0 ? body.max_tokens : null,
    choices: 1,
    audioOut: false,
  };
}

interface Media {
  images: number;
  mediaChars: number;
  remoteMedia: number;
  /** Base64 characters of all kinds. */
  inline: number;
}

/** No block of the format stands deeper; what a caller buries deeper counts as text, which costs more. */
const deepest = 16;

/** Media stand in blocks, in the contents of tool results and in the sources of documents. */
function lookThrough(value: unknown, found: Media, depth = 0): void {
  if (depth > deepest) return;
  if (Array.isArray(value)) for (const item of value) lookThrough(item, found, depth + 1);
  if (!isObject(value)) return;
  const { source } = value;
  const image = value.type === 'image';
  if ((image || value.type === 'document') && isObject(source)) {
    if (source.type === 'base64' && typeof source.data === 'string') {
      found.inline += source.data.length;
      if (!image) found.mediaChars += source.data.length;
    }
    // Images cost by their number, wherever they come from.
    if (image) found.images += 1;
    else if (source.type === 'url' || source.type === 'file') found.remoteMedia += 1;
  }
  // Only what can hold blocks is opened: the input of a tool may look like anything.
  lookThrough(value.content, found, depth + 1);
  if (isObject(source)) lookThrough(source.content, found, depth + 1);
}
