import type { ChatPart } from '../../../core/chat/answer.ts';
import type { StreamErrorReader, StreamReader, WrittenRequest } from '../../../core/chat/dialect.ts';
import { isObject, type JsonObject, parseJson } from '../../../core/json.ts';
import type { Failure } from '../../../core/routing/failure.ts';
import { unreadable } from '../relay.ts';
import { mergeCounts, readTokens } from '../usage.ts';
import { readBlock, readEnd } from './read-answer.ts';

interface OpenBlock {
  /** `aside`: not for the caller, or not yet. */
  kind: 'text' | 'reasoning' | 'tool_call' | 'opaque' | 'aside';
  /** As it began, with what came since. */
  block: JsonObject;
  /** JSON text of an input, gathered. */
  json: string;
}

const choice = 0;

/** https://docs.anthropic.com/en/docs/build-with-claude/streaming */
export function createStreamReader(
  { answerTool }: Pick<WrittenRequest, 'answerTool'>,
  readError: StreamErrorReader,
): StreamReader {
  let open: OpenBlock | null = null;
  let counts: JsonObject | null = null;
  let hasCalls = false;
  let answered = false;
  /** Text beside the answer's own tool: the answer only if that tool is never called. */
  let aside = '';
  let end: JsonObject = {};
  let stopped = false;
  let failed = false;

  const fail = (failure: Failure): ChatPart[] => {
    failed = true;
    return [{ type: 'failure', failure }];
  };
  const delta = (text: string): ChatPart[] => (text === '' ? [] : [{ type: 'delta', choice, text }]);

  function startBlock(block: JsonObject): ChatPart[] {
    open = { kind: kindOf(block), block: { ...block }, json: '' };
    const { kind } = open;
    if (kind === 'text') return [{ type: 'open', choice, block: { type: 'text' } }, ...delta(textOf(block, 'text'))];
    if (kind === 'aside') aside += textOf(block, 'text');
    if (kind === 'reasoning')
      return [{ type: 'open', choice, block: { type: 'reasoning' } }, ...delta(textOf(block, 'thinking'))];
    if (kind !== 'tool_call') return [];
    if (block.name === answerTool) {
      answered = true;
      return [{ type: 'open', choice, block: { type: 'text' } }];
    }
    hasCalls = true;
    const call = { type: 'tool_call' as const, id: textOf(block, 'id'), name: textOf(block, 'name') };
    return [{ type: 'open', choice, block: { ...call, kind: 'function' } }];
  }

  function kindOf({ type, name }: JsonObject): OpenBlock['kind'] {
    if (type === 'text') return answerTool === undefined ? 'text' : 'aside';
    if (type === 'thinking') return 'reasoning';
    if (type !== 'tool_use') return 'opaque';
    return name === answerTool && answered ? 'aside' : 'tool_call';
  }

  function addDelta(now: OpenBlock, more: JsonObject): ChatPart[] {
    const { kind, block } = now;
    switch (more.type) {
      case 'text_delta':
        if (kind === 'aside') aside += textOf(more, 'text');
        return kind === 'text' ? delta(textOf(more, 'text')) : [];
      case 'thinking_delta':
        return kind === 'reasoning' ? delta(textOf(more, 'thinking')) : [];
      case 'signature_delta':
        block.signature = textOf(block, 'signature') + textOf(more, 'signature');
        return [];
      case 'citations_delta':
        block.citations = [...(Array.isArray(block.citations) ? block.citations : []), more.citation];
        return [];
      case 'input_json_delta':
        now.json += textOf(more, 'partial_json');
        return kind === 'tool_call' ? delta(textOf(more, 'partial_json')) : [];
      case 'compaction_delta':
        block.content = textOf(block, 'content') + textOf(more, 'content');
        return [];
      default:
        return [];
    }
  }

  function stopBlock({ kind, block, json }: OpenBlock): ChatPart[] {
    open = null;
    switch (kind) {
      case 'text': {
        const citations = Array.isArray(block.citations) ? block.citations.filter(isObject) : [];
        const cited = citations.length > 0 && { citations: { format: 'anthropic', values: citations } };
        return [{ type: 'close', choice, ...cited }];
      }
      case 'reasoning': {
        const value = textOf(block, 'signature');
        return [{ type: 'close', choice, ...(value !== '' && { signature: { format: 'anthropic', value } }) }];
      }
      case 'tool_call': {
        // A call without arguments streams none, but its arguments must parse.
        const rest = json === '' ? JSON.stringify(isObject(block.input) ? block.input : {}) : '';
        return [...delta(rest), { type: 'close', choice }];
      }
      case 'opaque': {
        const input = json === '' ? undefined : parseJson(json);
        return [{ type: 'whole', choice, block: readBlock(isObject(input) ? { ...block, input } : block) }];
      }
      case 'aside':
        return [];
    }
  }

  function readEvent(event: JsonObject): ChatPart[] {
    switch (event.type) {
      case 'message_start':
        if (isObject(event.message) && isObject(event.message.usage)) counts = mergeCounts({}, event.message.usage);
        return [];
      case 'content_block_start':
        return isObject(event.content_block) ? startBlock(event.content_block) : [];
      case 'content_block_delta':
        return open !== null && isObject(event.delta) ? addDelta(open, event.delta) : [];
      case 'content_block_stop':
        return open === null ? [] : stopBlock(open);
      case 'message_delta':
        if (isObject(event.delta)) end = mergeCounts(end, event.delta);
        if (isObject(event.usage)) counts = mergeCounts(counts ?? {}, event.usage);
        return [];
      case 'message_stop':
        stopped = true;
        return [];
      // `ping`, and events to come.
      default:
        return [];
    }
  }

  return {
    push(data) {
      if (stopped || failed || data === '') return [];
      const event = parseJson(data);
      if (!isObject(event)) return fail(unreadable);
      // Google's gateway in front of Claude says errors in its own shape.
      if (event.type === 'error' || (event.type === undefined && isObject(event.error)))
        return fail(readError(event.error ?? event));
      return readEvent(event);
    },
    finish() {
      if (!stopped || failed) return [];
      const usage = readTokens(counts);
      return [
        ...(aside !== '' && !answered
          ? [
              { type: 'open' as const, choice, block: { type: 'text' as const } },
              ...delta(aside),
              { type: 'close' as const, choice },
            ]
          : []),
        { type: 'finish', choice, finish: readEnd(end.stop_reason, end.stop_sequence, hasCalls) },
        ...(usage === null ? [] : [{ type: 'usage' as const, usage }]),
        { type: 'end' },
      ];
    },
    done: () => stopped || failed,
  };
}

function textOf(block: JsonObject, field: string): string {
  const value = block[field];
  return typeof value === 'string' ? value : '';
}
