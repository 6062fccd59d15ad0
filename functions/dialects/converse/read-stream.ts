import type {
  ContentBlockDelta,
  ContentBlockStart,
  ConverseCommandInput,
  ConverseStreamMetadataEvent,
  ConverseStreamOutput,
  MessageStopEvent,
} from '@aws-sdk/client-bedrock-runtime';
import type { ChatPart } from '../../core/chat/answer.ts';
import type { StreamReader, WrittenRequest } from '../../core/chat/dialect.ts';
import { customInput } from '../../core/chat/offered-tools.ts';
import type { JsonObject } from '../../core/json.ts';
import { citationsOf, isMalformed, readFinish, readUsage, signatureFormat, signed, toBase64 } from './read-answer.ts';

/** One block of the answer while it is being streamed. Its parts wait in `parts` while an earlier block is open. */
interface OpenBlock {
  kind: 'text' | 'call' | 'custom' | 'form' | 'reasoning' | 'hidden';
  parts: ChatPart[];
  opened: boolean;
  empty: boolean;
  /** The input of a custom tool so far: it is JSON around the text, told when it is whole. */
  input: string;
  signature: string;
  redacted: Uint8Array[];
  citations: JsonObject[];
  closed: boolean;
}

const choice = 0;

function isProse({ kind }: OpenBlock): boolean {
  return kind === 'text' || kind === 'reasoning';
}

/** What the events of a ConverseStream mean. Broken streams and exceptions are the transport's. */
export function createStreamReader(written: WrittenRequest<ConverseCommandInput>): StreamReader<ConverseStreamOutput> {
  const format = signatureFormat(written);
  /** In the order of their beginning; the first one's parts go out as they come. */
  const queue: OpenBlock[] = [];
  const blocks = new Map<number, OpenBlock>();
  /** Text beside the tool that stands for the form of the answer: the answer only if that tool is never called. */
  const aside: ChatPart[] = [];
  let calls = 0;
  let said = false;
  let structured = false;
  let failed = false;
  let stop: MessageStopEvent | null = null;
  let metadata: ConverseStreamMetadataEvent | null = null;

  const begin = (position: number, kind: OpenBlock['kind']): OpenBlock => {
    const block: OpenBlock = {
      ...{ kind, parts: [], opened: false, empty: true, input: '', closed: false },
      ...{ signature: '', redacted: [], citations: [] },
    };
    queue.push(block);
    blocks.set(position, block);
    return block;
  };

  const open = (block: OpenBlock, part: Extract<ChatPart, { type: 'open' }>['block']): void => {
    block.opened = true;
    said ||= block.kind !== 'reasoning';
    block.parts.push({ type: 'open', choice, block: part });
  };

  const say = (block: OpenBlock, text: string): void => {
    block.empty = false;
    block.parts.push({ type: 'delta', choice, text });
  };

  const start = (position: number, { toolUse, toolResult }: ContentBlockStart): void => {
    if (toolResult !== undefined || toolUse?.type === 'server_tool_use') begin(position, 'hidden');
    else if (toolUse?.name !== undefined && toolUse.name === written.answerTool) {
      const block = begin(position, structured ? 'hidden' : 'form');
      structured = true;
      if (block.kind === 'form') open(block, { type: 'text' });
    } else if (toolUse !== undefined) {
      calls += 1;
      const { toolUseId: id = '', name = '' } = toolUse;
      const custom = written.customTools?.includes(name) ?? false;
      const block = begin(position, custom ? 'custom' : 'call');
      open(block, { type: 'tool_call', id, name, kind: custom ? 'custom' : 'function' });
    }
  };

  const close = (block: OpenBlock): void => {
    if (block.closed) return;
    block.closed = true;
    const { signature, redacted, parts } = block;
    // A call without arguments streams no input at all, but clients parse what they get.
    if ((block.kind === 'call' || block.kind === 'form') && block.empty) say(block, '{}');
    if (block.kind === 'custom') {
      const input = customInput(block.input);
      if (input !== '') say(block, input);
    }
    if (block.kind === 'reasoning') {
      if (!block.opened && signature !== '')
        parts.push({ type: 'whole', choice, block: { type: 'reasoning', text: '', ...signed(signature, format) } });
      if (block.opened) parts.push({ type: 'close', choice, ...signed(signature, format) });
      const value = toBase64(Buffer.concat(redacted));
      if (value !== '')
        parts.push({ type: 'whole', choice, block: { type: 'reasoning', text: '', encrypted: { format, value } } });
    } else if (block.opened) parts.push({ type: 'close', choice, ...citationsOf(block.citations) });
  };

  const grow = (position: number, { text, toolUse, reasoningContent, citation }: ContentBlockDelta): void => {
    const kind = reasoningContent !== undefined ? 'reasoning' : 'text';
    const wanted = text || citation !== undefined || reasoningContent !== undefined;
    const known = blocks.get(position);
    // Text and thoughts begin without notice, some models' under one number.
    const other = wanted && (known === undefined || (isProse(known) && known.kind !== kind));
    if (other && known !== undefined) close(known);
    const block = other ? begin(position, kind) : known;
    if (block === undefined || block.closed) return;
    if (block.kind === 'text') {
      if (citation !== undefined) block.citations.push(citation as JsonObject);
      if (!text) return;
      if (!block.opened) open(block, { type: 'text' });
      say(block, text);
    } else if (block.kind === 'reasoning' && reasoningContent !== undefined) {
      if (reasoningContent.redactedContent !== undefined) block.redacted.push(reasoningContent.redactedContent);
      block.signature += reasoningContent.signature ?? '';
      if (!reasoningContent.text) return;
      if (!block.opened) open(block, { type: 'reasoning' });
      say(block, reasoningContent.text);
    } else if (toolUse?.input) {
      if (block.kind === 'custom') block.input += toolUse.input;
      else if (block.kind !== 'hidden') say(block, toolUse.input);
    }
  };

  /** What may go out: all of the first open block, and what is closed before it. */
  const flush = (): ChatPart[] => {
    const due: ChatPart[] = [];
    for (let first = queue[0]; first !== undefined; first = queue[0]) {
      const kept = first.kind === 'text' && written.answerTool !== undefined ? aside : due;
      kept.push(...first.parts.splice(0));
      if (!first.closed) break;
      queue.shift();
    }
    return due;
  };

  const end = (event: MessageStopEvent): ChatPart[] => {
    for (const block of queue) close(block);
    const parts = flush();
    const reason = event.stopReason ?? 'unknown';
    if (isMalformed(reason) && !said) {
      failed = true;
      return [{ type: 'failure', failure: malformed(reason) }];
    }
    stop = event;
    return parts;
  };

  return {
    push(event) {
      if (failed) return [];
      const { contentBlockStart, contentBlockDelta, contentBlockStop } = event;
      if (contentBlockDelta?.delta !== undefined)
        grow(contentBlockDelta.contentBlockIndex ?? 0, contentBlockDelta.delta);
      else if (contentBlockStart?.start !== undefined)
        start(contentBlockStart.contentBlockIndex ?? 0, contentBlockStart.start);
      else if (contentBlockStop !== undefined) {
        const block = blocks.get(contentBlockStop.contentBlockIndex ?? 0);
        blocks.delete(contentBlockStop.contentBlockIndex ?? 0);
        if (block !== undefined) close(block);
      } else if (event.messageStop !== undefined) return end(event.messageStop);
      else if (event.metadata !== undefined) metadata = event.metadata;
      return flush();
    },
    // The finish waits until here, because a stream may still break between `messageStop` and the usage.
    finish() {
      if (failed || stop === null) return [];
      const { stopReason = 'unknown', additionalModelResponseFields } = stop;
      const finish = readFinish(stopReason, additionalModelResponseFields, calls > 0, structured);
      const { usage, trace, serviceTier } = metadata ?? {};
      const top = {
        ...(serviceTier?.type && { serviceTier: serviceTier.type }),
        ...(trace !== undefined && { extra: { trace } }),
      };
      return [
        ...(structured ? [] : aside),
        { type: 'finish', choice, finish, ...top },
        ...(usage === undefined
          ? []
          : [{ type: 'usage' as const, usage: readUsage(usage, additionalModelResponseFields) }]),
        { type: 'end' },
      ];
    },
    done: () => failed || (stop !== null && metadata?.usage !== undefined),
  };
}

function malformed(reason: string): Extract<ChatPart, { type: 'failure' }>['failure'] {
  return {
    kind: 'overloaded',
    status: null,
    code: reason,
    message: 'The model gave an answer that makes no sense.',
    garbled: true,
    providerRequestId: null,
  };
}
