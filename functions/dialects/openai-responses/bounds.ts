import type { RequestBounds } from '../../core/chat/bounds.ts';
import { isObject, type JsonObject } from '../../core/json.ts';

type Media = Omit<RequestBounds, 'textBytes' | 'maxOutputTokens' | 'choices' | 'audioOut'>;

/** What a Responses request may cost at most, from its body and the size of the body's JSON text. */
export function responseBounds(body: JsonObject, bodyBytes: number): RequestBounds {
  const media: Media & { bytes: number } = { images: 0, audioChars: 0, mediaChars: 0, remoteMedia: 0, bytes: 0 };
  for (const part of partsOf(body.input)) countPart(part, media);
  const { bytes, ...counts } = media;
  return {
    ...counts,
    textBytes: Math.max(0, bodyBytes - bytes),
    maxOutputTokens: positive(body.max_output_tokens),
    choices: 1,
    audioOut: false,
  };
}

/** The parts of messages, and of the results of tools: a list, or one screenshot. */
function* partsOf(input: unknown): Generator<JsonObject> {
  if (!Array.isArray(input)) return;
  for (const item of input) {
    if (!isObject(item)) continue;
    for (const parts of [item.content, item.output])
      for (const part of Array.isArray(parts) ? parts : [parts]) if (isObject(part)) yield part;
  }
}

function countPart(part: JsonObject, media: Media & { bytes: number }): void {
  if (part.type === 'input_image' || part.type === 'computer_screenshot') {
    media.images += 1;
    if (typeof part.image_url === 'string') media.bytes += part.image_url.length;
    return;
  }
  if (part.type === 'input_file') {
    const { file_data: data, file_url: url } = part;
    if (typeof data === 'string') {
      media.bytes += data.length;
      media.mediaChars += data.length;
    } else if (typeof url === 'string' && url.startsWith('data:')) {
      media.bytes += url.length;
      media.mediaChars += url.length;
    } else media.remoteMedia += 1;
    return;
  }
  if (part.type === 'input_audio' && isObject(part.input_audio) && typeof part.input_audio.data === 'string') {
    media.bytes += part.input_audio.data.length;
    media.audioChars += part.input_audio.data.length;
  }
}

function positive(value: unknown): number | null {
  return typeof value === 'number' && Number.isFinite(value) && value > 0 ? Math.ceil(value) : null;
}
