import type {
  AudioBlock,
  Block,
  DocumentBlock,
  ImageBlock,
  Source,
  ToolResultBlock,
} from '../../../core/chat/conversation.ts';
import { refuse } from '../../../core/chat/refusal.ts';
import type { JsonObject } from '../../../core/json.ts';
import type { OpenAiTraits } from './traits.ts';

/** The parts of a user message; none for what only its own maker understands. */
export function writeParts(blocks: Block[], traits: OpenAiTraits): JsonObject[] {
  return blocks.flatMap((block): JsonObject[] => {
    switch (block.type) {
      case 'text':
      case 'refusal':
        return block.text === '' ? [] : [{ type: 'text', text: block.text }];
      case 'image':
        return [writeImage(block)];
      case 'document':
        return writeDocument(block, traits);
      case 'audio':
        return [writeAudio(block)];
      case 'video':
        return refuse(block.at ?? 'messages', 'This model does not take videos.');
      case 'opaque':
        return block.dialect === 'openai-chat' ? [block.value] : [];
      default:
        return [];
    }
  });
}

/** One text alone is sent as such, which every server takes. */
export function plainContent(parts: JsonObject[]): string | JsonObject[] {
  const [first] = parts;
  return parts.length === 1 && typeof first?.text === 'string' ? first.text : parts;
}

/** The text of a result. Tool messages hold text alone: what else there is follows in a user message. */
export function resultText({ blocks, isError }: ToolResultBlock): string {
  const text = blocks
    .flatMap((block) => {
      if (block.type === 'text' || block.type === 'refusal') return block.text;
      return block.type === 'document' && block.source.type === 'text' ? titled(block, block.source.text) : [];
    })
    .join('\n');
  const shown = text === '' && blocks.some(isMedia) ? 'See the next message.' : text;
  return isError === true ? `The tool failed: ${shown || 'it gave no reason.'}` : shown;
}

export function resultMedia(result: ToolResultBlock, traits: OpenAiTraits): JsonObject[] {
  const media = result.blocks.filter(isMedia);
  if (media.length === 0) return [];
  return [{ type: 'text', text: `From the result of the tool call ${result.callId}:` }, ...writeParts(media, traits)];
}

function isMedia(block: Block): boolean {
  if (block.type === 'document') return block.source.type !== 'text';
  return block.type === 'image' || block.type === 'audio' || block.type === 'video';
}

function writeImage({ source, detail, at = 'messages' }: ImageBlock): JsonObject {
  const url =
    source.type === 'base64'
      ? dataUri(source, 'image/png')
      : source.type === 'url'
        ? publicAddress(source.url, at)
        : null;
  if (url === null) refuse(at, 'An image must be sent along, or be at an https address.', elsewhere);
  return { type: 'image_url', image_url: { url, ...(detail !== undefined && { detail }) } };
}

/** https://platform.openai.com/docs/guides/pdf-files: PDF alone, in base64. Texts are as well told as text. */
function writeDocument(block: DocumentBlock, { files }: OpenAiTraits): JsonObject[] {
  const { source, name, context, at = 'messages' } = block;
  const about = context === undefined || context === '' ? [] : [{ type: 'text', text: context }];
  if (source.type === 'text') return [...about, { type: 'text', text: titled(block, source.text) }];
  if (source.type !== 'base64')
    refuse(at, 'A document must be sent along: this model opens no addresses of them.', elsewhere);
  if (source.mediaType.startsWith('text/')) {
    const text = Buffer.from(source.data, 'base64').toString();
    return [...about, { type: 'text', text: titled(block, text) }];
  }
  if (!files) refuse(at, 'This model takes no documents but plain text.');
  const file = { filename: name ?? 'document.pdf', file_data: dataUri(source, 'application/pdf') };
  return [...about, { type: 'file', file }];
}

const elsewhere = { hint: 'Files that are stored with one provider cannot be read by another.' };

function titled({ name }: DocumentBlock, text: string): string {
  return name === undefined ? text : `${name}:\n${text}`;
}

function writeAudio({ source, format, at = 'messages' }: AudioBlock): JsonObject {
  if (source.type !== 'base64') refuse(at, 'Audio must be sent along.');
  const known = format ?? audioFormats[source.mediaType] ?? 'wav';
  return { type: 'input_audio', input_audio: { data: source.data, format: known } };
}

const audioFormats: Record<string, string> = { 'audio/mpeg': 'mp3', 'audio/mp3': 'mp3', 'audio/wav': 'wav' };

function dataUri({ mediaType, data }: Extract<Source, { type: 'base64' }>, usual: string): string {
  return `data:${mediaType || usual};base64,${data}`;
}

function publicAddress(url: string, at: string): string {
  return /^https?:\/\//i.test(url) ? url : refuse(at, 'Only data: and https:// addresses are possible.');
}
