import type { CachePointBlock, ContentBlock, DocumentFormat, ImageFormat } from '@aws-sdk/client-bedrock-runtime';
import { readDataUri } from '../../core/chat/data-uri.ts';
import { refuse } from '../../core/chat/refusal.ts';
import { isObject, type JsonObject } from '../../core/json.ts';
import type { Family } from './families.ts';

/** Pictures behind https addresses, fetched before the translation: it does no network itself. */
export type FetchedImages = ReadonlyMap<string, Uint8Array>;

export interface ContentContext {
  family: Family;
  images: FetchedImages;
  /** Names of the documents so far: Converse refuses two of one name. */
  documentNames: DocumentNames;
}

/** The blocks of a message's `content`: a text, or a list of parts. Blank texts are left out, because Converse refuses them. */
export function toBlocks(content: unknown, param: string, context: ContentContext): ContentBlock[] {
  if (content === undefined || content === null) return [];
  if (typeof content === 'string') return isBlank(content) ? [] : [{ text: content }];
  if (!Array.isArray(content)) refuse(param, 'content must be a text or a list of parts.');
  return content.flatMap((part, index) => {
    const where = `${param}.${index}`;
    if (!isObject(part)) refuse(where, 'Every part of content must be an object.');
    const block = toBlock(part, where, context);
    if (block === null) return [];
    const mark = cachePoint(part.cache_control, context.family.cachePoints.content);
    return mark === null ? [block] : [block, { cachePoint: mark }];
  });
}

function toBlock(part: JsonObject, param: string, context: ContentContext): ContentBlock | null {
  switch (part.type) {
    case 'text':
    case 'refusal': {
      const text = part[part.type];
      if (typeof text !== 'string') refuse(param, `${part.type} must be a text.`);
      return isBlank(text) ? null : { text };
    }
    case 'image_url':
      return toImage(part.image_url, `${param}.image_url`, context.images);
    case 'file':
      return toDocument(part.file, `${param}.file`, context.documentNames);
    default:
      return refuse(`${param}.type`, 'Bedrock takes text, image_url and file parts here.');
  }
}

/** A cache mark for `cache_control`, as Anthropic and others spell it; null where there is none or the family takes none. */
export function cachePoint(control: unknown, taken: boolean): CachePointBlock | null {
  if (!taken || !isObject(control)) return null;
  return { type: 'default', ...(control.ttl === '1h' && { ttl: '1h' }) };
}

function isBlank(text: string): boolean {
  return text.trim() === '';
}

/** The address in an `image_url` part, which clients send as an object or bare. */
export function imageAddress(image: unknown): unknown {
  return isObject(image) ? image.url : image;
}

function toImage(image: unknown, param: string, images: FetchedImages): ContentBlock {
  const url = imageAddress(image);
  if (typeof url !== 'string') refuse(param, 'image_url needs a url.');
  const inline = readBytes(url);
  const bytes = inline?.bytes ?? images.get(url);
  if (bytes === undefined) refuse(param, 'An image must be a base64 data URI or an https address.');
  const format = sniffImage(bytes) ?? imageFormats[inline?.mimeType ?? ''];
  if (format === undefined) refuse(param, 'Bedrock takes png, jpeg, gif and webp images.');
  return { image: { format, source: { bytes } } };
}

const imageFormats: Record<string, ImageFormat | undefined> = {
  'image/png': 'png',
  'image/jpeg': 'jpeg',
  'image/jpg': 'jpeg',
  'image/gif': 'gif',
  'image/webp': 'webp',
};

/** What the bytes are: servers and callers mislabel images, and the provider refuses those. */
function sniffImage(bytes: Uint8Array): ImageFormat | undefined {
  const head = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.length, 12)).toString('latin1');
  if (head.startsWith('\x89PNG')) return 'png';
  if (head.startsWith('\xff\xd8\xff')) return 'jpeg';
  if (head.startsWith('GIF8')) return 'gif';
  if (head.startsWith('RIFF') && head.slice(8) === 'WEBP') return 'webp';
  return undefined;
}

const documentFormats: Record<string, DocumentFormat | undefined> = {
  'application/pdf': 'pdf',
  'text/csv': 'csv',
  'application/msword': 'doc',
  'application/vnd.openxmlformats-officedocument.wordprocessingml.document': 'docx',
  'application/vnd.ms-excel': 'xls',
  'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet': 'xlsx',
  'text/html': 'html',
  'text/plain': 'txt',
  'text/markdown': 'md',
};

function toDocument(file: unknown, param: string, names: DocumentNames): ContentBlock {
  if (!isObject(file)) refuse(param, 'file must be an object.');
  if (typeof file.file_data !== 'string')
    refuse(param, 'Bedrock needs the file itself in file_data: it cannot read files stored elsewhere.');
  const inline = readBytes(file.file_data);
  if (inline === null) refuse(`${param}.file_data`, 'file_data must be a base64 data URI.');
  const filename = typeof file.filename === 'string' ? file.filename : '';
  const extension = /\.(\w+)$/.exec(filename)?.[1]?.toLowerCase() ?? '';
  const format =
    documentFormats[inline.mimeType] ?? Object.values(documentFormats).find((known) => known === extension);
  if (format === undefined) refuse(param, 'Bedrock takes pdf, csv, doc, docx, xls, xlsx, html, txt and md files.');
  return { document: { format, name: documentName(filename, names), source: { bytes: inline.bytes } } };
}

/** The names that are taken, with the highest number behind each. */
type DocumentNames = Map<string, number>;

/** Letters, digits, single spaces, hyphens, parentheses and square brackets only, 200 at most, each name once (API_runtime_DocumentBlock). */
function documentName(filename: string, names: DocumentNames): string {
  const plain = filename
    .replace(/\.\w+$/, '')
    .replace(/[^A-Za-z0-9\s()[\]-]/g, '-')
    .replace(/\s+/g, ' ')
    .trim()
    .slice(0, 190);
  const base = plain === '' ? 'document' : plain;
  let name = base;
  // Counting goes on where it stopped: tens of thousands of files may have one name.
  let count = names.get(base) ?? 1;
  while (names.has(name)) name = `${base} (${++count})`;
  names.set(base, count);
  if (name !== base) names.set(name, 1);
  return name;
}

/** The bytes of a base64 data URI; null for anything else, and for no bytes at all. */
function readBytes(url: string): { mimeType: string; bytes: Uint8Array } | null {
  const found = readDataUri(url);
  if (found === null || !found.base64) return null;
  const bytes = Buffer.from(found.data, 'base64');
  return bytes.length === 0 ? null : { mimeType: found.mimeType, bytes };
}
