import type { Block, CacheMark, Source } from '../../../core/chat/conversation.ts';
import { base64Of, readDataUri } from '../../../core/chat/data-uri.ts';
import { refuse } from '../../../core/chat/refusal.ts';
import { isObject, type JsonObject } from '../../../core/json.ts';

/** The content of a message or of a tool's result: a text, or a list of parts. */
export function readContent(content: unknown, at: string): Block[] {
  if (typeof content === 'string') return [{ type: 'text', text: content, at }];
  if (!Array.isArray(content)) refuse(at, `${at} must be a text or a list of parts.`, { unprocessable: true });
  return content.map((part, index) => readPart(part, `${at}.${index}`));
}

function readPart(part: unknown, at: string): Block {
  if (!isObject(part)) refuse(at, `${at} must be an object.`, { unprocessable: true });
  const placed = { at, ...readCacheMark(part) };
  switch (part.type) {
    case 'input_text':
    case 'output_text':
    case 'text':
      return { type: 'text', text: needText(part.text, `${at}.text`), ...readAnnotations(part), ...placed };
    case 'refusal':
      return { type: 'refusal', text: needText(part.refusal, `${at}.refusal`), ...placed };
    case 'input_image':
      return {
        type: 'image',
        source: readSource(part.image_url, part.file_id, `${at}.image_url`),
        ...(typeof part.detail === 'string' && { detail: part.detail }),
        ...placed,
      };
    case 'input_file':
      return {
        type: 'document',
        source: readFile(part, at),
        ...(typeof part.filename === 'string' && part.filename !== '' && { name: part.filename }),
        ...placed,
      };
    case 'input_audio':
      return { type: 'audio', ...readAudio(part.input_audio, `${at}.input_audio`), ...placed };
    default:
      refuse(`${at}.type`, `${at} is of a kind that models of other providers cannot be given.`, {
        unprocessable: true,
      });
  }
}

/** Other makers keep their caches in their own time. */
function readCacheMark({ prompt_cache_breakpoint: mark }: JsonObject): { cache?: CacheMark } {
  return isObject(mark) ? { cache: { ttl: null } } : {};
}

function readAnnotations({ annotations }: JsonObject): { citations?: { format: string; values: JsonObject[] } } {
  const values = Array.isArray(annotations) ? annotations.filter(isObject) : [];
  return values.length === 0 ? {} : { citations: { format: annotationFormat, values } };
}

/** Whose words the annotations of a text are. */
export const annotationFormat = 'openai-responses';

function readSource(url: unknown, fileId: unknown, at: string): Source {
  if (typeof url === 'string' && url !== '') return readUrl(url);
  if (typeof fileId === 'string' && fileId !== '') return { type: 'stored', id: fileId };
  refuse(at, `${at} is missing.`, { unprocessable: true });
}

function readUrl(url: string): Source {
  const data = readDataUri(url);
  return data === null ? { type: 'url', url } : { type: 'base64', mediaType: data.mimeType, data: base64Of(data) };
}

/** `file_data` is a data URI, or bare base64 as some clients send it. */
function readFile({ file_data: data, file_url: url, file_id: id, filename }: JsonObject, at: string): Source {
  if (typeof data !== 'string' || data === '') return readSource(url, id, `${at}.file_data`);
  if (data.startsWith('data:')) return readUrl(data);
  return {
    type: 'base64',
    mediaType: typeof filename === 'string' && /\.pdf$/i.test(filename) ? 'application/pdf' : '',
    data,
  };
}

function readAudio(audio: unknown, at: string): { source: Source; format?: string } {
  if (!isObject(audio)) refuse(at, `${at} must be an object.`, { unprocessable: true });
  return {
    source: { type: 'base64', mediaType: '', data: needText(audio.data, `${at}.data`) },
    ...(typeof audio.format === 'string' && { format: audio.format }),
  };
}

export function needText(value: unknown, at: string): string {
  if (typeof value !== 'string') refuse(at, `${at} must be a text.`, { unprocessable: true });
  return value;
}
