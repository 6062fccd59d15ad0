import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../../functions/core/json.ts';
import { fromAnthropic, fromAnthropicStream } from '../../../functions/providers/vertex/from-anthropic.ts';
import { callWith } from './google-server.ts';
import { tell } from './stream-text.ts';

const request = { body: {}, droppedParams: [] };
const place = { project: 'p', region: 'global', model: 'm' };
const counts = { input_tokens: 5, cache_read_input_tokens: 10, cache_creation_input_tokens: 3, output_tokens: 7 };
const usage = {
  prompt_tokens: 18,
  completion_tokens: 7,
  total_tokens: 25,
  prompt_tokens_details: { cached_tokens: 10, cache_write_tokens: 3 },
  completion_tokens_details: { reasoning_tokens: 0 },
};
const content = [
  { type: 'thinking', thinking: 'hm hm', signature: 'sig==' },
  { type: 'redacted_thinking', data: 'ZGF0YQ==' },
  { type: 'text', text: 'wait: ' },
  { type: 'text', text: '😀' },
  { type: 'tool_use', id: 'toolu_1', name: 'a', input: { x: 1 } },
  { type: 'tool_use', id: 'toolu_2', name: 'b', input: {} },
];
const details = [
  { type: 'reasoning.text', text: 'hm hm', signature: 'sig==', format: 'anthropic-claude-v1', index: 0 },
  { type: 'reasoning.encrypted', data: 'ZGF0YQ==', format: 'anthropic-claude-v1', index: 1 },
];
const toolCalls = [
  { id: 'toolu_1', type: 'function', function: { name: 'a', arguments: '{"x":1}' } },
  { id: 'toolu_2', type: 'function', function: { name: 'b', arguments: '{}' } },
];

function deltasOf(block: JsonObject): JsonObject[] {
  if (block.type === 'text') return [...String(block.text)].map((text) => ({ type: 'text_delta', text }));
  if (block.type === 'thinking')
    return [
      { type: 'thinking_delta', thinking: 'hm ' },
      { type: 'thinking_delta', thinking: 'hm' },
      { type: 'signature_delta', signature: block.signature },
    ];
  if (block.type !== 'tool_use') return [];
  const pieces = JSON.stringify(block.input) === '{}' ? [''] : ['', '{"x"', ':1}'];
  return pieces.map((piece) => ({ type: 'input_json_delta', partial_json: piece }));
}

function sse(blocks: JsonObject[], stop: string, end = true): string {
  const bare: Record<string, JsonObject> = {
    text: { text: '' },
    thinking: { thinking: '', signature: '' },
    tool_use: { input: {} },
  };
  const events: JsonObject[] = [
    { type: 'message_start', message: { id: 'msg_1', usage: { ...counts, output_tokens: 1 } } },
    { type: 'ping' },
    ...blocks.flatMap((block, index) => [
      { type: 'content_block_start', index, content_block: { ...block, ...bare[String(block.type)] } },
      ...deltasOf(block).map((delta) => ({ type: 'content_block_delta', index, delta })),
      { type: 'content_block_stop', index },
    ]),
    { type: 'message_delta', delta: { stop_reason: stop }, usage: { output_tokens: 7, input_tokens: null } },
    ...(end ? [{ type: 'message_stop' }] : []),
  ];
  return events.map((event) => `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`).join('');
}

describe('an answer of Claude', () => {
  it('keeps text, thinking with its signature, tool calls and all counts', () => {
    expect(
      fromAnthropic({ id: 'msg_1', content, stop_reason: 'tool_use', usage: counts }, callWith({}), request),
    ).toMatchObject({
      providerRequestId: 'msg_1',
      body: {
        usage,
        choices: [
          {
            finish_reason: 'tool_calls',
            message: {
              content: 'wait: 😀',
              reasoning_content: 'hm hm',
              reasoning_details: details,
              tool_calls: toolCalls,
            },
          },
        ],
      },
    });
  });

  it('reads the same streamed, however the bytes are cut', async () => {
    const property = fc.asyncProperty(fc.array(fc.nat()), async (cuts) => {
      const told = await tell(sse(content, 'tool_use'), fromAnthropicStream(callWith({}), request, place), cuts);
      expect(told).toMatchObject({
        message: { role: 'assistant', content: 'wait: 😀', reasoning_content: 'hm hm', reasoning_details: details },
        toolCalls,
        finish: 'tool_calls',
        usage,
      });
      expect(told.types.at(-1)).toBe('end');
    });
    await fc.assert(property, { numRuns: 50 });
  });

  it('through its own tool is the content, whole and streamed', async () => {
    const forced = { ...request, answerTool: 'json' };
    const blocks = [{ type: 'tool_use', id: 'toolu_1', name: 'json', input: { x: 1 } }];
    const whole = fromAnthropic({ content: blocks, stop_reason: 'tool_use', usage: counts }, callWith({}), forced);
    expect(whole?.body.choices).toMatchObject([{ message: { content: '{"x":1}' }, finish_reason: 'stop' }]);
    expect(await tell(sse(blocks, 'tool_use'), fromAnthropicStream(callWith({}), forced, place))).toMatchObject({
      message: { content: '{"x":1}' },
      toolCalls: [],
      finish: 'stop',
    });
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
  ])('through its own tool %s', async (_, blocks) => {
    const forced = { ...request, answerTool: 'json' };
    const expected = { message: { content: '{"x":1}' }, toolCalls: [], finish: 'stop' };
    const whole = fromAnthropic({ content: blocks, stop_reason: 'end_turn', usage: counts }, callWith({}), forced);
    expect(whole?.body.choices).toMatchObject([{ message: expected.message, finish_reason: 'stop' }]);
    expect(whole?.body).not.toHaveProperty('choices.0.message.tool_calls');
    expect(await tell(sse(blocks, 'end_turn'), fromAnthropicStream(callWith({}), forced, place))).toMatchObject(
      expected,
    );
  });

  it.each([
    ['end_turn', 'stop'],
    ['stop_sequence', 'stop'],
    ['pause_turn', 'stop'],
    ['max_tokens', 'length'],
    ['model_context_window_exceeded', 'length'],
    ['refusal', 'content_filter'],
    ['brand_new', 'stop'],
  ])('that stopped for %s finishes with %s', (reason, finish) => {
    expect(fromAnthropic({ content: [], stop_reason: reason }, callWith({}), request)?.body.choices).toMatchObject([
      { finish_reason: finish, message: { content: '' } },
    ]);
  });

  it('without content makes no sense', () => {
    expect(fromAnthropic({ type: 'message' }, callWith({}), request)).toBeNull();
  });

  it('that stops without message_stop has no end, and an error is a failure', async () => {
    expect(
      (await tell(sse(content, 'end_turn', false), fromAnthropicStream(callWith({}), request, place))).types,
    ).not.toContain('end');
    const failed = fromAnthropicStream(callWith({}), request, place).read(
      '{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}',
    );
    expect(failed).toMatchObject([
      { type: 'failure', failure: { kind: 'overloaded', code: 'overloaded_error', message: 'Overloaded' } },
    ]);
  });
});
