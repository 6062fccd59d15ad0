import type { Block, CacheMark, DocumentBlock, Signature, Source, TextBlock } from '../../../core/chat/conversation.ts';
import { refuse } from '../../../core/chat/refusal.ts';
import { isObject, isPresent, type JsonObject } from '../../../core/json.ts';
import { readCarried } from '../signatures.ts';

/** No content of the format stands deeper; a body that goes on is meant to hurt. */
const longestPlace = 16;

/** https://docs.anthropic.com/en/api/messages: content is a text or a list of blocks. */
export function readContent(content: unknown, at: string): Block[] {
  if (at.split('.').length > longestPlace) return malformed(at, 'The content is nested too deeply.');
  if (typeof content === 'string') return [{ type: 'text', text: content, at }];
  if (!Array.isArray(content)) return malformed(at, 'The content must be a text or a list of blocks.');
  const blocks: Block[] = [];
  const signatures = new Map<string, Signature>();
  for (const [index, block] of content.entries()) {
    const place = `${at}.${index}`;
    if (!isObject(block) || typeof block.type !== 'string')
      return malformed(place, 'A content block must be an object with a type.');
    if (block.type === 'thinking' || block.type === 'redacted_thinking') readThought(block, place, blocks, signatures);
    else if (block.type === 'tool_use') blocks.push(readCall(block, place, signatures));
    else blocks.push(...readBlock(block, place));
  }
  return blocks;
}

export function malformed(at: string, message: string): never {
  return refuse(at, message, { unprocessable: true });
}

export function textField(block: JsonObject, field: string, at: string): string {
  const value = block[field];
  return typeof value === 'string' ? value : malformed(`${at}.${field}`, `${field} must be a text.`);
}

/** `at` and the mark for caching, which any block may bear. */
export function placed(block: JsonObject, at: string): { at: string; cache?: CacheMark } {
  const { cache_control: mark } = block;
  if (!isObject(mark)) return { at };
  return { at, cache: { ttl: typeof mark.ttl === 'string' ? mark.ttl : null } };
}

/** Thoughts, or what a block of thoughts carries for the block beside it. */
function readThought(block: JsonObject, at: string, blocks: Block[], signatures: Map<string, Signature>): void {
  const redacted = block.type === 'redacted_thinking';
  const value = redacted ? textField(block, 'data', at) : typeof block.signature === 'string' ? block.signature : '';
  const said = redacted ? '' : textField(block, 'thinking', at);
  const carried = readCarried(value);
  if (carried === null) {
    const signature: Signature = { format: 'anthropic', value };
    const signed = value !== '' && (redacted ? { encrypted: signature } : { signature });
    blocks.push({ type: 'reasoning', text: said, ...signed, at });
    return;
  }
  const { call, text: signedText, ...thought } = carried;
  const { signature } = carried;
  if (call !== undefined) {
    if (signature) signatures.set(call, signature);
  } else if (signedText === 'empty') {
    blocks.push({ type: 'text', text: '', ...(signature && { signature }), at });
  } else if (signedText === 'before') {
    const last = blocks.at(-1);
    if (last?.type === 'text' && signature) blocks[blocks.length - 1] = { ...last, signature };
  } else if (said !== '' || Object.keys(thought).length > 0) {
    blocks.push({ type: 'reasoning', text: said, ...thought, at });
  }
}

function readCall(block: JsonObject, at: string, signatures: Map<string, Signature>): Block {
  const { input } = block;
  if (isPresent(input) && !isObject(input)) return malformed(`${at}.input`, 'input must be an object.');
  const id = textField(block, 'id', at);
  const signature = signatures.get(id);
  return {
    type: 'tool_call',
    id,
    name: textField(block, 'name', at),
    input: JSON.stringify(input ?? {}),
    kind: 'function',
    ...(signature && { signature }),
    ...placed(block, at),
  };
}

function readBlock(block: JsonObject, at: string): Block[] {
  switch (block.type) {
    case 'text':
      return [readText(block, at)];
    case 'image':
      return [{ type: 'image', source: readSource(block.source, `${at}.source`), ...placed(block, at) }];
    case 'document':
      return readDocument(block, at);
    case 'search_result':
      return [readSearchResult(block, at)];
    case 'tool_result':
      return [
        {
          type: 'tool_result',
          callId: textField(block, 'tool_use_id', at),
          blocks: isPresent(block.content) ? readContent(block.content, `${at}.content`) : [],
          ...(typeof block.is_error === 'boolean' && { isError: block.is_error }),
          ...placed(block, at),
        },
      ];
    // Server tools and their results, and what is invented next.
    default:
      return [{ type: 'opaque', dialect: 'anthropic-messages', value: block, ...placed(block, at) }];
  }
}

function readText(block: JsonObject, at: string): TextBlock {
  const citations = Array.isArray(block.citations) ? block.citations.filter(isObject) : [];
  return {
    type: 'text',
    text: textField(block, 'text', at),
    ...(citations.length > 0 && { citations: { format: 'anthropic', values: citations } }),
    ...placed(block, at),
  };
}

function readSource(source: unknown, at: string): Source {
  if (!isObject(source)) return malformed(at, 'source must be an object.');
  switch (source.type) {
    case 'base64': {
      const mediaType = textField(source, 'media_type', at).toLowerCase().split(';')[0] ?? '';
      return { type: 'base64', mediaType: mediaType.trim(), data: textField(source, 'data', at) };
    }
    case 'url':
      return { type: 'url', url: textField(source, 'url', at) };
    case 'text':
      return { type: 'text', text: textField(source, 'data', at) };
    case 'file':
      return { type: 'stored', id: textField(source, 'file_id', at) };
    default:
      return malformed(`${at}.type`, 'The source must be base64, url, text, content or file.');
  }
}

function readDocument(block: JsonObject, at: string): Block[] {
  const about = {
    ...(typeof block.title === 'string' && { name: block.title }),
    ...(typeof block.context === 'string' && { context: block.context }),
    ...(isObject(block.citations) &&
      typeof block.citations.enabled === 'boolean' && { citations: block.citations.enabled }),
    ...placed(block, at),
  };
  const { source } = block;
  if (!isObject(source) || source.type !== 'content')
    return [{ type: 'document', source: readSource(source, `${at}.source`), ...about }];
  // A document made of blocks: its texts are one, its images stand beside it.
  const parts = readContent(source.content, `${at}.source.content`);
  const document: DocumentBlock = { type: 'document', source: { type: 'text', text: textsOf(parts) }, ...about };
  return [document, ...parts.filter(({ type }) => type === 'image')];
}

/** What the caller's own search found, which other formats know as a document. */
function readSearchResult(block: JsonObject, at: string): Block {
  return {
    type: 'document',
    source: { type: 'text', text: textsOf(readContent(block.content, `${at}.content`)) },
    ...(typeof block.title === 'string' && { name: block.title }),
    ...(typeof block.source === 'string' && { context: block.source }),
    ...(isObject(block.citations) &&
      typeof block.citations.enabled === 'boolean' && { citations: block.citations.enabled }),
    ...placed(block, at),
  };
}

function textsOf(blocks: Block[]): string {
  return blocks.flatMap((block) => (block.type === 'text' ? [block.text] : [])).join('\n');
}
