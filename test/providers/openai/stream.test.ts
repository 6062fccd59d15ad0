import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { parseJson } from '../../../functions/core/json.ts';
import type { StreamPart } from '../../../functions/core/routing/provider.ts';
import { createChunkRelay } from '../../../functions/providers/openai/stream.ts';

const head = {
  id: 'chatcmpl-1',
  object: 'chat.completion.chunk',
  created: 7,
  model: 'gpt-4o-mini-2024-07-18',
  service_tier: 'default',
  system_fingerprint: 'fp_1',
};
type Json = Record<string, unknown>;

function chunk(delta: Json, finishReason: string | null = null, more: Json = {}): Json {
  return {
    ...head,
    choices: [{ index: 0, delta, logprobs: null, finish_reason: finishReason }],
    usage: null,
    obfuscation: 'x',
    ...more,
  };
}

const usage = {
  prompt_tokens: 3,
  completion_tokens: 2,
  total_tokens: 5,
  prompt_tokens_details: { cached_tokens: 1 },
  unknown_count: 9,
};
const usageChunk = { ...head, choices: [], usage };
const whole: (Json | string)[] = [
  chunk({ role: 'assistant', content: '', refusal: null }),
  chunk({ content: 'Grüße 😀 "model":"gpt-4o-mini-2024-07-18" ,"usage":null' }),
  chunk({ content: '\u2028\n\r\\ {"finish_reason":"stop"} "error":' }, null, {
    unknown: { model: 'gpt-4o-mini-2024-07-18', deep: [1, null] },
  }),
  chunk({
    tool_calls: [
      {
        index: 0,
        id: 'call_1',
        type: 'function',
        function: { name: 'f', arguments: '{"model":"gpt-4o-mini-2024-07-18"}' },
      },
    ],
  }),
  chunk({}, 'tool_calls'),
  usageChunk,
  '[DONE]',
];

function sse(payloads: (Json | string)[], lineEnd = '\n'): string {
  return payloads
    .map((each) => `data: ${typeof each === 'string' ? each : JSON.stringify(each)}${lineEnd}${lineEnd}`)
    .join('');
}

function relay(bytes: Uint8Array[], includeUsage = true, callerModel = 'openai/gpt-4o-mini'): StreamPart[] {
  const { push } = createChunkRelay(callerModel, includeUsage, { id: 'chatcmpl-own', created: 42 });
  const decoder = new TextDecoder();
  return bytes.flatMap((each) => push(decoder.decode(each, { stream: true })));
}

function relayText(text: string, includeUsage = true, callerModel?: string): StreamPart[] {
  return relay([Buffer.from(text)], includeUsage, callerModel);
}

const chunks = (parts: StreamPart[]) => parts.flatMap((part) => (part.type === 'chunk' ? [parseJson(part.json)] : []));

describe('a healthy stream', () => {
  const parts = relayText(sse(whole));

  it('passes every chunk on with nothing but the model changed', () => {
    const expected = whole
      .filter((each): each is Json => typeof each !== 'string' && each !== usageChunk)
      .map((each) => ({ ...each, model: 'openai/gpt-4o-mini' }));
    expect(chunks(parts)).toEqual(expected);
  });

  it('says which chunks bear content and which ends the choice', () => {
    expect(
      parts.map((part) =>
        part.type === 'chunk' ? `${part.content ? 'content' : 'empty'} ${part.finishReason}` : part.type,
      ),
    ).toEqual(['empty null', 'content null', 'content null', 'content null', 'content tool_calls', 'usage', 'end']);
  });

  it('gives the usage chunk as it came, under the caller’s model', () => {
    expect(parts.find((part) => part.type === 'usage')).toEqual({
      type: 'usage',
      chunk: { ...usageChunk, model: 'openai/gpt-4o-mini' },
    });
  });

  it('without include_usage has no usage field at all', () => {
    const silent = relayText(sse(whole), false);
    expect(chunks(silent)).toEqual(
      chunks(parts).map((each) =>
        Object.fromEntries(Object.entries(each as Json).filter(([name]) => name !== 'usage')),
      ),
    );
    expect(silent.some((part) => part.type === 'usage')).toBe(true);
  });

  it('is the same however its bytes are cut', () => {
    fc.assert(
      fc.property(
        fc.array(fc.nat(), { maxLength: 40 }),
        fc.constantFrom('\n', '\r\n'),
        fc.boolean(),
        (cuts, lineEnd, includeUsage) => {
          const bytes = Buffer.from(sse(whole, lineEnd));
          const places = [0, ...cuts.map((cut) => cut % bytes.length).sort((a, b) => a - b), bytes.length];
          const pieces = places.slice(1).map((place, i) => bytes.subarray(places[i], place));
          expect(relay(pieces, includeUsage)).toEqual(relayText(sse(whole), includeUsage));
        },
      ),
      { numRuns: 500 },
    );
    const bytes = Buffer.from(sse(whole));
    expect(
      relay(
        Array.from(bytes, (_, i) => bytes.subarray(i, i + 1)),
        true,
      ),
    ).toEqual(parts);
  });

  it('keeps any JSON that a provider may add', () => {
    const value = fc.jsonValue({ maxDepth: 3 });
    fc.assert(
      fc.property(
        value,
        value,
        fc.string(),
        fc.boolean(),
        fc.boolean(),
        (inside, beside, content, spaced, includeUsage) => {
          const sent = [chunk({ content: 'x' }), chunk({ content, extra: inside }, null, { beside })];
          const text = sent
            .map(
              (each) =>
                `data: ${spaced ? JSON.stringify(each, null, 1).replaceAll('\n', ' ') : JSON.stringify(each)}\n\n`,
            )
            .join('');
          const expected: unknown[] = sent.map((each) =>
            parseJson(JSON.stringify({ ...each, model: 'openai/gpt-4o-mini', usage: includeUsage ? null : undefined })),
          );
          expect(chunks(relayText(text, includeUsage))).toEqual(expected);
        },
      ),
      { numRuns: 500 },
    );
  });

  it('keeps a nested field of the name usage', () => {
    const sent = [chunk({ content: 'x' }), chunk({ content: 'y', tool: { a: 1, usage: null } })];
    expect(chunks(relayText(sse(sent), false))[1]).toMatchObject({
      choices: [{ delta: { tool: { a: 1, usage: null } } }],
    });
    expect(chunks(relayText(sse(sent), false))[1]).not.toHaveProperty('usage');
  });

  it('bears the caller’s model in every chunk, when the provider changes its mind about the name too', () => {
    const odd = [
      chunk({ content: 'a' }, null, { model: '' }),
      chunk({ content: 'b' }),
      chunk({ content: 'c' }),
      chunk({ content: 'd' }, null, { model: 'other' }),
      '[DONE]',
    ];
    const models = chunks(relayText(sse(odd), true, 'my "model" $& $1')).map((each) => (each as Json).model);
    expect(models).toEqual(Array.from({ length: 4 }, () => 'my "model" $& $1'));
  });

  it('has one id and one time, when the provider has several, or first none as on Azure', () => {
    const azure = { id: '', object: '', created: 0, model: '', choices: [], prompt_filter_results: [] };
    const heads = (payloads: (Json | string)[]) =>
      new Set(
        [
          ...chunks(relayText(sse(payloads))),
          ...relayText(sse(payloads)).flatMap((part) => (part.type === 'usage' ? [part.chunk] : [])),
        ].map((each) => `${(each as Json).id} ${(each as Json).created}`),
      );
    expect(heads([azure, ...whole])).toEqual(new Set(['chatcmpl-own 42']));
    const restless = [
      chunk({ content: 'a' }),
      chunk({ content: 'b' }),
      chunk({ content: 'c' }, null, { id: 'other' }),
      chunk({ content: 'd' }, null, { created: 8 }),
      chunk({ content: 'e' }),
    ];
    expect(heads([...restless, { ...usageChunk, id: 'last', created: 9 }, '[DONE]'])).toEqual(
      new Set(['chatcmpl-1 7']),
    );
  });

  it('is not finished by an empty finish_reason', () => {
    expect(relayText(sse([chunk({ content: 'a' }, ''), chunk({ role: 'assistant' }, '')]))).toMatchObject([
      { content: true, finishReason: null },
      { content: false, finishReason: null },
    ]);
  });

  it('takes usage from a chunk with choices, and the last one when there are many', () => {
    const counting = [
      chunk({ content: 'a' }, null, { usage: { ...usage, completion_tokens: 1 } }),
      chunk({}, 'stop', { usage }),
      '[DONE]',
    ];
    const parts = relayText(sse(counting));
    expect(parts.map(({ type }) => type)).toEqual(['chunk', 'chunk', 'usage', 'end']);
    expect(chunks(parts)).toMatchObject([{ usage: null }, { usage: null }]);
    expect(parts[2]).toMatchObject({ chunk: { choices: [], usage } });
  });

  test.each<[string, Json, boolean]>([
    ['a role', { role: 'assistant' }, false],
    ['a role and empty content', { role: 'assistant', content: '' }, false],
    ['nothing', {}, false],
    ['nulls', { content: null, refusal: null, tool_calls: [] }, false],
    ['content', { content: ' ' }, true],
    ['a refusal', { refusal: 'No.' }, true],
    ['a tool call', { tool_calls: [{ index: 0 }] }, true],
    ['reasoning', { reasoning_content: 'Hm' }, true],
    ['audio', { audio: { id: 'a' } }, true],
  ])('%s: content is %s', (_, delta, content) => {
    expect(relayText(sse([chunk(delta)]))).toMatchObject([{ type: 'chunk', content }]);
  });

  it('skips comments, other fields and empty events', () => {
    expect(relayText(`: ping\n\ndata:\n\nevent: message\nid: 1\n${sse(['[DONE]'])}`)).toEqual([{ type: 'end' }]);
  });
});

describe('a stream that fails', () => {
  const quota = {
    error: {
      message: 'You exceeded your current quota.',
      type: 'insufficient_quota',
      param: null,
      code: 'insufficient_quota',
    },
  };

  test.each<[string, (Json | string)[], string[]]>([
    ['at once', [quota], ['failure quota']],
    ['after the role', [chunk({ role: 'assistant' }), quota], ['chunk', 'failure quota']],
    ['after content', [chunk({ content: 'a' }), chunk({ content: 'b' }), quota], ['chunk', 'chunk', 'failure quota']],
    [
      'with [DONE] behind the error',
      [chunk({ content: 'a' }), quota, chunk({}, 'stop'), '[DONE]'],
      ['chunk', 'failure quota'],
    ],
    ['with an error that is text', [{ error: 'broken' }], ['failure overloaded']],
    [
      'with something that is no JSON',
      [chunk({ content: 'a' }), '{"choices":', '[DONE]'],
      ['chunk', 'failure overloaded'],
    ],
    ['with JSON that is no object', ['[1]'], ['failure overloaded']],
  ])('%s', (_, payloads, expected) => {
    expect(
      relayText(sse(payloads)).map((part) => (part.type === 'failure' ? `failure ${part.failure.kind}` : part.type)),
    ).toEqual(expected);
  });

  it('is not ended by an error that is null', () => {
    expect(relayText(sse([chunk({ content: 'a' }, null, { error: null })]))).toMatchObject([
      { type: 'chunk', content: true },
    ]);
  });

  it('has no end when [DONE] is missing', () => {
    expect(relayText(sse(whole.slice(0, -1))).at(-1)?.type).toBe('chunk');
  });
});
