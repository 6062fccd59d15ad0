import type { ChatPart, Finish, OpenBlock } from '../../../core/chat/answer.ts';
import type { ChatRequest } from '../../../core/chat/conversation.ts';
import type { AnswerHead } from '../../../core/chat/dialect.ts';
import type { Frame } from '../../../core/chat/frame.ts';
import { functionInput } from '../../../core/chat/offered-tools.ts';
import { noUsage, type TokenUsage } from '../../../core/chat/usage.ts';
import { isObject, type JsonObject } from '../../../core/json.ts';
import { carrier, writeThought } from '../signatures.ts';
import { chatFinish, writeTokens } from '../usage.ts';
import { writeCitations } from './citations.ts';
import { messageHead, writeEnd, writeTier } from './write-answer.ts';
import { writeBlock } from './write-blocks.ts';

interface Open {
  block: OpenBlock;
  /** Blocks start with their first piece, so that those which stay empty are never seen. */
  started: boolean;
  /** Free text that becomes JSON when it is whole. */
  held: string;
}

/** https://docs.anthropic.com/en/docs/build-with-claude/streaming */
export function createStreamWriter(head: AnswerHead, request: ChatRequest): (parts: ChatPart[]) => Frame[] {
  let begun = false;
  let index = 0;
  let open: Open | null = null;
  let finish: Finish = { reason: 'stop' };
  let usage: TokenUsage | null = null;
  let tier: string | undefined;
  let extra: JsonObject = {};

  function begin(): Frame[] {
    if (begun) return [];
    begun = true;
    const message = { ...messageHead(head), content: [], stop_reason: null, stop_sequence: null };
    return [event({ type: 'message_start', message: { ...message, usage: writeTokens(usage ?? noUsage) } })];
  }

  const start = (block: JsonObject, content: boolean): Frame =>
    event({ type: 'content_block_start', index, content_block: block }, content);
  const stop = (): Frame => event({ type: 'content_block_stop', index: index++ });
  const delta = (type: string, field: string, value: unknown, content = true): Frame => ({
    type: 'event',
    text: `event: content_block_delta\ndata: {"type":"content_block_delta","index":${index},"delta":{"type":"${type}","${field}":${JSON.stringify(value)}}}\n\n`,
    content,
    closing: false,
  });

  /** A block that comes at once, in the events that would have brought it piece by piece. */
  function whole(block: JsonObject): Frame[] {
    switch (block.type) {
      case 'text': {
        const citations = Array.isArray(block.citations) ? block.citations : [];
        return [
          start({ ...block, text: '', ...(citations.length > 0 && { citations: [] }) }, false),
          delta('text_delta', 'text', block.text),
          ...citations.map((citation: unknown) => delta('citations_delta', 'citation', citation)),
          stop(),
        ];
      }
      case 'thinking':
        return [
          start({ ...block, thinking: '', signature: '' }, false),
          ...(block.thinking === '' ? [] : [delta('thinking_delta', 'thinking', block.thinking)]),
          delta('signature_delta', 'signature', block.signature, block.thinking !== ''),
          stop(),
        ];
      default:
        return isObject(block.input)
          ? [
              start({ ...block, input: {} }, true),
              delta('input_json_delta', 'partial_json', JSON.stringify(block.input)),
              stop(),
            ]
          : [start(block, true), stop()];
    }
  }

  function openBlock(block: OpenBlock): Frame[] {
    open = { block, started: block.type === 'tool_call', held: '' };
    if (block.type !== 'tool_call') return [];
    const { id, name, signature } = block;
    return [
      ...(signature ? whole(carrier({ signature, call: id })) : []),
      start({ type: 'tool_use', id, name, input: {} }, true),
    ];
  }

  function addDelta(now: Open, text: string): Frame[] {
    const { block } = now;
    if (block.type === 'tool_call' && block.kind === 'custom') {
      now.held += text;
      return [];
    }
    if (block.type === 'tool_call') return [delta('input_json_delta', 'partial_json', text)];
    const thinking = block.type === 'reasoning';
    const piece = thinking ? delta('thinking_delta', 'thinking', text) : delta('text_delta', 'text', text);
    if (now.started) return [piece];
    now.started = true;
    return [
      start(thinking ? { type: 'thinking', thinking: '', signature: '' } : { type: 'text', text: '' }, false),
      piece,
    ];
  }

  function close(
    now: Open,
    { signature, encrypted, citations }: Omit<Extract<ChatPart, { type: 'close' }>, 'type' | 'choice'>,
  ): Frame[] {
    const { block, started, held } = now;
    open = null;
    if (block.type === 'tool_call') {
      if (block.kind === 'function') return [stop()];
      return [
        delta('input_json_delta', 'partial_json', functionInput({ ...block, type: 'tool_call', input: held })),
        stop(),
      ];
    }
    if (block.type === 'reasoning') {
      const { id } = block;
      const thought = writeThought({
        text: started ? '…' : '',
        ...(signature && { signature }),
        ...(encrypted && { encrypted }),
        ...(id !== undefined && { id }),
      });
      if (!started) return thought === null ? [] : whole(thought);
      return [delta('signature_delta', 'signature', thought?.signature ?? ''), stop()];
    }
    const cited = writeCitations(citations);
    const text = started ? [...cited.map((citation) => delta('citations_delta', 'citation', citation)), stop()] : [];
    return signature ? [...text, ...whole(carrier({ signature, text: started ? 'before' : 'empty' }))] : text;
  }

  function end(): Frame[] {
    const last = (counts: JsonObject): string =>
      eventText({ ...extra, type: 'message_delta', delta: writeEnd(finish, request), usage: counts });
    const counted = usage;
    const own = { ...writeTokens(counted ?? noUsage), ...writeTier(tier) };
    return [
      counted === null
        ? { type: 'event', text: last(own), content: false, closing: true }
        : { type: 'usage', usage: counted, write: (extras) => last({ ...own, ...extras }) },
      { type: 'end', text: eventText({ type: 'message_stop' }) },
    ];
  }

  function write(part: ChatPart): Frame[] {
    if (part.type === 'failure') return [part];
    // The format has one answer to each request.
    if ('choice' in part && part.choice !== 0) return [];
    switch (part.type) {
      case 'open':
        return [...begin(), ...openBlock(part.block)];
      case 'delta':
        return open === null ? [] : addDelta(open, part.text);
      case 'close':
        return open === null ? [] : close(open, part);
      case 'whole':
        return [...begin(), ...writeBlock(part.block).flatMap(whole)];
      case 'finish':
        finish = part.finish;
        tier = part.serviceTier;
        extra = part.extra ?? {};
        return [
          ...begin(),
          ...(open === null ? [] : close(open, {})),
          { type: 'finish', reason: chatFinish(finish.reason) },
        ];
      case 'usage':
        usage = part.usage;
        return [];
      case 'end':
        return [...begin(), ...end()];
    }
  }

  return (parts) => parts.flatMap(write);
}

function event(value: JsonObject, content = false): Frame {
  return { type: 'event', text: eventText(value), content, closing: false };
}

function eventText(value: JsonObject): string {
  return `event: ${String(value.type)}\ndata: ${JSON.stringify(value)}\n\n`;
}
