import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ChatPart, FinishReason } from '../../../functions/core/chat/answer.ts';
import type { Block } from '../../../functions/core/chat/conversation.ts';
import { noUsage } from '../../../functions/core/chat/usage.ts';
import { GatewayError } from '../../../functions/core/errors.ts';
import type { JsonObject } from '../../../functions/core/json.ts';
import { anthropicMessages as door } from '../../../functions/dialects/anthropic-messages/door.ts';
import { chatRequest } from '../chat-request.ts';
import { answerOf, assistantBlocks, head, partsOf } from './conversations.ts';
import { eventsOf, foldEvents } from './fold-events.ts';

const usage = { ...noUsage, prompt: 10, completion: 7, cached: 3, cacheWrite: 2, reasoning: 4 };

function written(blocks: Block[]): JsonObject {
  return door.writeAnswer(answerOf(blocks, { usage }), head, chatRequest()).body;
}

function streamed(parts: ChatPart[], request = chatRequest()): JsonObject {
  return foldEvents(eventsOf(door.createStreamWriter(head, request)(parts)));
}

const ending: ChatPart[] = [
  { type: 'finish', choice: 0, finish: { reason: 'stop' } },
  { type: 'usage', usage },
  { type: 'end' },
];

/** What a client that repeats the standard fields alone sends back. */
function repeated(content: unknown): unknown {
  const standard: Record<string, string[]> = {
    text: ['type', 'text', 'citations'],
    tool_use: ['type', 'id', 'name', 'input'],
    thinking: ['type', 'thinking', 'signature'],
    redacted_thinking: ['type', 'data'],
  };
  return (content as JsonObject[]).map((block) => {
    const kept = standard[String(block.type)];
    return kept ? Object.fromEntries(Object.entries(block).filter(([name]) => kept.includes(name))) : block;
  });
}

/** The assistant's turn as the door reads it back, without places. */
function readBack(content: unknown): Block[] {
  const messages = [
    { role: 'user', content: 'hi' },
    { role: 'assistant', content: repeated(content) },
  ];
  const turn = door.readRequest({ model: 'm', max_tokens: 1, messages }).turns[1];
  return (turn?.blocks ?? []).map(({ at: _at, ...block }) => block as Block);
}

/** Inputs are the same when they say the same. */
function parsed(blocks: Block[]): unknown[] {
  return blocks.map((block) => (block.type === 'tool_call' ? { ...block, input: JSON.parse(block.input) } : block));
}

describe('an answer in the words of Anthropic', () => {
  it('is a message under the name that the caller used, counted in its own way', () => {
    const blocks: Block[] = [
      { type: 'refusal', text: 'No.' },
      { type: 'tool_call', id: 't', name: 'n', input: '{"a":1}', kind: 'function' },
    ];
    const answer = answerOf(blocks, { usage, serviceTier: 'default', extra: { trace: 1 } });
    expect(door.writeAnswer(answer, head, chatRequest())).toEqual({
      body: {
        trace: 1,
        id: 'msg_01J',
        type: 'message',
        role: 'assistant',
        model: 'vertex/gemini',
        content: [
          { type: 'text', text: 'No.' },
          { type: 'tool_use', id: 't', name: 'n', input: { a: 1 } },
        ],
        stop_reason: 'end_turn',
        stop_sequence: null,
        usage: {
          input_tokens: 5,
          cache_creation_input_tokens: 2,
          cache_read_input_tokens: 3,
          output_tokens: 7,
          output_tokens_details: { thinking_tokens: 4 },
          service_tier: 'standard',
        },
      },
      usage,
      finishReason: 'stop',
    });
  });

  it.each<[FinishReason, string, string]>([
    ['stop', 'end_turn', 'stop'],
    ['length', 'max_tokens', 'length'],
    ['tool_calls', 'tool_use', 'tool_calls'],
    ['content_filter', 'refusal', 'content_filter'],
    ['stop_sequence', 'stop_sequence', 'stop'],
    ['pause', 'pause_turn', 'stop'],
    ['context', 'model_context_window_exceeded', 'length'],
  ])('that ended with %s says %s', (reason, said, logged) => {
    const answer = { choices: [{ blocks: [], finish: { reason } }], usage: null };
    const { body, finishReason } = door.writeAnswer(answer, head, chatRequest());
    expect([body.stop_reason, finishReason, 'usage' in body]).toEqual([said, logged, false]);
    const frames = door.createStreamWriter(
      head,
      chatRequest(),
    )([{ type: 'finish', choice: 0, finish: { reason } }, { type: 'end' }]);
    expect(foldEvents(eventsOf(frames)).stop_reason).toBe(said);
    expect(frames).toContainEqual({ type: 'finish', reason: logged });
  });

  it('names the stop sequence that was met, if need be the only one', () => {
    const finish = { reason: 'stop_sequence' as const };
    const stopOf = (stop: string[], sequence?: string) =>
      door.writeAnswer(
        { choices: [{ blocks: [], finish: { ...finish, ...(sequence !== undefined && { sequence }) } }], usage: null },
        head,
        chatRequest({ stop }),
      ).body.stop_sequence;
    expect([stopOf(['A']), stopOf(['A', 'B']), stopOf(['A', 'B'], 'B')]).toEqual(['A', null, 'B']);
  });

  it('quotes inputs that are no objects, and gives the free text of custom tools as JSON', () => {
    const call = { type: 'tool_call' as const, id: 't', name: 'n' };
    const input = (text: string, kind: 'function' | 'custom' = 'function') =>
      written([{ ...call, input: text, kind }]).content;
    expect(input('[1]')).toMatchObject([{ input: { input: [1] } }]);
    expect(input('{"a"')).toMatchObject([{ input: { input: '{"a"' } }]);
    expect(input('SELECT 1', 'custom')).toMatchObject([{ input: { input: 'SELECT 1' } }]);
    expect(
      streamed([...partsOf([{ ...call, input: 'SELECT 1', kind: 'custom' }], 3), ...ending]).content,
    ).toMatchObject([{ input: { input: 'SELECT 1' } }]);
  });

  it('passes signatures of Claude as they are, and marks those of others', () => {
    const signed = (format: 'anthropic' | 'google'): Block[] => [
      { type: 'reasoning', text: 'hm', signature: { format, value: 'c2ln' } },
      { type: 'reasoning', text: '', encrypted: { format, value: 'ZGF0YQ' } },
    ];
    expect(written(signed('anthropic')).content).toEqual([
      { type: 'thinking', thinking: 'hm', signature: 'c2ln' },
      { type: 'redacted_thinking', data: 'ZGF0YQ' },
    ]);
    expect(written(signed('google')).content).toMatchObject([
      { type: 'thinking', thinking: 'hm', signature: expect.stringMatching(/^keyway\.google\./) },
      { type: 'redacted_thinking', data: expect.stringMatching(/^keyway\.google\./) },
    ]);
  });

  it('says nothing of empty texts and of blocks that the format has no word for', () => {
    const blocks: Block[] = [
      { type: 'text', text: '' },
      { type: 'reasoning', text: '' },
      { type: 'opaque', dialect: 'gemini', value: { executableCode: {} } },
      { type: 'image', source: { type: 'base64', mediaType: 'image/png', data: 'AAAA' } },
    ];
    expect(written(blocks).content).toEqual([]);
    expect(streamed([...partsOf(blocks, 5), ...ending]).content).toEqual([]);
  });

  it('that a client repeats is the same conversation, whoever made it', () => {
    fc.assert(
      fc.property(assistantBlocks, (blocks) => {
        expect(parsed(readBack(written(blocks).content))).toEqual(parsed(blocks));
      }),
    );
  });

  it('is the same streamed, however the parts come', () => {
    fc.assert(
      fc.property(
        assistantBlocks,
        fc.integer({ min: 1, max: 9 }),
        fc.integer({ min: 1, max: 9 }),
        (blocks, size, batch) => {
          const parts = [...partsOf(blocks, size), ...ending];
          const write = door.createStreamWriter(head, chatRequest());
          const frames = Array.from({ length: Math.ceil(parts.length / batch) }, (_, i) =>
            write(parts.slice(i * batch, (i + 1) * batch)),
          ).flat();
          expect(foldEvents(eventsOf(frames))).toEqual(written(blocks));
        },
      ),
    );
  });

  it('forgets what it cannot read of a carried signature, and the signature of a call that is gone', () => {
    expect(
      readBack([
        { type: 'thinking', thinking: 'a', signature: 'keyway.google.???' },
        {
          type: 'thinking',
          thinking: '',
          signature: 'keyway.google.{"call":"x"}',
        },
        { type: 'thinking', thinking: 'b', signature: '' },
      ]),
    ).toEqual([
      { type: 'reasoning', text: 'a' },
      { type: 'reasoning', text: 'b' },
    ]);
  });
});

describe('a stream in the words of Anthropic', () => {
  it('commits to nothing before content, and tells the counts with the extras at the end', () => {
    const parts = partsOf([{ type: 'text', text: 'hi' }], 9);
    const frames = door.createStreamWriter(head, chatRequest())([...parts, ...ending]);
    expect(frames.map((frame) => (frame.type === 'event' ? frame.content : frame.type))).toEqual([
      false,
      false,
      true,
      false,
      'finish',
      'usage',
      'end',
    ]);
    const counts = frames.find((frame) => frame.type === 'usage');
    expect(counts?.write({ cost: '0' })).toBe(
      'event: message_delta\ndata: {"type":"message_delta","delta":{"stop_reason":"end_turn","stop_sequence":null},' +
        '"usage":{"input_tokens":5,"cache_creation_input_tokens":2,"cache_read_input_tokens":3,"output_tokens":7,"output_tokens_details":{"thinking_tokens":4},"cost":"0"}}\n\n',
    );
  });

  it('tells the tier that served and a guardrail’s trace at its end, as a whole answer does', () => {
    const extra = { trace: { guardrail: {} } };
    const finish = { reason: 'stop' as const };
    const usage = { prompt: 1, completion: 1, cached: 0, cacheWrite: 0, reasoning: 0, audioIn: 0, audioOut: 0 };
    const frames = door.createStreamWriter(
      head,
      chatRequest(),
    )([
      { type: 'finish', choice: 0, finish, serviceTier: 'priority', extra },
      { type: 'usage', usage },
      { type: 'end' },
    ]);
    const told = frames.flatMap((frame) => (frame.type === 'usage' ? [frame.write({})] : [])).join('');
    expect(JSON.parse(told.slice(told.indexOf('{')))).toMatchObject({ ...extra, usage: { service_tier: 'priority' } });
    const whole = { choices: [{ blocks: [], finish }], usage, serviceTier: 'priority', extra };
    expect(door.writeAnswer(whole, head, chatRequest()).body).toMatchObject({
      ...extra,
      usage: { service_tier: 'priority' },
    });
  });

  it('holds its end back when nothing was counted', () => {
    const frames = door.createStreamWriter(head, chatRequest())([{ type: 'end' }]);
    expect(frames.map(({ type }) => type)).toEqual(['event', 'event', 'end']);
    expect(frames[1]).toMatchObject({ closing: true, content: false });
  });

  it('passes a failure on, and answers once, whatever else was asked for', () => {
    const failure = { kind: 'overloaded' as const, status: null, code: null, message: 'no', providerRequestId: null };
    const write = door.createStreamWriter(head, chatRequest());
    expect(write([{ type: 'open', choice: 1, block: { type: 'text' } }])).toEqual([]);
    expect(write([{ type: 'failure', failure }])).toEqual([{ type: 'failure', failure }]);
  });
});

describe('an error in the words of Anthropic', () => {
  it.each([
    ['invalid_request', 'invalid_request_error'],
    ['unauthorized', 'authentication_error'],
    ['insufficient_credits', 'billing_error'],
    ['forbidden', 'permission_error'],
    ['model_not_found', 'not_found_error'],
    ['conflict', 'api_error'],
    ['request_too_large', 'request_too_large'],
    ['validation_error', 'invalid_request_error'],
    ['rate_limit_exceeded', 'rate_limit_error'],
    ['internal_error', 'api_error'],
    ['provider_error', 'api_error'],
    ['provider_unavailable', 'overloaded_error'],
    ['provider_timeout', 'timeout_error'],
  ] as const)('%s is of the type %s', (code, type) => {
    expect(door.writeError(new GatewayError(code, 'm'), 'req')).toEqual({
      type: 'error',
      error: { type, message: 'm', code, param: null },
      request_id: 'req',
    });
  });

  it('tells all that is known of it, in a stream as an event', () => {
    const providerError = { provider: 'p', status: 429, code: 'c', message: 'm', request_id: 'r' };
    const attempts = [{ target: 't', kind: 'quota', status: 429, ms: 1 }];
    const error = new GatewayError('provider_rate_limited', 'm', {
      param: 'x',
      hint: 'h',
      retryAfterSeconds: 3,
      providerError,
      attempts,
    });
    const body = {
      type: 'error',
      error: {
        type: 'rate_limit_error',
        message: 'm',
        code: 'provider_rate_limited',
        param: 'x',
        provider_error: providerError,
        attempts,
        hint: 'h',
        retry_after_seconds: 3,
      },
      request_id: 'req',
    };
    expect(door.writeErrorEvent(error, 'req')).toBe(`event: error\ndata: ${JSON.stringify(body)}\n\n`);
  });
});
