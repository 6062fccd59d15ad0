import { describe, expect, it } from 'vitest';
import type { AnswerHead, NativeRelay } from '../../../functions/core/chat/dialect.ts';
import type { Frame } from '../../../functions/core/chat/frame.ts';
import type { JsonObject } from '../../../functions/core/json.ts';
import type { Failure } from '../../../functions/core/routing/failure.ts';
import { native } from '../../../functions/dialects/openai-responses/native.ts';

const head: AnswerHead = {
  mintedId: '01JZ0000000000000000000000',
  created: 1_764_000_000,
  callerModel: 'openai/gpt-5',
  includeUsage: false,
};

const usage = {
  input_tokens: 11,
  input_tokens_details: { cached_tokens: 4, cache_write_tokens: 2 },
  output_tokens: 7,
  output_tokens_details: { reasoning_tokens: 3 },
  total_tokens: 18,
};
const counted = { prompt: 11, completion: 7, cached: 4, cacheWrite: 2, reasoning: 3, audioIn: 0, audioOut: 0 };
const message = { type: 'message', id: 'msg_1', role: 'assistant', content: [{ type: 'output_text', text: 'pong' }] };
const call = { type: 'function_call', id: 'fc_1', call_id: 'call_1', name: 'f', arguments: '{}' };

function response(more: JsonObject = {}): JsonObject {
  return {
    id: 'resp_1',
    object: 'response',
    status: 'completed',
    model: 'gpt-5-2025-08-07',
    error: null,
    output: [message],
    usage,
    ...more,
  };
}

function readError(error: unknown): Failure {
  return { kind: 'quota', status: null, code: JSON.stringify(error), message: '', providerRequestId: null };
}

function relay(events: (JsonObject | string)[], into: NativeRelay = native.createRelay(head, readError)): Frame[] {
  return events.flatMap((event) => into.push(typeof event === 'string' ? event : JSON.stringify(event)));
}

function texts(frames: Frame[]): JsonObject[] {
  return frames.flatMap((frame) => {
    const text =
      frame.type === 'event' || frame.type === 'end'
        ? frame.text
        : frame.type === 'usage'
          ? frame.write({ cost: '1' })
          : '';
    return [...(text ?? '').matchAll(/^event: (.*)\ndata: (.*)\n\n/gm)].map(([, name, data]) => {
      const event = JSON.parse(data ?? '');
      expect(event.type).toBe(name);
      return event;
    });
  });
}

const created = {
  type: 'response.created',
  sequence_number: 0,
  response: response({ status: 'in_progress', output: [], usage: null }),
};
const added = {
  type: 'response.output_item.added',
  sequence_number: 1,
  output_index: 0,
  item: { ...message, content: [] },
};
const delta = {
  type: 'response.output_text.delta',
  sequence_number: 2,
  item_id: 'msg_1',
  output_index: 0,
  content_index: 0,
  delta: 'p "sequence_number":9\n',
};
const done = {
  type: 'response.output_text.done',
  sequence_number: 3,
  item_id: 'msg_1',
  output_index: 0,
  content_index: 0,
  text: 'pong',
};
const completed = { type: 'response.completed', sequence_number: 4, response: response() };

describe('an answer of OpenAI’s own', () => {
  it('keeps everything but the model’s name, and its counts are read', () => {
    const body = response({ some_future_field: { a: 1 } });
    expect(native.readAnswer(JSON.stringify(body), head)).toEqual({
      body: { ...body, model: 'openai/gpt-5' },
      usage: counted,
      finishReason: 'stop',
    });
  });

  it.each<[string, JsonObject, string | null]>([
    ['asks for a tool', { output: [message, call] }, 'tool_calls'],
    ['ran a hosted tool', { output: [{ type: 'web_search_call', id: 'ws_1' }, message] }, 'stop'],
    ['reached its limit', { status: 'incomplete', incomplete_details: { reason: 'max_output_tokens' } }, 'length'],
    ['was filtered', { status: 'incomplete', incomplete_details: { reason: 'content_filter' } }, 'content_filter'],
    ['is made in the background', { status: 'queued', output: [], usage: null }, null],
  ])('that %s is logged in the words of chat completions', (_, more, reason) => {
    expect(native.readAnswer(JSON.stringify(response(more)), head)?.finishReason).toBe(reason);
  });

  it('has no counts when it is made in the background', () => {
    expect(native.readAnswer(JSON.stringify(response({ status: 'queued', usage: null })), head)?.usage).toBeNull();
  });

  it.each(['', 'null', '[]', '<html>', '{}', '{"object":"list"}', JSON.stringify(response()).slice(0, -9)])(
    'makes no sense as %s',
    (text) => {
      expect(native.readAnswer(text, head)).toBeNull();
    },
  );

  it('is left to the table of errors when it holds one', () => {
    const failed = response({ status: 'failed', error: { code: 'server_error', message: 'no' } });
    expect(native.readAnswer(JSON.stringify(failed), head)).toBeNull();
  });
});

describe('a stream of OpenAI’s own', () => {
  it('passes event by event, with the caller’s name of the model and more in the usage', () => {
    const events = [created, added, delta, done, completed];
    const frames = relay(events);
    expect(texts(frames)).toEqual([
      { ...created, response: { ...created.response, model: 'openai/gpt-5' } },
      added,
      delta,
      done,
      { ...completed, response: { ...completed.response, model: 'openai/gpt-5', usage: { ...usage, cost: '1' } } },
    ]);
    expect(frames.map(({ type }) => type)).toEqual(['event', 'event', 'event', 'event', 'finish', 'usage', 'end']);
    expect(frames.filter((frame) => frame.type === 'usage')[0]?.usage).toEqual(counted);
  });

  it('tells with every event the number of the next', () => {
    const next = relay([created, added, delta, done]).map((frame) => frame.type === 'event' && frame.next);
    expect(next).toEqual([1, 2, 3, 4]);
    const { sequence_number: _, ...unnumbered } = done;
    expect(relay([unnumbered])[0]).not.toHaveProperty('next');
  });

  it('gives the text of a delta as it came', () => {
    const data =
      '{"type":"response.output_text.delta","delta":"\\u0041 \\"sequence_number\\":7", "obfuscation":"x","sequence_number":41}';
    expect(relay([data])).toEqual([
      {
        type: 'event',
        text: `event: response.output_text.delta\ndata: ${data}\n\n`,
        content: true,
        closing: false,
        next: 42,
      },
    ]);
  });

  it.each<[string, JsonObject, boolean]>([
    ['response.created', created, false],
    ['an empty message', added, false],
    ['a thought that begins', { ...added, item: { type: 'reasoning', id: 'rs_1', summary: [] } }, false],
    ['a call that begins', { ...added, item: { ...call, arguments: '' } }, false],
    ['a part that begins', { type: 'response.content_part.added', part: { type: 'output_text', text: '' } }, false],
    ['an empty delta', { ...delta, delta: '' }, false],
    ['text', delta, true],
    ['a refusal', { ...delta, type: 'response.refusal.delta' }, true],
    ['thought', { ...delta, type: 'response.reasoning_summary_text.delta' }, true],
    ['arguments', { ...delta, type: 'response.function_call_arguments.delta' }, true],
    ['a hosted tool', { ...added, item: { type: 'web_search_call', id: 'ws_1' } }, true],
    ['text that was there before', done, false],
  ])('has %s as content: %#', (_, event, content) => {
    expect(relay([event])).toMatchObject([{ type: 'event', content, closing: false }]);
  });

  it('ends with response.incomplete, too', () => {
    const event = {
      ...completed,
      type: 'response.incomplete',
      response: response({ status: 'incomplete', incomplete_details: { reason: 'max_output_tokens' } }),
    };
    const frames = relay([event]);
    expect(frames.map((frame) => (frame.type === 'finish' ? frame.reason : frame.type))).toEqual([
      'length',
      'usage',
      'end',
    ]);
  });

  it('passes an end without counts, held back like any other', () => {
    const frames = relay([{ ...completed, response: response({ usage: null }) }]);
    expect(frames).toMatchObject([{ type: 'finish' }, { type: 'event', closing: true }, { type: 'end' }]);
    expect(texts(frames)).toHaveLength(1);
  });

  it.each<[string, JsonObject | string, unknown]>([
    [
      'an error event as published',
      { type: 'error', code: 'insufficient_quota', message: 'm', param: null, sequence_number: 2 },
      { code: 'insufficient_quota', message: 'm', param: null },
    ],
    [
      'an error event as sent',
      { type: 'error', sequence_number: 2, error: { type: 'insufficient_quota', code: 'insufficient_quota' } },
      { type: 'insufficient_quota', code: 'insufficient_quota' },
    ],
    ['an error without a type', { error: { code: 'server_error' } }, { code: 'server_error' }],
    [
      'response.failed',
      {
        type: 'response.failed',
        response: response({ status: 'failed', error: { code: 'rate_limit_exceeded', message: 'm' } }),
      },
      { code: 'rate_limit_exceeded', message: 'm' },
    ],
  ])('fails by %s', (_, event, error) => {
    expect(relay([created, event]).slice(1)).toEqual([{ type: 'failure', failure: readError(error) }]);
  });

  it('fails by response.failed without a reason, and by what is no JSON', () => {
    expect(relay([{ type: 'response.failed', response: response({ error: null }) }])).toMatchObject([
      { type: 'failure' },
    ]);
    expect(relay(['{"type":"response.output_text.delta","delta":"x'])).toMatchObject([
      { type: 'failure', failure: { garbled: true } },
    ]);
  });

  it('looks at nothing after its end', () => {
    const into = native.createRelay(head, readError);
    relay([created, completed], into);
    expect(into.ended()).toBe(true);
    expect(relay([delta, { type: 'error' }, 'nonsense'], into)).toEqual([]);
  });

  it('never looks complete when it is cut', () => {
    const into = native.createRelay(head, readError);
    const frames = relay([created, added, delta, done, '[DONE]'], into);
    expect(into.ended()).toBe(false);
    expect(frames.every((frame) => frame.type === 'event' && !frame.closing)).toBe(true);
  });

  it('takes events whose data came in several lines', () => {
    const frames = relay([JSON.stringify(completed, null, 1), '{"type":"response.x",\n"a":1}'].reverse());
    expect(texts(frames).map(({ type }) => type)).toEqual(['response.x', 'response.completed']);
  });
});
