import { createHash } from 'node:crypto';
import type {
  ContentBlock,
  Message,
  SystemContentBlock,
  ToolResultContentBlock,
} from '@aws-sdk/client-bedrock-runtime';
import type {
  Block,
  ReasoningBlock,
  TextBlock,
  ToolCallBlock,
  ToolResultBlock,
  Turn,
} from '../../core/chat/conversation.ts';
import { functionInput } from '../../core/chat/offered-tools.ts';
import { refuse } from '../../core/chat/refusal.ts';
import { isObject, parseJson } from '../../core/json.ts';
import {
  cachePoint,
  type DocumentNames,
  type FetchedImages,
  isBlank,
  toCitation,
  toDocument,
  toImage,
  toVideo,
} from './content-blocks.ts';
import type { Family } from './families.ts';

export interface TurnsContext {
  family: Family;
  images: FetchedImages;
  documentNames: DocumentNames;
  /** Converse refuses tool blocks in a request that offers no tools. Without tools their history is told as text. */
  toolsOffered: boolean;
  /** Places of blocks that only another format understands are added. */
  dropped: Set<string>;
}

/**
 * The conversation as Converse's `system` and alternating turns, the first one the user's; blocks stay in the
 * caller's order. Throws `Refusal` for content that Converse has no form for.
 */
export function writeTurns(
  turns: Turn[],
  context: TurnsContext,
): { system: SystemContentBlock[]; messages: Message[] } {
  if (turns.length === 0) refuse('messages', 'There must be at least one message.');
  const system: SystemContentBlock[] = [];
  const written: { role: 'user' | 'assistant'; content: ContentBlock[] }[] = [];
  for (const turn of turns) {
    if (turn.role === 'system') {
      system.push(...writeSystem(turn, context));
      continue;
    }
    const content = turn.role === 'user' ? writeBlocks(turn.blocks, context) : writeAssistant(turn.blocks, context);
    if (content.length === 0) continue;
    const last = written.at(-1);
    if (last?.role === turn.role) last.content.push(...content);
    else written.push({ role: turn.role, content });
  }
  if (written[0]?.role !== 'user') written.unshift({ role: 'user', content: [{ text: '(no message)' }] });
  if (context.family.maker === 'anthropic') trimPrefill(written.at(-1));
  return {
    system,
    messages: written.map(({ role, content }) => ({
      role,
      content: role === 'user' ? arrangeUserTurn(content) : content,
    })),
  };
}

function writeSystem({ blocks, at }: Turn, context: TurnsContext): SystemContentBlock[] {
  return writeBlocks(blocks.map(uncited), context).map((block) => {
    if (block.text !== undefined) return { text: block.text };
    if (block.cachePoint !== undefined) return { cachePoint: block.cachePoint };
    return refuse(at, 'A system message can only hold text.');
  });
}

function writeAssistant(blocks: Block[], context: TurnsContext): ContentBlock[] {
  // Thoughts belong to the calls that follow them: where those are told as text, they would stand before nothing.
  const told = !context.toolsOffered && blocks.some(({ type }) => type === 'tool_call');
  const kept = told ? blocks.filter(({ type }) => type !== 'reasoning') : blocks;
  // Reasoning alone is no turn.
  const written = writeBlocks(kept, context);
  const says = (block: ContentBlock) => block.reasoningContent === undefined && block.cachePoint === undefined;
  return written.some(says) ? written : [];
}

/** Blocks of a turn, each followed by its cache mark. Blank texts are left out, because Converse refuses them. */
function writeBlocks(blocks: Block[], context: TurnsContext): ContentBlock[] {
  return blocks.flatMap((block) => {
    const written = writeBlock(block, context);
    const mark = cachePoint(block.cache, context.family.cachePoints.content, context.family);
    return mark === null || written.length === 0 ? written : [...written, { cachePoint: mark }];
  });
}

function writeBlock(block: Block, context: TurnsContext): ContentBlock[] {
  switch (block.type) {
    case 'text':
      return isBlank(block.text) ? [] : [writeText(block)];
    case 'refusal':
      return isBlank(block.text) ? [] : [{ text: block.text }];
    case 'image':
      return [toImage(block, context.images)];
    case 'document':
      return [toDocument(block, context.documentNames)];
    case 'video':
      return [toVideo(block)];
    case 'audio':
      return refuse(block.at ?? 'messages', 'Bedrock takes text, images, documents and video here.');
    case 'tool_call':
      return [writeCall(block, context)];
    case 'tool_result':
      return writeResult(block, context);
    case 'reasoning':
      return writeReasoning(block, context.family);
    case 'opaque':
      // What another maker's server ran stays with its words: no model of Bedrock could read it.
      context.dropped.add(block.at ?? 'messages');
      return [];
  }
}

/** Only the turns themselves have a place for sources (API_runtime_ToolResultContentBlock). */
function uncited(block: Block): Block {
  if (block.type !== 'text' || block.citations === undefined) return block;
  const { citations: _, ...text } = block;
  return text;
}

function writeText({ text, citations }: TextBlock): ContentBlock {
  const values =
    citations?.format === 'anthropic'
      ? citations.values.flatMap(toCitation)
      : (citations?.format === 'converse' && citations.values) || [];
  return values.length === 0 ? { text } : { citationsContent: { content: [{ text }], citations: values } };
}

/**
 * Signed thoughts go back unchanged to models of the maker that signed them. Others are refused, or taken for the
 * model's own words.
 */
function writeReasoning({ text, signature, encrypted }: ReasoningBlock, { signatures }: Family): ContentBlock[] {
  const written: ContentBlock[] = [];
  if (signature !== undefined && signature.format === signatures)
    written.push({ reasoningContent: { reasoningText: { text, signature: signature.value } } });
  if (encrypted !== undefined && encrypted.format === signatures)
    written.push({ reasoningContent: { redactedContent: Buffer.from(encrypted.value, 'base64') } });
  return written;
}

function writeCall(call: ToolCallBlock, context: TurnsContext): ContentBlock {
  const parsed = parseJson(functionInput(call));
  // Clients replay the "" of a call without arguments; Converse takes objects only.
  const input = isObject(parsed) ? parsed : {};
  if (!context.toolsOffered) return { text: `[Called the tool ${call.name} with ${JSON.stringify(input)}]` };
  return {
    toolUse: { toolUseId: toolId(call.id, context.family), name: call.name, input: input as Record<string, never> },
  };
}

function writeResult({ callId, blocks, isError, cache }: ToolResultBlock, context: TurnsContext): ContentBlock[] {
  // Marks inside a result have no place there: the last of them is set behind it.
  const written = blocks.flatMap((block) => writeBlock(uncited(block), context));
  // Several models refuse an empty list, all refuse blank text.
  if (written.length === 0) written.push({ text: '(no output)' });
  const inner = cache === undefined ? blocks.findLast((block) => block.cache !== undefined)?.cache : undefined;
  const mark = cachePoint(inner, context.family.cachePoints.content, context.family);
  const behind: ContentBlock[] = mark === null ? [] : [{ cachePoint: mark }];
  if (!context.toolsOffered) {
    const what = isError ? 'Error of a tool' : 'Result of a tool';
    return [
      ...written.map((block) => (block.text === undefined ? block : { text: `[${what}: ${block.text}]` })),
      ...behind,
    ];
  }
  return [
    {
      toolResult: {
        toolUseId: toolId(callId, context.family),
        content: written as ToolResultContentBlock[],
        ...(isError && { status: 'error' }),
      },
    },
    ...behind,
  ];
}

/** Ids that a family would refuse are replaced by a hash of them, so that call and result still match. */
function toolId(id: string, { shortToolIds }: Family): string {
  const fits = shortToolIds ? /^[A-Za-z0-9]{9}$/ : /^[A-Za-z0-9_.:-]{1,64}$/;
  if (fits.test(id)) return id;
  return createHash('sha256').update(id).digest('hex').slice(0, 9);
}

/**
 * Results of parallel calls stand before everything else, each with its cache mark, and a document never stands
 * without text.
 */
function arrangeUserTurn(content: ContentBlock[]): ContentBlock[] {
  const results: ContentBlock[] = [];
  const others: ContentBlock[] = [];
  let behindResult = false;
  for (const block of content) {
    if (block.cachePoint === undefined) behindResult = block.toolResult !== undefined;
    (behindResult ? results : others).push(block);
  }
  const needsText =
    content.some((block) => block.document !== undefined) && !content.some((block) => block.text !== undefined);
  return [...results, ...others, ...(needsText ? [{ text: '(see the document)' }] : [])];
}

/** The start of an answer that the model goes on from: Claude refuses one that ends in white space. */
function trimPrefill(last: Message | undefined): void {
  const block = last?.role === 'assistant' ? last.content?.at(-1) : undefined;
  if (block?.text !== undefined) block.text = block.text.trimEnd();
}
