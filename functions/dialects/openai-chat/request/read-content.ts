import type { Block, CacheMark, Source } from '../../../core/chat/conversation.ts';
import { base64Of, readDataUri } from '../../../core/chat/data-uri.ts';
import { refuse } from '../../../core/chat/refusal.ts';
import { isObject, type JsonObject } from '../../../core/json.ts';

/** A message's `content` as blocks: a text is one block, null none. `at` of media names the field that holds them. */
export function readContent(content: unknown, at: string): Block[] {
  if (content === null || content === undefined) return [];
  if (typeof content === 'string') return [{ type: 'text', text: content, at }];
  if (!Array.isArray(content)) refuse(at, 'content must be a text or a list of parts.');
  return content.map((part: unknown, i) =>
    isObject(part) ? marked(readPart(part, `${at}.${i}`), part) : refuse(`${at}.${i}`, 'A part must be an object.'),
  );
}

/** Content where OpenAI takes texts alone. */
export function readTexts(content: unknown, at: string): Block[] {
  return readContent(content, at).map((block, i) =>
    block.type === 'text' || block.type === 'refusal' ? block : refuse(`${at}.${i}`, 'Only text is possible here.'),
  );
}

/** Anthropic's mark for prompt caching, which many clients send through this format. */
export function readCacheMark(given: JsonObject): CacheMark | undefined {
  const { cache_control: control } = given;
  if (!isObject(control)) return undefined;
  return { ttl: typeof control.ttl === 'string' ? control.ttl : null };
}

function marked(block: Block, part: JsonObject): Block {
  const cache = readCacheMark(part);
  return cache === undefined ? block : { ...block, cache };
}

function readPart(part: JsonObject, at: string): Block {
  switch (part.type) {
    case 'text':
    case 'refusal': {
      const text = part[part.type];
      if (typeof text !== 'string') refuse(at, `${part.type} must be a text.`);
      return { type: part.type, text, at };
    }
    case 'image_url': {
      const { image_url: image } = part;
      const where = `${at}.image_url`;
      const detail = isObject(image) && typeof image.detail === 'string' ? { detail: image.detail } : {};
      return { type: 'image', source: readAddress(image, where), ...detail, at: where };
    }
    case 'video_url':
      return { type: 'video', source: readAddress(part.video_url, `${at}.video_url`), at: `${at}.video_url` };
    case 'input_audio':
      return readAudio(part.input_audio, `${at}.input_audio`);
    case 'file':
      return readFile(part.file, `${at}.file`);
    default:
      return refuse(at, 'This model does not take content parts of this type.');
  }
}

/** Clients send `{url}` or the address alone. */
function readAddress(given: unknown, at: string): Source {
  const url = isObject(given) ? given.url : given;
  if (typeof url !== 'string') refuse(at, 'The address must be a text.');
  return readData(url) ?? { type: 'url', url };
}

function readData(url: string): Extract<Source, { type: 'base64' }> | null {
  const found = readDataUri(url);
  return found && { type: 'base64', mediaType: found.mimeType, data: base64Of(found) };
}

function readAudio(audio: unknown, at: string): Block {
  if (!isObject(audio) || typeof audio.data !== 'string') refuse(at, 'input_audio needs its data in base64.');
  const format = typeof audio.format === 'string' ? { format: audio.format } : {};
  const source: Source = readData(audio.data) ?? { type: 'base64', mediaType: '', data: audio.data };
  return { type: 'audio', source, ...format, at };
}

function readFile(file: unknown, at: string): Block {
  if (!isObject(file)) refuse(at, 'file must be an object.');
  const name = typeof file.filename === 'string' && file.filename !== '' ? file.filename : undefined;
  return { type: 'document', source: readFileSource(file, name, at), ...(name !== undefined && { name }), at };
}

function readFileSource({ file_data: data, file_id: id }: JsonObject, name: string | undefined, at: string): Source {
  if (typeof data === 'string') {
    const found = readData(data);
    if (found === null)
      return data.includes(':') ? { type: 'url', url: data } : { type: 'base64', mediaType: '', data };
    // Without a type, a data URI is text (RFC 2397), unless the file's name says better.
    const isText = found.mediaType === 'text/plain' || (found.mediaType === '' && !name?.includes('.'));
    return isText ? { type: 'text', text: Buffer.from(found.data, 'base64').toString() } : found;
  }
  if (typeof id !== 'string') refuse(at, 'A file needs file_data or a file_id.');
  return /^(https|gs|s3):\/\//i.test(id) ? { type: 'url', url: id } : { type: 'stored', id };
}
