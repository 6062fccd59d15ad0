import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ChatPart } from '../../../functions/core/chat/answer.ts';
import type { Frame } from '../../../functions/core/chat/frame.ts';
import { GatewayError } from '../../../functions/core/errors.ts';
import type { JsonObject } from '../../../functions/core/json.ts';
import type { Failure } from '../../../functions/core/routing/failure.ts';
import { writeErrorEvent } from '../../../functions/dialects/openai-responses/write-error.ts';
import { createStreamWriter } from '../../../functions/dialects/openai-responses/write-stream.ts';
import { answers, eventsOf, head, partsOf, request, usage } from './conversations.ts';

const ending: ChatPart[] = [
  { type: 'finish', choice: 0, finish: { reason: 'stop' } },
  { type: 'usage', usage },
  { type: 'end' },
];
const failure: Failure = { kind: 'network', status: null, code: null, message: 'cut', providerRequestId: null };

function write(parts: ChatPart[], more: JsonObject = {}): Frame[] {
  const writer = createStreamWriter(head, request(more));
  return parts.flatMap((part) => writer([part]));
}

function call(name: string, ...pieces: string[]): ChatPart[] {
  return [
    { type: 'open', choice: 0, block: { type: 'tool_call', id: 'call_1', name, kind: 'function' } },
    ...pieces.map((text): ChatPart => ({ type: 'delta', choice: 0, text })),
    { type: 'close', choice: 0 },
  ];
}

/** What the deltas of each item amount to, which no event may contradict. */
function follow(events: (JsonObject & { type: string })[]): JsonObject[] {
  const items: JsonObject[] = [];
  let open: JsonObject | null = null;
  let text = '';
  for (const [number, event] of events.entries()) {
    expect(event.sequence_number).toBe(number);
    if (event.type === 'response.output_item.added') {
      expect(open).toBeNull();
      expect(event.output_index).toBe(items.length);
      open = event.item as JsonObject;
      continue;
    }
    if (!('output_index' in event)) continue;
    expect(event.output_index).toBe(items.length);
    if (event.type === 'response.output_item.done') {
      const { id, type } = open ?? {};
      expect(event.item).toMatchObject({ id, type });
      items.push(event.item as JsonObject);
      open = null;
      continue;
    }
    expect(event.item_id).toBe(open?.id);
    if (event.type.endsWith('.delta')) text += event.delta;
    else if (/(text|refusal|arguments|input)\.done$/.test(event.type)) {
      expect(event.text ?? event.refusal ?? event.arguments ?? event.input).toBe(text);
      text = '';
    }
  }
  expect(open).toBeNull();
  return items;
}

describe('a streamed answer in the words of the Responses API', () => {
  it('tells of one item after the other', () => {
    const parts = partsOf(
      [
        { type: 'reasoning', text: 'hm', signature: { format: 'anthropic', value: 'c2ln' } },
        { type: 'text', text: 'hello' },
        { type: 'tool_call', id: 'call_1', name: 'f', input: '{"a":1}', kind: 'function' },
      ],
      [100],
    );
    expect(eventsOf(write([...parts, ...ending])).map(({ type }) => type)).toEqual([
      'response.created',
      'response.in_progress',
      'response.output_item.added',
      'response.reasoning_summary_part.added',
      'response.reasoning_summary_text.delta',
      'response.reasoning_summary_text.done',
      'response.reasoning_summary_part.done',
      'response.output_item.done',
      'response.output_item.added',
      'response.content_part.added',
      'response.output_text.delta',
      'response.output_text.done',
      'response.content_part.done',
      'response.output_item.done',
      'response.output_item.added',
      'response.function_call_arguments.delta',
      'response.function_call_arguments.done',
      'response.output_item.done',
      'response.completed',
    ]);
  });

  it('amounts to the output of its last event, whatever the answer is', () => {
    fc.assert(
      fc.property(answers, (blocks) => {
        const events = eventsOf(write([...partsOf(blocks), ...ending]));
        expect(events.slice(0, 2)).toMatchObject([
          { type: 'response.created', response: { status: 'in_progress', output: [], usage: null } },
          { type: 'response.in_progress', response: { status: 'in_progress', output: [], usage: null } },
        ]);
        expect(follow(events)).toEqual((events.at(-1)?.response as JsonObject | undefined)?.output);
      }),
      { numRuns: 200 },
    );
  });

  it('says the same in one batch as in many', () => {
    fc.assert(
      fc.property(answers, (blocks) => {
        const parts = [...partsOf(blocks), ...ending];
        expect(eventsOf(createStreamWriter(head, request())(parts))).toEqual(eventsOf(write(parts)));
      }),
      { numRuns: 50 },
    );
  });

  it('ends with the usage, and what the gateway adds to it', () => {
    const frames = write([...partsOf([{ type: 'text', text: 'hello' }]), ...ending]);
    expect(frames.slice(-4)).toMatchObject([
      { type: 'finish', reason: 'stop' },
      { type: 'usage', usage },
      { type: 'usage', usage },
      { type: 'end', text: '' },
    ]);
    expect(eventsOf(frames, { cost: '0.1' }).at(-1)).toMatchObject({
      type: 'response.completed',
      response: { status: 'completed', usage: { input_tokens: 11, output_tokens: 7, total_tokens: 18, cost: '0.1' } },
    });
  });

  it('holds its end back when nobody has counted', () => {
    const frames = write([...partsOf([{ type: 'text', text: 'hello' }]), { type: 'end' }]);
    expect(frames.filter((frame) => frame.type === 'event' && frame.closing)).toHaveLength(1);
    expect(eventsOf(frames).at(-1)).toMatchObject({ type: 'response.completed', response: { usage: null } });
  });

  it.each([
    ['length', 'max_output_tokens'],
    ['content_filter', 'content_filter'],
  ] as const)('is incomplete after %s', (reason, why) => {
    const frames = write([
      { type: 'finish', choice: 0, finish: { reason } },
      { type: 'usage', usage },
      { type: 'end' },
    ]);
    expect(eventsOf(frames).at(-1)).toMatchObject({
      type: 'response.incomplete',
      response: { status: 'incomplete', incomplete_details: { reason: why } },
    });
  });

  it('never looks complete when it is cut', () => {
    const parts = [
      ...partsOf([
        { type: 'reasoning', text: 'hm' },
        { type: 'text', text: 'hello' },
      ]),
      ...ending,
    ];
    for (let cut = 0; cut < parts.length; cut++) {
      const frames = write([...parts.slice(0, cut), { type: 'failure', failure }, { type: 'end' }]);
      expect(frames.at(-1)).toEqual({ type: 'failure', failure });
      expect(eventsOf(frames).some(({ type }) => /completed|incomplete/.test(type))).toBe(false);
      expect(frames.some((frame) => frame.type === 'event' && frame.closing)).toBe(false);
    }
  });

  it('says nothing when it fails at once, or after its end', () => {
    expect(write([{ type: 'failure', failure }])).toEqual([{ type: 'failure', failure }]);
    expect(write([...ending, { type: 'end' }]).filter(({ type }) => type === 'end')).toHaveLength(1);
  });

  it('commits with what the model says, not with what announces it', () => {
    const parts = partsOf([{ type: 'text', text: 'hello' }], [100]);
    const frames = write(parts).filter((frame) => frame.type === 'event');
    expect(frames.map(({ content }) => content)).toEqual([false, true, false]);
  });

  it('lets the error that ends it go on counting', () => {
    const frames = write(partsOf([{ type: 'text', text: 'hello' }])).filter((frame) => frame.type === 'event');
    const events = eventsOf(frames);
    expect(frames.at(-1)?.next).toBe(events.length);
    const error = new GatewayError('provider_unavailable', 'The provider went away.', { hint: 'Try again.' });
    const [event] = eventsOf([{ type: 'end', text: writeErrorEvent(error, 'req_1', frames.at(-1)?.next) }]);
    expect(event).toEqual({
      type: 'error',
      sequence_number: events.length,
      code: 'provider_unavailable',
      message: 'The provider went away.',
      param: null,
      hint: 'Try again.',
      request_id: 'req_1',
    });
  });

  it('gives a call without arguments an empty object, and tells of it', () => {
    const events = eventsOf(write([...call('f'), ...ending]));
    expect(events.find(({ type }) => type.endsWith('.delta'))).toMatchObject({ delta: '{}' });
    expect(follow(events)).toMatchObject([{ type: 'function_call', call_id: 'call_1', arguments: '{}' }]);
  });

  it('gives free text to tools that take it, from however many pieces of JSON', () => {
    const events = eventsOf(
      write([...call('sql', '{"inp', 'ut":"SELECT \\"', 'x\\""}'), ...ending], {
        tools: [{ type: 'custom', name: 'sql' }],
      }),
    );
    expect(follow(events)).toMatchObject([{ type: 'custom_tool_call', input: 'SELECT "x"' }]);
  });

  it('calls the caller’s shell at once', () => {
    const events = eventsOf(
      write([...call('local_shell', '{"command":', '["ls"]}'), ...ending], { tools: [{ type: 'local_shell' }] }),
    );
    expect(follow(events)).toMatchObject([
      { type: 'local_shell_call', status: 'completed', action: { command: ['ls'] } },
    ]);
  });

  it('leaves out other choices than the first', () => {
    const frames = write([
      { type: 'open', choice: 1, block: { type: 'text' } },
      { type: 'delta', choice: 1, text: 'x' },
      { type: 'close', choice: 1 },
      ...ending,
    ]);
    expect(follow(eventsOf(frames))).toEqual([]);
  });
});
