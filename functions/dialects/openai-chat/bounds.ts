import type { RequestBounds } from '../../core/chat/bounds.ts';
import { isObject, type JsonObject } from '../../core/json.ts';

/** What a chat request may cost at most. `bodyBytes`: the size of its JSON text. */
export function chatBounds(body: JsonObject, bodyBytes: number): RequestBounds {
  const media = { images: 0, imageChars: 0, audioChars: 0, mediaChars: 0, remoteMedia: 0 };
  for (const part of partsOf(body.messages)) count(part, media);
  const { images, imageChars, audioChars, mediaChars, remoteMedia } = media;
  return {
    textBytes: Math.max(0, bodyBytes - imageChars - audioChars - mediaChars),
    images,
    audioChars,
    mediaChars,
    remoteMedia,
    maxOutputTokens: withPrediction(outputLimit(body), body.prediction),
    choices: Math.max(wanted(body.n), wanted(body.best_of)),
    ...(promptsOf(body.prompt) > 1 && { prompts: promptsOf(body.prompt) }),
    audioOut: isObject(body.audio) || (Array.isArray(body.modalities) && body.modalities.includes('audio')),
  };
}

function* partsOf(messages: unknown): Generator<JsonObject> {
  if (!Array.isArray(messages)) return;
  for (const message of messages) {
    if (!isObject(message) || !Array.isArray(message.content)) continue;
    for (const part of message.content) if (isObject(part)) yield part;
  }
}

type Media = Pick<RequestBounds, 'images' | 'audioChars' | 'mediaChars' | 'remoteMedia'> & { imageChars: number };

/** Only what the part's type makes the provider look at is media: anything else is text, whatever it is called. */
function count(part: JsonObject, media: Media): void {
  if (part.type === 'image_url') {
    media.images += 1;
    media.imageChars += inlineChars(addressOf(part.image_url));
  } else if (part.type === 'input_audio' && isObject(part.input_audio)) {
    if (typeof part.input_audio.data === 'string') media.audioChars += part.input_audio.data.length;
  } else if (part.type === 'video_url') countDocument(addressOf(part.video_url), media);
  else if (part.type === 'file' && isObject(part.file)) {
    const { file_data: data } = part.file;
    if (typeof data === 'string' && !/^\w+:\/\//.test(data)) media.mediaChars += data.length;
    else media.remoteMedia += 1;
  }
}

function countDocument(address: string, media: Media): void {
  const chars = inlineChars(address);
  media.mediaChars += chars;
  if (chars === 0) media.remoteMedia += 1;
}

function addressOf(given: unknown): string {
  const url = isObject(given) ? given.url : given;
  return typeof url === 'string' ? url : '';
}

function inlineChars(address: string): number {
  return address.startsWith('data:') ? address.length : 0;
}

/** The larger of the two limits: models know one or the other. A limit that is no number limits nothing. */
function outputLimit(body: JsonObject): number | null {
  const given = [body.max_completion_tokens, body.max_tokens].filter((limit) => limit !== undefined && limit !== null);
  const limits = given
    .filter((limit) => typeof limit === 'number')
    .filter((limit) => Number.isFinite(limit) && limit > 0);
  return limits.length === 0 || limits.length < given.length ? null : Math.ceil(Math.max(...limits));
}

/**
 * What was predicted and not said is paid like what was said
 * (https://platform.openai.com/docs/guides/predicted-outputs): no token is shorter than a byte.
 */
function withPrediction(limit: number | null, prediction: unknown): number | null {
  return limit === null || !isObject(prediction) ? limit : limit + Buffer.byteLength(JSON.stringify(prediction));
}

/** Counts upwards only: a number sent as a text is taken for that many, because a lenient provider may do so. */
function wanted(count: unknown): number {
  const number = typeof count === 'number' || typeof count === 'string' ? Number(count) : 1;
  return Number.isFinite(number) ? Math.max(1, Math.ceil(number)) : 1;
}

/** The old completions answer each of several prompts; a list of numbers is one prompt in tokens. */
function promptsOf(prompt: unknown): number {
  return Array.isArray(prompt) && typeof prompt[0] !== 'number' ? Math.max(1, prompt.length) : 1;
}
