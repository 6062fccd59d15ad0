import { base64Of, readDataUri } from '../../core/chat/data-uri.ts';
import { refuse } from '../../core/chat/refusal.ts';
import { isObject, type JsonObject } from '../../core/json.ts';

/** https://cloud.google.com/vertex-ai/generative-ai/docs/model-reference/inference#blob */
const typesByEnding: Record<string, string> = {
  png: 'image/png',
  jpg: 'image/jpeg',
  jpeg: 'image/jpeg',
  webp: 'image/webp',
  gif: 'image/gif',
  heic: 'image/heic',
  heif: 'image/heif',
  pdf: 'application/pdf',
  txt: 'text/plain',
  md: 'text/plain',
  csv: 'text/csv',
  html: 'text/html',
  json: 'application/json',
  mp3: 'audio/mpeg',
  wav: 'audio/wav',
  ogg: 'audio/ogg',
  flac: 'audio/flac',
  m4a: 'audio/mp4',
  mp4: 'video/mp4',
  mov: 'video/quicktime',
  webm: 'video/webm',
};

/** An OpenAI content part as a Gemini part; throws `Refusal` for a part that Gemini has nothing for. */
export function geminiPart(part: JsonObject, param: string): JsonObject {
  const { image_url: image, video_url: video, input_audio: audio, file } = part;
  if (part.type === 'text' && typeof part.text === 'string') return { text: part.text };
  if (part.type === 'image_url')
    return addressed(isObject(image) ? image.url : image, 'image/jpeg', `${param}.image_url`);
  if (part.type === 'video_url')
    return addressed(isObject(video) ? video.url : video, 'video/mp4', `${param}.video_url`);
  if (part.type === 'input_audio' && isObject(audio) && typeof audio.data === 'string') {
    return inline(typesByEnding[String(audio.format)] ?? `audio/${String(audio.format)}`, audio.data);
  }
  if (part.type === 'file' && isObject(file)) return filePart(file, `${param}.file`);
  return refuse(param, 'This model does not take content parts of this type.');
}

function filePart(file: JsonObject, param: string): JsonObject {
  const type = typeOf(typeof file.filename === 'string' ? file.filename : '') ?? 'application/pdf';
  if (typeof file.file_data === 'string')
    return readDataUri(file.file_data) ? addressed(file.file_data, type, param) : inline(type, file.file_data);
  if (typeof file.file_id === 'string' && /^(gs|https):\/\//.test(file.file_id))
    return addressed(file.file_id, type, param);
  return refuse(param, 'A file needs file_data, or a file_id that is a gs:// or https:// address.');
}

/** Google fetches addresses itself, so nothing is downloaded here. */
function addressed(url: unknown, otherwise: string, param: string): JsonObject {
  if (typeof url !== 'string') return refuse(param, 'The address must be text.');
  const data = readDataUri(url);
  if (data) return inline(data.mimeType || 'text/plain', base64Of(data));
  if (!/^(gs|https):\/\//.test(url)) return refuse(param, 'Only data:, gs:// and https:// addresses are possible.');
  // Google wants a type beside the address; an address that does not show one is taken for what the part's type says.
  return { fileData: { mimeType: typeOf(url) ?? otherwise, fileUri: url } };
}

function inline(mimeType: string, data: string): JsonObject {
  return { inlineData: { mimeType, data } };
}

function typeOf(address: string): string | undefined {
  // Callers choose the address: what follows the path is cut off first, because a pattern for it would look through it anew at each `.ab?`.
  const ending = /\.([a-z0-9]{2,4})$/i.exec(address.slice(0, endOfPath(address)).slice(-5))?.[1];
  return ending === undefined ? undefined : typesByEnding[ending.toLowerCase()];
}

function endOfPath(address: string): number {
  const end = address.search(/[?#]/);
  return end === -1 ? address.length : end;
}
