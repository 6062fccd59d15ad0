import type { AudioBlock, DocumentBlock, ImageBlock, Source, VideoBlock } from '../../core/chat/conversation.ts';
import { refuse } from '../../core/chat/refusal.ts';
import type { JsonObject } from '../../core/json.ts';

export type MediaBlock = ImageBlock | DocumentBlock | AudioBlock | VideoBlock;

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

/** A medium as Gemini takes it. `at`: where it stands, when the block does not tell. */
export function mediaPart(block: MediaBlock, at: string): JsonObject {
  return sourcePart(block.source, typeWithoutName(block), block.at ?? at);
}

/** What a medium is taken for when neither its source nor its address says so. */
function typeWithoutName(block: MediaBlock): string {
  switch (block.type) {
    case 'image':
      return 'image/jpeg';
    case 'video':
      return 'video/mp4';
    case 'audio':
      return typeByEnding(block.format ?? 'wav') ?? `audio/${block.format}`;
    case 'document':
      return typeOf(block.name ?? '') ?? 'application/pdf';
  }
}

function sourcePart(source: Source, otherwise: string, at: string): JsonObject {
  switch (source.type) {
    case 'base64':
      return inline(source.mediaType || otherwise, source.data);
    case 'text':
      return inline('text/plain', Buffer.from(source.text).toString('base64'));
    case 'url':
      // Google fetches addresses itself, so nothing is downloaded here.
      if (!/^(gs|https):\/\//.test(source.url)) refuse(at, 'Only data:, gs:// and https:// addresses are possible.');
      // Google wants a type beside the address; an address that does not show one is taken for what the block's type says.
      return { fileData: { mimeType: typeOf(source.url) ?? otherwise, fileUri: source.url } };
    case 'stored':
      return refuse(at, 'This model knows no stored files: send the file itself, or a gs:// or https:// address.');
  }
}

function inline(mimeType: string, data: string): JsonObject {
  return { inlineData: { mimeType, data } };
}

function typeOf(address: string): string | undefined {
  // Callers choose the address: what follows the path is cut off first, because a pattern for it would look through it anew at each `.ab?`.
  const ending = /\.([a-z0-9]{2,4})$/i.exec(address.slice(0, endOfPath(address)).slice(-5))?.[1];
  return ending === undefined ? undefined : typeByEnding(ending);
}

/** The ending comes from outside: `constructor` is no entry. */
function typeByEnding(ending: string): string | undefined {
  const name = ending.toLowerCase();
  return Object.hasOwn(typesByEnding, name) ? typesByEnding[name] : undefined;
}

function endOfPath(address: string): number {
  const end = address.search(/[?#]/);
  return end === -1 ? address.length : end;
}
