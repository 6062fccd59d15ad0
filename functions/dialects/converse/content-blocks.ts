import type {
  CachePointBlock,
  Citation,
  CitationLocation,
  ContentBlock,
  DocumentFormat,
  DocumentSource,
  ImageFormat,
  VideoFormat,
} from '@aws-sdk/client-bedrock-runtime';
import type {
  Block,
  CacheMark,
  ChatRequest,
  DocumentBlock,
  ImageBlock,
  VideoBlock,
} from '../../core/chat/conversation.ts';
import { refuse } from '../../core/chat/refusal.ts';
import type { JsonObject } from '../../core/json.ts';
import type { Family } from './families.ts';

/** Pictures behind https addresses, fetched before the request is written: this room does no network. */
export type FetchedImages = ReadonlyMap<string, Uint8Array>;

/** The https addresses of pictures in the conversation, each with the place that names it first. */
export function remoteImages({ turns }: ChatRequest): Map<string, string> {
  const found = new Map<string, string>();
  const look = (blocks: Block[]): void => {
    for (const block of blocks) {
      if (block.type === 'tool_result') look(block.blocks);
      if (block.type !== 'image' || block.source.type !== 'url') continue;
      const { url } = block.source;
      if (/^https?:/i.test(url) && !found.has(url)) found.set(url, block.at ?? 'messages');
    }
  };
  for (const { blocks } of turns) look(blocks);
  return found;
}

/** A cache mark as Converse spells it; null where the family takes none. */
export function cachePoint(
  mark: CacheMark | undefined,
  taken: boolean,
  { cachePoints }: Family,
): CachePointBlock | null {
  if (!taken || mark === undefined) return null;
  return { type: 'default', ...(mark.ttl === '1h' && cachePoints.hour && { ttl: '1h' }) };
}

export function isBlank(text: string): boolean {
  return text.trim() === '';
}

export function toImage({ source, at = 'messages' }: ImageBlock, images: FetchedImages): ContentBlock.ImageMember {
  if (source.type === 'url' && source.url.startsWith('s3://')) {
    const format = imageFormats[`image/${extensionOf(source.url)}`];
    if (format === undefined) refuse(at, takenImages);
    return { image: { format, source: { s3Location: { uri: source.url } } } };
  }
  const bytes =
    source.type === 'base64' ? bytesOf(source.data) : source.type === 'url' ? images.get(source.url) : undefined;
  if (bytes === undefined || bytes.length === 0)
    refuse(at, 'An image must be base64 data, an https address, or an s3 address with your own key.');
  const format = sniffImage(bytes) ?? imageFormats[source.type === 'base64' ? source.mediaType : ''];
  if (format === undefined) refuse(at, takenImages);
  return { image: { format, source: { bytes } } };
}

const takenImages = 'Bedrock takes png, jpeg, gif and webp images.';

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

export function toDocument(block: DocumentBlock, names: DocumentNames): ContentBlock.DocumentMember {
  const { source, name = '', context, citations, at = 'messages' } = block;
  const extension = extensionOf(source.type === 'url' ? source.url : name);
  const mediaType = source.type === 'base64' ? source.mediaType : '';
  const format: DocumentFormat | undefined =
    source.type === 'text'
      ? 'txt'
      : (documentFormats[mediaType] ?? Object.values(documentFormats).find((known) => known === extension));
  const written = documentSource(block);
  if (format === undefined) refuse(at, 'Bedrock takes pdf, csv, doc, docx, xls, xlsx, html, txt and md files.');
  return {
    document: {
      format,
      name: documentName(name, names),
      source: written,
      ...(context !== undefined && context !== '' && { context }),
      ...(citations && { citations: { enabled: true } }),
    },
  };
}

function documentSource({ source, at = 'messages' }: DocumentBlock): DocumentSource {
  if (source.type === 'text') return { text: source.text };
  if (source.type === 'url' && source.url.startsWith('s3://')) return { s3Location: { uri: source.url } };
  if (source.type !== 'base64')
    refuse(at, 'Bedrock needs the file itself, in base64: it cannot read files stored elsewhere.');
  const bytes = bytesOf(source.data);
  if (bytes.length === 0) refuse(at, 'The file is empty, or not in base64.');
  return { bytes };
}

const videoFormats: Record<string, VideoFormat | undefined> = {
  'video/mp4': 'mp4',
  'video/quicktime': 'mov',
  'video/x-matroska': 'mkv',
  'video/webm': 'webm',
  'video/x-flv': 'flv',
  'video/mpeg': 'mpeg',
  'video/x-ms-wmv': 'wmv',
  'video/3gpp': 'three_gp',
};

export function toVideo({ source, at = 'messages' }: VideoBlock): ContentBlock.VideoMember {
  if (source.type === 'url' && source.url.startsWith('s3://')) {
    const extension = extensionOf(source.url);
    const format = Object.values(videoFormats).find((known) => known === extension) ?? 'mp4';
    return { video: { format, source: { s3Location: { uri: source.url } } } };
  }
  const format = source.type === 'base64' ? videoFormats[source.mediaType] : undefined;
  if (source.type !== 'base64' || format === undefined)
    refuse(at, 'A video must be base64 data of a known type, or an s3 address with your own key.');
  return { video: { format, source: { bytes: bytesOf(source.data) } } };
}

function bytesOf(base64: string): Uint8Array {
  return Buffer.from(base64, 'base64');
}

function extensionOf(name: string): string {
  return /\.(\w+)$/.exec(name)?.[1]?.toLowerCase() ?? '';
}

/** The names that are taken, with the highest number behind each: Converse refuses two documents of one name. */
export type DocumentNames = Map<string, number>;

/**
 * Letters, digits, single spaces, hyphens, parentheses and square brackets only, 200 at most, each name once
 * (API_runtime_DocumentBlock).
 */
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

/**
 * Anthropic's citation of a document as Converse says it (API_runtime_Citation,
 * https://docs.anthropic.com/en/docs/build-with-claude/citations).
 */
export function toCitation(citation: JsonObject): Citation[] {
  const { type, cited_text: cited, document_title: named, title = named, document_index: documentIndex } = citation;
  const location = locationOf(type, citation, numberOf(documentIndex));
  if (location === null) return [];
  const { source } = citation;
  return [
    {
      ...(typeof title === 'string' && { title }),
      ...(typeof source === 'string' && { source }),
      ...(typeof cited === 'string' && cited !== '' && { sourceContent: [{ text: cited }] }),
      location,
    },
  ];
}

function locationOf(type: unknown, given: JsonObject, documentIndex: number): CitationLocation | null {
  const blocks = { start: numberOf(given.start_block_index), end: numberOf(given.end_block_index) };
  switch (type) {
    case 'char_location': {
      const { start_char_index: start, end_char_index: end } = given;
      return { documentChar: { documentIndex, start: numberOf(start), end: numberOf(end) } };
    }
    case 'page_location': {
      const { start_page_number: start, end_page_number: end } = given;
      return { documentPage: { documentIndex, start: numberOf(start), end: numberOf(end) } };
    }
    case 'content_block_location':
      return { documentChunk: { documentIndex, ...blocks } };
    case 'search_result_location':
      return { searchResultLocation: { searchResultIndex: numberOf(given.search_result_index), ...blocks } };
    case 'web_search_result_location':
      return typeof given.url === 'string' ? { web: { url: given.url } } : null;
    default:
      return null;
  }
}

function numberOf(value: unknown): number {
  return typeof value === 'number' && Number.isInteger(value) && value >= 0 ? value : 0;
}
