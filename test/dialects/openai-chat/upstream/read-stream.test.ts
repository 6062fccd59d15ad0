import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import type { ChatAnswer, ChatPart } from '../../../../functions/core/chat/answer.ts';
import type { Block } from '../../../../functions/core/chat/conversation.ts';
import { noUsage } from '../../../../functions/core/chat/usage.ts';
import { isObject, type JsonObject } from '../../../../functions/core/json.ts';
import { readAnswer } from '../../../../functions/dialects/openai-chat/upstream/read-answer.ts';
import { createStreamReader } from '../../../../functions/dialects/openai-chat/upstream/read-stream.ts';
import { writeAnswer } from '../../../../functions/dialects/openai-chat/write-answer.ts';
import { createStreamWriter } from '../../../../functions/dialects/openai-chat/write-stream.ts';
import { eventsOf, head, jsonOf, partsOf, request } from '../samples.ts';

const failure = { kind: 'overloaded' as const, status: null, code: null, message: 'm', providerRequestId: null };
const chunk = (delta: JsonObject, reason: string | null = null, index = 0): JsonObject => ({
  id: 'chatcmpl-1',
  choices: [{ index, delta, finish_reason: reason }],
});

function read(...chunks: (JsonObject | string)[]): ChatPart[] {
  const reader = createStreamReader(() => failure);
  const parts = chunks.flatMap((each) => reader.push(typeof each === 'string' ? each : JSON.stringify(each)));
  return [...parts, ...reader.finish()];
}

/** The blocks that parts make, each choice's in order; throws when two are open at once. */
function blocksOf(parts: ChatPart[]): Block[][] {
  const choices: Block[][] = [];
  const open = new Map<number, Block>();
  for (const part of parts) {
    if (part.type === 'open') {
      if (open.has(part.choice)) throw new Error('two blocks are open');
      const block: Block =
        part.block.type === 'tool_call' ? { ...part.block, input: '' } : { type: part.block.type, text: '' };
      open.set(part.choice, block);
      choices[part.choice] ??= [];
      choices[part.choice]?.push(block);
    } else if (part.type === 'delta') {
      const block = open.get(part.choice);
      if (block === undefined || part.text === '') throw new Error('a delta of nothing');
      if (block.type === 'tool_call') block.input += part.text;
      else if ('text' in block) block.text += part.text;
    } else if (part.type === 'close') {
      if (!open.delete(part.choice)) throw new Error('nothing is open');
    } else if (part.type === 'finish' && open.has(part.choice)) throw new Error('a block is open at the end');
  }
  return choices;
}

const called = (index: number, fields: JsonObject) => ({ tool_calls: [{ index, ...fields }] });
const begun = (index: number, id: string, name: string, input = '') =>
  called(index, { id, type: 'function', function: { name, arguments: input } });
const grown = (index: number, input: string) => called(index, { function: { arguments: input } });

describe('a stream', () => {
  it('is thoughts, text and calls, one after the other', () => {
    const parts = read(
      chunk({ role: 'assistant', content: '' }),
      chunk({ reasoning_content: 'H' }),
      chunk({ reasoning: 'm' }),
      chunk({ content: 'a' }),
      chunk({ content: 'b' }),
      chunk(begun(0, 'c0', 'f')),
      chunk(grown(0, '{"a"')),
      chunk(grown(0, ':1}')),
      chunk({}, 'tool_calls'),
      { choices: [], usage: { prompt_tokens: 3, completion_tokens: 2 } },
      '[DONE]',
    );
    expect(blocksOf(parts)).toEqual([
      [
        { type: 'reasoning', text: 'Hm' },
        { type: 'text', text: 'ab' },
        { type: 'tool_call', id: 'c0', name: 'f', kind: 'function', input: '{"a":1}' },
      ],
    ]);
    expect(parts.slice(-3)).toEqual([
      { type: 'finish', choice: 0, finish: { reason: 'tool_calls' } },
      { type: 'usage', usage: { ...noUsage, prompt: 3, completion: 2 } },
      { type: 'end' },
    ]);
  });

  it('tells text and the first call as they come', () => {
    const reader = createStreamReader(() => failure);
    const push = (delta: JsonObject) => reader.push(JSON.stringify(chunk(delta))).map(({ type }) => type);
    expect(push({ content: 'a' })).toEqual(['open', 'delta']);
    expect(push({ content: 'b' })).toEqual(['delta']);
    expect(push(begun(0, 'c0', 'f'))).toEqual(['close', 'open']);
    expect(push(grown(0, '{'))).toEqual(['delta']);
  });

  test.each<[string, JsonObject[], [string, string][]]>([
    [
      'one after the other',
      [begun(0, 'a', 'f'), grown(0, '1'), grown(0, '2'), begun(1, 'b', 'g'), grown(1, '3')],
      [
        ['a', '12'],
        ['b', '3'],
      ],
    ],
    [
      'mixed',
      [begun(0, 'a', 'f'), begun(1, 'b', 'g'), grown(0, '1'), grown(1, '3'), grown(0, '2')],
      [
        ['a', '12'],
        ['b', '3'],
      ],
    ],
    [
      'all under one number',
      [begun(0, 'a', 'f', '1'), begun(0, 'b', 'g', '3'), grown(0, '4')],
      [
        ['a', '1'],
        ['b', '34'],
      ],
    ],
    [
      'without numbers',
      [
        { tool_calls: [{ id: 'a', function: { name: 'f', arguments: '1' } }] },
        { tool_calls: [{ function: { arguments: '2' } }] },
        { tool_calls: [{ id: 'b', function: { name: 'g' } }] },
      ],
      [
        ['a', '12'],
        ['b', ''],
      ],
    ],
    ['with the name repeated', [begun(0, 'a', 'f'), begun(0, 'a', 'f', '1'), begun(0, 'a', 'f', '2')], [['a', '12']]],
    [
      'with the name late',
      [called(0, { id: 'a', function: { arguments: '' } }), called(0, { function: { name: 'f' } }), grown(0, '1')],
      [['a', '1']],
    ],
    [
      'without ids',
      [called(0, { function: { name: 'f', arguments: '1' } }), called(1, { function: { name: 'g' } })],
      [
        ['callchatcmpl-1_0_0', '1'],
        ['callchatcmpl-1_0_1', ''],
      ],
    ],
    ['that were never begun', [grown(3, '1')], []],
  ])('puts calls in order that come %s', (_, deltas, expected) => {
    const [blocks = []] = blocksOf(read(...deltas.map((delta) => chunk(delta)), chunk({}, 'stop')));
    expect(blocks.map((block) => (block.type === 'tool_call' ? [block.id, block.input] : block))).toEqual(expected);
  });

  it('keeps what is said beside calls', () => {
    const parts = read(
      chunk(begun(0, 'a', 'f')),
      chunk({ content: 'x' }),
      chunk(grown(0, '1')),
      chunk({ content: 'y' }),
      chunk(begun(1, 'b', 'g', '2')),
      chunk({ content: 'z' }, 'tool_calls'),
    );
    expect(blocksOf(parts)).toMatchObject([
      [
        { id: 'a', input: '1' },
        { type: 'text', text: 'xy' },
        { id: 'b', input: '2' },
        { type: 'text', text: 'z' },
      ],
    ]);
  });

  it('keeps several answers apart', () => {
    const parts = read(
      chunk({ content: 'a' }),
      chunk({ content: 'x' }, null, 1),
      chunk({ content: 'b' }, 'stop'),
      chunk({}, 'length', 1),
    );
    expect(blocksOf(parts)).toEqual([[{ type: 'text', text: 'ab' }], [{ type: 'text', text: 'x' }]]);
    expect(parts.filter(({ type }) => type === 'finish')).toMatchObject([
      { choice: 0 },
      { choice: 1, finish: { reason: 'length' } },
    ]);
  });

  test.each<[string, (JsonObject | string)[]]>([
    ['before anything', []],
    ['before anything but [DONE]', ['[DONE]']],
    ['in the middle', [chunk({ content: 'a' })]],
    ['before the end of one of two', [chunk({ content: 'a' }, 'stop'), chunk({ content: 'b' }, null, 1), '[DONE]']],
  ])('that breaks off %s has no end', (_, chunks) => {
    const types = read(...chunks).map(({ type }) => type);
    expect(types).not.toContain('end');
    expect(types).not.toContain('finish');
  });

  test.each<[string, JsonObject | string]>([
    ['an error', { error: { message: 'm' } }],
    ['an error that is text', { error: 'broken' }],
    ['half an event', '{"choices":'],
    ['JSON that is no object', '[1]'],
  ])('fails with %s, and says no more', (_, event) => {
    const parts = read(chunk({ content: 'a' }), event, chunk({ content: 'b' }, 'stop'), '[DONE]');
    expect(parts.map(({ type }) => type)).toEqual(['open', 'delta', 'failure']);
  });

  it('is not read on behind [DONE]', () => {
    const reader = createStreamReader(() => failure);
    reader.push(JSON.stringify(chunk({ content: 'a' }, 'stop')));
    expect(reader.done()).toBe(false);
    reader.push('[DONE]');
    expect(reader.done()).toBe(true);
    expect(reader.push(JSON.stringify(chunk({ content: 'b' })))).toEqual([]);
  });

  it('makes the same blocks of any deltas, with at most one open', () => {
    const delta = fc.oneof(
      fc.record({ content: fc.string() }),
      fc.record({ reasoning_content: fc.string() }),
      fc.record({ refusal: fc.string() }),
      fc.tuple(fc.nat(2), fc.string()).map(([index, input]) => grown(index, input)),
      fc.tuple(fc.nat(2), fc.string()).map(([index, input]) => begun(index, `c${index}`, 'f', input)),
    );
    fc.assert(
      fc.property(fc.array(delta, { maxLength: 20 }), (deltas) => {
        const [blocks = []] = blocksOf(read(...deltas.map((each) => chunk(each)), chunk({}, 'stop')));
        const said = (field: string) => deltas.map((each) => (each as JsonObject)[field] ?? '').join('');
        const told = (type: string) =>
          blocks.map((block) => (block.type === type && 'text' in block ? block.text : '')).join('');
        expect([told('text'), told('reasoning'), told('refusal')]).toEqual([
          said('content'),
          said('reasoning_content'),
          said('refusal'),
        ]);
        const ids = blocks.flatMap((block) => (block.type === 'tool_call' ? [block.id] : []));
        expect(new Set(ids).size).toBe(ids.length);
      }),
      { numRuns: 300 },
    );
  });
});

describe('a whole answer', () => {
  const message = (fields: JsonObject, reason = 'stop') =>
    readAnswer({ id: 'chatcmpl-1', choices: [{ index: 0, message: fields, finish_reason: reason }] })?.choices[0];

  test.each<[string, JsonObject, object[]]>([
    ['text', { content: 'a' }, [{ type: 'text', text: 'a' }]],
    ['a refusal', { content: null, refusal: 'No.' }, [{ type: 'refusal', text: 'No.' }]],
    [
      'thoughts',
      { reasoning_content: 'Hm', content: 'a' },
      [
        { type: 'reasoning', text: 'Hm' },
        { type: 'text', text: 'a' },
      ],
    ],
    ['thoughts under the other name', { reasoning: 'Hm', content: '' }, [{ type: 'reasoning', text: 'Hm' }]],
    [
      'thoughts among the parts',
      {
        content: [
          { type: 'thinking', thinking: [{ type: 'text', text: 'Hm' }] },
          { type: 'text', text: 'a' },
        ],
      },
      [
        { type: 'reasoning', text: 'Hm' },
        { type: 'text', text: 'a' },
      ],
    ],
    [
      'a call without arguments',
      { tool_calls: [{ id: 'a', function: { name: 'f', arguments: '' } }] },
      [{ type: 'tool_call', id: 'a', name: 'f', input: '{}', kind: 'function' }],
    ],
    [
      'a call without an id',
      { tool_calls: [{ function: { name: 'f', arguments: { a: 1 } } }] },
      [{ id: 'callchatcmpl-1_0_0', input: '{"a":1}' }],
    ],
    [
      'a call of free text',
      { tool_calls: [{ id: 'a', type: 'custom', custom: { name: 'f', input: 'x' } }] },
      [{ kind: 'custom', input: 'x' }],
    ],
    [
      'citations',
      { content: 'a', annotations: [{ type: 'url_citation' }] },
      [{ citations: { format: 'openai', values: [{ type: 'url_citation' }] } }],
    ],
  ])('holds %s', (_, fields, expected) => {
    expect(message(fields)?.blocks).toMatchObject(expected);
  });

  test.each([
    ['stop', 'stop'],
    ['length', 'length'],
    ['content_filter', 'content_filter'],
    ['eos', 'stop'],
  ])('that ended with %s says %s', (reason, expected) => {
    expect(message({ content: 'a' }, reason)?.finish.reason).toBe(expected);
  });

  it('that ended with calls says so, whatever the server does', () => {
    expect(message({ tool_calls: [{ id: 'a', function: { name: 'f' } }] }, 'stop')?.finish.reason).toBe('tool_calls');
  });

  test.each([{}, { choices: [] }, { choices: 'x' }, { choices: [null] }])('%j is none', (answer) => {
    expect(readAnswer(answer)).toBeNull();
  });
});

describe('what the door writes', () => {
  const block: fc.Arbitrary<Block> = fc.oneof(
    fc.record({
      type: fc.constantFrom('text' as const, 'refusal' as const, 'reasoning' as const),
      text: fc.string({ minLength: 1 }),
    }),
    fc.record({
      type: fc.constant('tool_call' as const),
      id: fc.uuid(),
      name: fc.constant('f'),
      input: fc.jsonValue().map((value) => JSON.stringify(isObject(value) ? value : { value })),
      kind: fc.constant('function' as const),
    }),
  );

  it('is read back the same, streamed or not', () => {
    fc.assert(
      fc.property(fc.array(block, { maxLength: 6 }), fc.nat(), (blocks, seed) => {
        const given: ChatAnswer = {
          choices: [{ blocks, finish: { reason: 'length' } }],
          usage: { ...noUsage, prompt: 1 },
        };
        const frames = createStreamWriter(head, request())(partsOf(given, (text) => seed % text.length));
        const usage = frames.find((frame) => frame.type === 'usage');
        const streamed = blocksOf(read(...eventsOf(frames), jsonOf(usage?.write({}) ?? null), '[DONE]'))[0] ?? [];
        const whole = readAnswer(writeAnswer(given, head, request()).body)?.choices[0]?.blocks ?? [];
        const texts = (all: Block[], type: string) =>
          all.map((each) => (each.type === type && 'text' in each ? each.text : '')).join('');
        for (const type of ['text', 'refusal', 'reasoning']) {
          expect(texts(streamed, type)).toBe(texts(blocks, type));
          expect(texts(whole, type)).toBe(texts(blocks, type));
        }
        const calls = (all: Block[]) => all.filter(({ type }) => type === 'tool_call');
        expect(calls(streamed)).toEqual(calls(blocks));
        expect(calls(whole)).toEqual(calls(blocks));
      }),
      { numRuns: 200 },
    );
  });
});
