import type { RequestBounds } from '../../core/chat/bounds.ts';
import { isObject, type JsonObject } from '../../core/json.ts';
import type { Content } from './contents.ts';

/** What a written generateContent request may cost at most. */
export function boundsOf(body: JsonObject, contents: Content[]): RequestBounds {
  const config = isObject(body.generationConfig) ? body.generationConfig : {};
  const { contents: _contents, generationConfig: _config, ...rest } = body;
  const bounds: RequestBounds = {
    textBytes: bytesOf(rest) + (config.responseJsonSchema === undefined ? 0 : bytesOf(config.responseJsonSchema)),
    images: 0,
    audioChars: 0,
    mediaChars: 0,
    remoteMedia: 0,
    // Protocol buffers do not tell zero from nothing.
    maxOutputTokens:
      typeof config.maxOutputTokens === 'number' && config.maxOutputTokens > 0 ? config.maxOutputTokens : null,
    choices: typeof config.candidateCount === 'number' ? config.candidateCount : 1,
    audioOut: false,
  };
  for (const { parts } of contents) for (const part of parts) add(part, bounds);
  return bounds;
}

function add(part: JsonObject, bounds: RequestBounds): void {
  const { inlineData, fileData, functionResponse, ...said } = part;
  if (isObject(inlineData)) addMedia(String(inlineData.mimeType), String(inlineData.data), bounds);
  else if (isObject(fileData)) bounds.remoteMedia++;
  else if (isObject(functionResponse)) {
    const { parts, ...response } = functionResponse;
    bounds.textBytes += bytesOf(response);
    if (Array.isArray(parts)) for (const inside of parts.filter(isObject)) add(inside, bounds);
  } else bounds.textBytes += typeof said.text === 'string' ? Buffer.byteLength(said.text) : bytesOf(said);
}

function addMedia(type: string, data: string, bounds: RequestBounds): void {
  if (type.startsWith('image/')) bounds.images++;
  else if (type.startsWith('audio/')) bounds.audioChars += data.length;
  else bounds.mediaChars += data.length;
}

function bytesOf(value: unknown): number {
  const text = JSON.stringify(value);
  return text === '{}' ? 0 : Buffer.byteLength(text);
}
