import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ChatAnswer, ChatPart } from '../../../functions/core/chat/answer.ts';
import type { Block } from '../../../functions/core/chat/conversation.ts';
import type { JsonObject } from '../../../functions/core/json.ts';
import type { Failure } from '../../../functions/core/routing/failure.ts';
import { anthropicMessages as door } from '../../../functions/dialects/anthropic-messages/door.ts';
import { anthropicMessagesUpstream } from '../../../functions/dialects/anthropic-messages/upstream.ts';
import { chatRequest } from '../chat-request.ts';
import { assistantBlocks, head, partsOf } from './conversations.ts';
import { eventsOf } from './fold-events.ts';

const written = {
  body: {},
  dropped: [],
  bounds: {
    textBytes: 0,
    images: 0,
    audioChars: 0,
    mediaChars: 0,
    remoteMedia: 0,
    maxOutputTokens: null,
    choices: 1,
    audioOut: false,
  },
};
const forced = { ...written, answerTool: 'json' };
const counts = { input_tokens: 5, cache_read_input_tokens: 10, cache_creation_input_tokens: 3, output_tokens: 7 };
const usage = { prompt: 18, completion: 7, cached: 10, cacheWrite: 3, reasoning: 0, audioIn: 0, audioOut: 0 };
const content = [
  { type: 'thinking', thinking: 'hm hm', signature: 'sig==' },
  { type: 'redacted_thinking', data: 'ZGF0YQ==' },
  { type: 'text', text: 'wait: ' },
  { type: 'text', text: '😀', citations: [{ type: 'page_location' }] },
  { type: 'server_tool_use', id: 's', name: 'web_search', input: { query: 'q' } },
  { type: 'web_search_tool_result', tool_use_id: 's', content: [] },
  { type: 'tool_use', id: 'toolu_1', name: 'a', input: { x: 1 } },
  { type: 'tool_use', id: 'toolu_2', name: 'b', input: {} },
];
const blocks: Block[] = [
  { type: 'reasoning', text: 'hm hm', signature: { format: 'anthropic', value: 'sig==' } },
  { type: 'reasoning', text: '', encrypted: { format: 'anthropic', value: 'ZGF0YQ==' } },
  { type: 'text', text: 'wait: ' },
  { type: 'text', text: '😀', citations: { format: 'anthropic', values: [{ type: 'page_location' }] } },
  {
    type: 'opaque',
    dialect: 'anthropic-messages',
    value: { type: 'server_tool_use', id: 's', name: 'web_search', input: { query: 'q' } },
  },
  {
    type: 'opaque',
    dialect: 'anthropic-messages',
    value: { type: 'web_search_tool_result', tool_use_id: 's', content: [] },
  },
  { type: 'tool_call', id: 'toolu_1', name: 'a', input: '{"x":1}', kind: 'function' },
  { type: 'tool_call', id: 'toolu_2', name: 'b', input: '{}', kind: 'function' },
];

function deltasOf(block: JsonObject): JsonObject[] {
  if (block.type === 'text')
    return [
      ...[...String(block.text)].map((text) => ({ type: 'text_delta', text })),
      ...(Array.isArray(block.citations) ? block.citations : []).map((citation: unknown) => ({
        type: 'citations_delta',
        citation,
      })),
    ];
  if (block.type === 'thinking')
    return [
      { type: 'thinking_delta', thinking: 'hm ' },
      { type: 'thinking_delta', thinking: 'hm' },
      { type: 'signature_delta', signature: block.signature },
    ];
  if (block.input === undefined) return [];
  const json = JSON.stringify(block.input);
  const pieces = json === '{}' ? [''] : ['', json.slice(0, 4), json.slice(4)];
  return pieces.map((piece) => ({ type: 'input_json_delta', partial_json: piece }));
}

function events(said: JsonObject[], stop: string, end = true): string[] {
  const bare: Record<string, JsonObject> = {
    text: { text: '' },
    thinking: { thinking: '', signature: '' },
    tool_use: { input: {} },
    server_tool_use: { input: {} },
  };
  const list: JsonObject[] = [
    { type: 'message_start', message: { id: 'msg_1', usage: { ...counts, output_tokens: 1 } } },
    { type: 'ping' },
    ...said.flatMap(({ citations, ...block }, index) => [
      { type: 'content_block_start', index, content_block: { ...block, ...bare[String(block.type)] } },
      ...deltasOf({ ...block, citations }).map((delta) => ({ type: 'content_block_delta', index, delta })),
      { type: 'content_block_stop', index },
    ]),
    { type: 'message_delta', delta: { stop_reason: stop }, usage: { output_tokens: 7, input_tokens: null } },
    ...(end ? [{ type: 'message_stop' }] : []),
  ];
  return list.map((event) => JSON.stringify(event));
}

const failure: Failure = { kind: 'overloaded', status: null, code: null, message: 'no', providerRequestId: null };

function read(payloads: string[], request = written): ChatPart[] {
  const reader = anthropicMessagesUpstream.createStreamReader(request, () => failure);
  return [...payloads.flatMap((payload) => reader.push(payload)), ...reader.finish()];
}

/** The answer that parts amount to; throws where they are out of order. */
function fold(parts: ChatPart[]): ChatAnswer {
  const said: Block[] = [];
  const answer: ChatAnswer = { choices: [{ blocks: said, finish: { reason: 'stop' } }], usage: null };
  let open: Block | null = null;
  for (const part of parts) {
    if (open !== null && part.type !== 'delta' && part.type !== 'close') throw new Error(`${part.type} in a block`);
    if (part.type === 'whole') said.push(part.block);
    if (part.type === 'usage') answer.usage = part.usage;
    if (part.type === 'finish') answer.choices = [{ blocks: said, finish: part.finish }];
    if (part.type === 'open') open = Object.assign({ text: '', input: '' }, part.block);
    if (part.type === 'delta' && part.text === '') throw new Error('An empty delta');
    if (part.type === 'delta' && open?.type === 'tool_call') open.input += part.text;
    else if (part.type === 'delta' && (open?.type === 'text' || open?.type === 'reasoning')) open.text += part.text;
    if (part.type === 'close') {
      const { type: _type, choice: _choice, ...known } = part;
      const unused = open?.type === 'tool_call' ? 'text' : 'input';
      said.push(
        Object.fromEntries(
          Object.entries({ ...open, ...known }).filter(([name]) => name !== unused),
        ) as unknown as Block,
      );
      open = null;
    }
  }
  return answer;
}

describe('an answer of Claude', () => {
  it('keeps text, thinking with its signature, citations, server tools, tool calls and all counts', () => {
    expect(
      anthropicMessagesUpstream.readAnswer({ id: 'msg_1', content, stop_reason: 'tool_use', usage: counts }, written),
    ).toEqual({ choices: [{ blocks, finish: { reason: 'tool_calls' } }], usage });
  });

  it('reads the same streamed', () => {
    const parts = read(events(content, 'tool_use'));
    expect(fold(parts)).toEqual({ choices: [{ blocks, finish: { reason: 'tool_calls' } }], usage });
    expect(parts.at(-1)).toEqual({ type: 'end' });
  });

  it('reads back whatever the format can stream', () => {
    fc.assert(
      fc.property(assistantBlocks, fc.integer({ min: 1, max: 9 }), (said, size) => {
        const finish: ChatPart[] = [{ type: 'finish', choice: 0, finish: { reason: 'stop' } }, { type: 'end' }];
        const frames = door.createStreamWriter(head, chatRequest())([...partsOf(said, size), ...finish]);
        const whole = door.writeAnswer(
          { choices: [{ blocks: said, finish: { reason: 'stop' } }], usage: null },
          head,
          chatRequest(),
        );
        const streamed = fold(read(eventsOf(frames).map((event) => JSON.stringify(event)))).choices[0]?.blocks ?? [];
        const told = anthropicMessagesUpstream.readAnswer(whole.body, written)?.choices[0]?.blocks ?? [];
        const parsed = (list: Block[]) =>
          list.map((block) => (block.type === 'tool_call' ? { ...block, input: JSON.parse(block.input) } : block));
        expect(parsed(streamed)).toEqual(parsed(told));
      }),
    );
  });

  it('through its own tool is the content, whole and streamed', () => {
    const said = [{ type: 'tool_use', id: 'toolu_1', name: 'json', input: { x: 1 } }];
    const expected = { choices: [{ blocks: [{ type: 'text', text: '{"x":1}' }], finish: { reason: 'stop' } }], usage };
    const message = { content: said, stop_reason: 'tool_use', usage: counts };
    expect(anthropicMessagesUpstream.readAnswer(message, forced)).toEqual(expected);
    expect(fold(read(events(said, 'tool_use'), forced))).toEqual(expected);
  });

  it.each<[string, JsonObject[]]>([
    [
      'beside other words is the content alone',
      [
        { type: 'text', text: 'Here: ' },
        { type: 'tool_use', id: 'a', name: 'json', input: { x: 1 } },
        { type: 'text', text: '.' },
      ],
    ],
    ['given twice is taken once', ['a', 'b'].map((id) => ({ type: 'tool_use', id, name: 'json', input: { x: 1 } }))],
    ['that was not called leaves the text', [{ type: 'text', text: '{"x":1}' }]],
  ])('through its own tool %s', (_, said) => {
    const expected = { choices: [{ blocks: [{ type: 'text', text: '{"x":1}' }], finish: { reason: 'stop' } }], usage };
    const message = { content: said, stop_reason: 'end_turn', usage: counts };
    expect(anthropicMessagesUpstream.readAnswer(message, forced)).toEqual(expected);
    expect(fold(read(events(said, 'end_turn'), forced))).toEqual(expected);
  });

  it.each([
    ['end_turn', { reason: 'stop' }],
    ['stop_sequence', { reason: 'stop_sequence', sequence: 'END' }],
    ['pause_turn', { reason: 'pause' }],
    ['max_tokens', { reason: 'length' }],
    ['model_context_window_exceeded', { reason: 'context' }],
    ['refusal', { reason: 'content_filter' }],
    ['brand_new', { reason: 'stop' }],
  ])('that stopped for %s says so', (reason, finish) => {
    const message = { content: [], stop_reason: reason, stop_sequence: 'END' };
    expect(anthropicMessagesUpstream.readAnswer(message, written)?.choices).toEqual([{ blocks: [], finish }]);
  });

  it('without content makes no sense', () => {
    expect(anthropicMessagesUpstream.readAnswer({ type: 'message' }, written)).toBeNull();
  });

  it('that stops without message_stop has no end', () => {
    const parts = read(events(content, 'end_turn', false));
    expect(parts.map(({ type }) => type)).not.toContain('end');
    expect(parts.map(({ type }) => type)).not.toContain('finish');
  });

  it.each(['{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}', '{"error":{"code":429}}'])(
    'fails by the table of the provider at %s, and then is not read on',
    (payload) => {
      const seen: unknown[] = [];
      const reader = anthropicMessagesUpstream.createStreamReader(written, (error) => {
        seen.push(error);
        return failure;
      });
      expect(reader.push(payload)).toEqual([{ type: 'failure', failure }]);
      expect(seen).toEqual([JSON.parse(payload).error]);
      expect([reader.done(), reader.push(events(content, 'end_turn')[2] ?? ''), reader.finish()]).toEqual([
        true,
        [],
        [],
      ]);
    },
  );

  it.each(['<html>', '[]', 'null'])('fails at %s', (payload) => {
    expect(read([payload])).toMatchObject([{ type: 'failure', failure: { kind: 'overloaded', garbled: true } }]);
  });
});
