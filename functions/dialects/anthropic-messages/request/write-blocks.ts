import type {
  Block,
  DocumentBlock,
  ImageBlock,
  ReasoningBlock,
  TextBlock,
  ToolCallBlock,
} from '../../../core/chat/conversation.ts';
import { functionInput } from '../../../core/chat/offered-tools.ts';
import { refuse } from '../../../core/chat/refusal.ts';
import { isObject, type JsonObject, parseJson } from '../../../core/json.ts';
import type { ClaudeHost } from '../claude-models.ts';

/** A block of any turn in the words of the format; none for what Claude refuses or cannot know. Throws `Refusal`. */
export function writeBlock(block: Block, host: ClaudeHost): JsonObject[] {
  switch (block.type) {
    case 'text':
    case 'refusal':
      return writeText(block);
    case 'image':
      return [marked({ type: 'image', source: imageSource(block, host) }, block)];
    case 'document':
      return [marked(writeDocument(block, host), block)];
    case 'tool_call':
      return [marked(writeCall(block), block)];
    case 'tool_result': {
      const content = block.blocks.flatMap((inner) => writeBlock(inner, host));
      // "content cannot be empty if is_error is true"
      if (block.isError === true && content.length === 0) content.push({ type: 'text', text: 'The tool failed.' });
      return [
        marked(
          {
            type: 'tool_result',
            tool_use_id: toolId(block.callId),
            ...(content.length > 0 && { content }),
            ...(block.isError === true && { is_error: true }),
          },
          block,
        ),
      ];
    }
    case 'reasoning':
      return writeReasoning(block);
    case 'opaque':
      return block.dialect === 'anthropic-messages' ? [block.value] : [];
    case 'audio':
    case 'video':
      return refuse(block.at ?? 'messages', 'This model does not take content parts of this type.');
  }
}

/** Anthropic refuses blank text. */
export function writeText(block: Extract<Block, { type: 'text' | 'refusal' }>): JsonObject[] {
  if (block.text.trim() === '') return [];
  const { citations }: Partial<TextBlock> = block.type === 'text' ? block : {};
  const cited = citations?.format === 'anthropic' && { citations: citations.values };
  return [marked({ type: 'text', text: block.text, ...cited }, block)];
}

/** With the mark for prompt caching. */
export function marked(written: JsonObject, { cache }: Pick<Block, 'cache'>): JsonObject {
  if (cache === undefined) return written;
  return { ...written, cache_control: { type: 'ephemeral', ...(cache.ttl !== null && { ttl: cache.ttl }) } };
}

/** Thoughts that Claude did not sign would be refused, or taken for its own words. */
function writeReasoning({ text, signature, encrypted }: ReasoningBlock): JsonObject[] {
  return [
    ...(signature?.format === 'anthropic' ? [{ type: 'thinking', thinking: text, signature: signature.value }] : []),
    ...(encrypted?.format === 'anthropic' ? [{ type: 'redacted_thinking', data: encrypted.value }] : []),
  ];
}

/** Blank and broken inputs are `{}`: models that call a tool without arguments leave them empty. */
function writeCall(call: ToolCallBlock): JsonObject {
  const input = parseJson(functionInput(call));
  return { type: 'tool_use', id: toolId(call.id), name: call.name, input: isObject(input) ? input : {} };
}

/** Anthropic's ids hold `[a-zA-Z0-9_-]` only; those of other providers' calls in the history may hold more. */
export function toolId(id: string): string {
  return id.replace(/[^a-zA-Z0-9_-]/g, '_') || '_';
}

function imageSource({ source, at }: ImageBlock, host: ClaudeHost): JsonObject {
  if (source.type === 'base64')
    return { type: 'base64', media_type: source.mediaType || imageType(source.data), data: source.data };
  return source.type === 'url' ? address(source.url, at, host) : unknownSource(at);
}

/** The first bytes tell (https://en.wikipedia.org/wiki/List_of_file_signatures). */
function imageType(base64: string): string {
  if (base64.startsWith('/9j/')) return 'image/jpeg';
  if (base64.startsWith('R0lGOD')) return 'image/gif';
  return base64.startsWith('UklGR') ? 'image/webp' : 'image/png';
}

function writeDocument(block: DocumentBlock, host: ClaudeHost): JsonObject {
  const { name, context, citations } = block;
  return {
    type: 'document',
    source: documentSource(block, host),
    ...(name !== undefined && { title: name }),
    ...(context !== undefined && { context }),
    ...(citations !== undefined && { citations: { enabled: citations } }),
  };
}

function documentSource({ source, at }: DocumentBlock, host: ClaudeHost): JsonObject {
  switch (source.type) {
    case 'text':
      return { type: 'text', media_type: 'text/plain', data: source.text };
    case 'url':
      return address(source.url, at, host);
    case 'base64':
      // Whatever text it is, the format knows the plain one alone.
      return source.mediaType.startsWith('text/')
        ? { type: 'text', media_type: 'text/plain', data: Buffer.from(source.data, 'base64').toString() }
        : { type: 'base64', media_type: source.mediaType || 'application/pdf', data: source.data };
    default:
      return unknownSource(at);
  }
}

function address(url: string, at: string | undefined, { takesAddresses }: ClaudeHost): JsonObject {
  if (takesAddresses && /^https:/i.test(url)) return { type: 'url', url };
  return refuse(at ?? 'messages', 'Claude takes data: URIs only here, no addresses.');
}

function unknownSource(at: string | undefined): never {
  return refuse(at ?? 'messages', 'Claude cannot read files that are stored with another provider.');
}
