import type {
  ContentBlockDelta,
  ContentBlockStart,
  ConverseStreamOutput,
  TokenUsage,
} from '@aws-sdk/client-bedrock-runtime';
import { createChunkWriter } from '../../core/chat/chunks.ts';
import type { JsonObject } from '../../core/json.ts';
import type { StreamPart } from '../../core/routing/provider.ts';
import { garbledFailure } from './errors.ts';
import { type AnswerContext, finishReason, isMalformed } from './from-converse.ts';
import { encryptedDetail, textDetail } from './reasoning-blocks.ts';
import { fromTokenUsage } from './usage.ts';

export interface StreamReader {
  /** What one event of a ConverseStream means to the caller. */
  read(event: ConverseStreamOutput): StreamPart[];
  /** Whether everything has come that comes: what breaks afterwards takes nothing from the answer. */
  readonly complete: boolean;
  /**
   * The parts that close a stream that ended without trouble; none when `messageStop` is missing, for then it was cut, however
   * quietly. The finish waits until here, because a stream may still break between `messageStop` and the usage.
   */
  close(): StreamPart[];
}

/** One block of the answer while it is being streamed. */
type Block =
  | { kind: 'tool'; index: number; empty: boolean }
  | { kind: 'json'; empty: boolean }
  | { kind: 'hidden' }
  | { kind: 'reasoning'; text: string; signature: string };

export function createStreamReader(context: AnswerContext, providerRequestId: string | null): StreamReader {
  const writer = createChunkWriter(context.mintedId, context.created, context.callerModel);
  const blocks = new Map<number, Block>();
  let started = false;
  let calls = 0;
  let details = 0;
  let structured = false;
  /** Text beside the tool that stands for `response_format`: the answer only if that tool is never called. */
  let aside = '';
  let stopReason: string | null = null;
  let usage: TokenUsage | undefined;

  const content = (delta: JsonObject): StreamPart[] => {
    // The role goes with the first content: a chunk of its own would say nothing.
    const json = writer.delta(0, started ? delta : { role: 'assistant', ...delta });
    started = true;
    return [{ type: 'chunk', json, content: true, finishReason: null }];
  };
  const toolArguments = (index: number, text: string) =>
    content({ tool_calls: [{ index, function: { arguments: text } }] });

  const start = (position: number, { toolUse, toolResult }: ContentBlockStart): StreamPart[] => {
    if (toolResult !== undefined || toolUse?.type === 'server_tool_use') blocks.set(position, { kind: 'hidden' });
    else if (toolUse?.name !== undefined && toolUse.name === context.jsonTool) {
      blocks.set(position, structured ? { kind: 'hidden' } : { kind: 'json', empty: true });
      structured = true;
    } else if (toolUse !== undefined) {
      const index = calls++;
      blocks.set(position, { kind: 'tool', index, empty: true });
      return content({
        tool_calls: [
          { index, id: toolUse.toolUseId, type: 'function', function: { name: toolUse.name, arguments: '' } },
        ],
      });
    }
    return [];
  };

  const grow = (position: number, { text, toolUse, reasoningContent }: ContentBlockDelta): StreamPart[] => {
    const block = blocks.get(position);
    if (block?.kind === 'hidden') return [];
    if (text && context.jsonTool === null) return content({ content: text });
    if (text) aside += text;
    if (toolUse?.input && (block?.kind === 'tool' || block?.kind === 'json')) {
      block.empty = false;
      return block.kind === 'tool' ? toolArguments(block.index, toolUse.input) : content({ content: toolUse.input });
    }
    if (reasoningContent === undefined) return [];
    if (reasoningContent.redactedContent !== undefined)
      return content({
        reasoning_details: [encryptedDetail(reasoningContent.redactedContent, details++, context.family)],
      });
    const reasoning = block?.kind === 'reasoning' ? block : { kind: 'reasoning' as const, text: '', signature: '' };
    if (block !== reasoning) blocks.set(position, reasoning);
    reasoning.text += reasoningContent.text ?? '';
    reasoning.signature += reasoningContent.signature ?? '';
    return reasoningContent.text ? content({ reasoning_content: reasoningContent.text }) : [];
  };

  const finishBlock = (position: number): StreamPart[] => {
    const block = blocks.get(position);
    blocks.delete(position);
    // A call without arguments streams no input at all, but clients parse what they get.
    if (block?.kind === 'tool' && block.empty) return toolArguments(block.index, '{}');
    if (block?.kind === 'json' && block.empty) return content({ content: '{}' });
    // Whole, in one piece: a signature only holds for the exact text, and clients send back what they got.
    if (block?.kind === 'reasoning' && block.signature !== '')
      return content({ reasoning_details: [textDetail(block.text, block.signature, details++, context.family)] });
    return [];
  };

  const stop = (reason: string): StreamPart[] => {
    const rest = [...blocks.keys()].flatMap(finishBlock);
    if (isMalformed(reason) && !started && aside === '')
      return [{ type: 'failure', failure: garbledFailure(reason, providerRequestId) }];
    stopReason = reason;
    return rest;
  };

  return {
    read(event) {
      if (event.contentBlockDelta?.delta !== undefined)
        return grow(event.contentBlockDelta.contentBlockIndex ?? 0, event.contentBlockDelta.delta);
      if (event.contentBlockStart?.start !== undefined)
        return start(event.contentBlockStart.contentBlockIndex ?? 0, event.contentBlockStart.start);
      if (event.contentBlockStop !== undefined) return finishBlock(event.contentBlockStop.contentBlockIndex ?? 0);
      if (event.messageStop !== undefined) return stop(event.messageStop.stopReason ?? 'unknown');
      if (event.metadata !== undefined) usage = event.metadata.usage;
      return [];
    },
    get complete() {
      return stopReason !== null && usage !== undefined;
    },
    close() {
      if (stopReason === null) return [];
      const said = aside !== '' && !structured ? content({ content: aside }) : [];
      const finish = finishReason(stopReason, calls > 0, structured);
      const delta: JsonObject = started ? {} : { role: 'assistant', content: '' };
      const parts: StreamPart[] = [
        ...said,
        { type: 'chunk', json: writer.delta(0, delta, finish), content: false, finishReason: finish },
      ];
      if (usage !== undefined) parts.push({ type: 'usage', chunk: writer.usage(fromTokenUsage(usage)) });
      return [...parts, { type: 'end' }];
    },
  };
}
