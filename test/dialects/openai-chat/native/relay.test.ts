import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import type { Frame } from '../../../../functions/core/chat/frame.ts';
import { isObject, parseJson } from '../../../../functions/core/json.ts';
import type { Failure } from '../../../../functions/core/routing/failure.ts';
import { createRelay } from '../../../../functions/dialects/openai-chat/native/relay.ts';
import { createSseReader } from '../../../../functions/transport/sse-reader.ts';
import { eventsOf as chunks, jsonOf } from '../samples.ts';

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

const failed = (error: unknown): Failure => ({
  kind: isObject(error) && error.code === 'insufficient_quota' ? 'quota' : 'overloaded',
  status: null,
  code: null,
  message: '',
  providerRequestId: null,
});

function relay(bytes: Uint8Array[], includeUsage = true, callerModel = 'openai/gpt-4o-mini'): Frame[] {
  const head = { mintedId: 'own', created: 42, callerModel, includeUsage };
  const { push } = createRelay(head, failed, 'chatcmpl-');
  const reader = createSseReader();
  const decoder = new TextDecoder();
  return bytes.flatMap((each) => reader.push(decoder.decode(each, { stream: true })).flatMap(push));
}

function relayText(text: string, includeUsage = true, callerModel?: string): Frame[] {
  return relay([Buffer.from(text)], includeUsage, callerModel);
}

/** Frames as they can be compared: the closing event instead of what writes it. */
const shown = (frames: Frame[]) =>
  frames.map((frame) => (frame.type === 'usage' ? { ...frame, write: frame.write({ cost: '1' }) } : frame));

const usageChunks = (frames: Frame[]) =>
  frames.flatMap((frame) => (frame.type === 'usage' ? [jsonOf(frame.write({}))] : []));

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
        part.type === 'event' ? `${part.content ? 'content' : 'empty'} ${part.closing ? 'closing' : ''}` : part.type,
      ),
    ).toEqual(['empty ', 'content ', 'content ', 'content ', 'content closing', 'finish', 'usage', 'end']);
    expect(parts.find(({ type }) => type === 'finish')).toEqual({ type: 'finish', reason: 'tool_calls' });
    expect(parts.at(-1)).toEqual({ type: 'end', text: 'data: [DONE]\n\n' });
  });

  it('gives the counts, and the usage chunk as it came, under the caller’s model and with what the gateway adds', () => {
    const counted = parts.find((part) => part.type === 'usage');
    expect(counted?.usage).toMatchObject({ prompt: 3, completion: 2, cached: 1 });
    expect(jsonOf(counted?.write({ cost: '1' }) ?? null)).toEqual({
      ...usageChunk,
      model: 'openai/gpt-4o-mini',
      usage: { ...usage, cost: '1' },
    });
  });

  it('without include_usage has no usage field at all, and no usage chunk', () => {
    const silent = relayText(sse(whole), false);
    expect(chunks(silent)).toEqual(
      chunks(parts).map((each) =>
        Object.fromEntries(Object.entries(each as Json).filter(([name]) => name !== 'usage')),
      ),
    );
    expect(shown(silent).find((part) => part.type === 'usage')).toMatchObject({ write: null, usage: { prompt: 3 } });
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
          expect(shown(relay(pieces, includeUsage))).toEqual(shown(relayText(sse(whole), includeUsage)));
        },
      ),
      { numRuns: 500 },
    );
    const bytes = Buffer.from(sse(whole));
    expect(shown(relay(Array.from(bytes, (_, i) => bytes.subarray(i, i + 1))))).toEqual(shown(parts));
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
        [...chunks(relayText(sse(payloads))), ...usageChunks(relayText(sse(payloads)))].map(
          (each) => `${(each as Json).id} ${(each as Json).created}`,
        ),
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
      { content: true, closing: false },
      { content: false, closing: false },
    ]);
  });

  it('takes usage from a chunk with choices, and the last one when there are many', () => {
    const counting = [
      chunk({ content: 'a' }, null, { usage: { ...usage, completion_tokens: 1 } }),
      chunk({}, 'stop', { usage }),
      '[DONE]',
    ];
    const parts = relayText(sse(counting));
    expect(parts.map(({ type }) => type)).toEqual(['event', 'event', 'finish', 'usage', 'end']);
    expect(chunks(parts)).toMatchObject([{ usage: null }, { usage: null }]);
    expect(usageChunks(parts)).toMatchObject([{ choices: [], usage }]);
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
    expect(relayText(sse([chunk(delta)]))).toMatchObject([{ type: 'event', content }]);
  });

  it('skips comments, other fields and empty events', () => {
    expect(relayText(`: ping\n\ndata:\n\nevent: message\nid: 1\n${sse(['[DONE]'])}`)).toMatchObject([{ type: 'end' }]);
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
    ['after the role', [chunk({ role: 'assistant' }), quota], ['event', 'failure quota']],
    ['after content', [chunk({ content: 'a' }), chunk({ content: 'b' }), quota], ['event', 'event', 'failure quota']],
    [
      'with [DONE] behind the error',
      [chunk({ content: 'a' }), quota, chunk({}, 'stop'), '[DONE]'],
      ['event', 'failure quota'],
    ],
    ['with an error that is text', [{ error: 'broken' }], ['failure overloaded']],
    [
      'with something that is no JSON',
      [chunk({ content: 'a' }), '{"choices":', '[DONE]'],
      ['event', 'failure overloaded'],
    ],
    ['with JSON that is no object', ['[1]'], ['failure overloaded']],
  ])('%s', (_, payloads, expected) => {
    expect(
      relayText(sse(payloads)).map((part) => (part.type === 'failure' ? `failure ${part.failure.kind}` : part.type)),
    ).toEqual(expected);
  });

  it('is not ended by an error that is null', () => {
    expect(relayText(sse([chunk({ content: 'a' }, null, { error: null })]))).toMatchObject([
      { type: 'event', content: true },
    ]);
  });

  it('has no end when [DONE] is missing', () => {
    const cut = relayText(sse(whole.slice(0, -1)));
    expect(cut.map(({ type }) => type)).not.toContain('end');
    expect(cut.at(-1)?.type).toBe('finish');
  });

  it('tells what was counted before it failed', () => {
    const counted = chunk({ content: 'a' }, null, { usage });
    expect(relayText(sse([counted, quota])).map(({ type }) => type)).toEqual(['event', 'usage', 'failure']);
  });
});

describe('an event of several lines', () => {
  it('leaves as one line, also between chunks of one mould', () => {
    const lines = JSON.stringify(chunk({ content: 'b' }), null, 1)
      .split('\n')
      .map((line) => `data: ${line}\n`)
      .join('');
    const text = `${sse([chunk({ content: 'a' }), chunk({ content: 'x' })])}${lines}\n${sse([chunk({ content: 'c' })])}`;
    expect(chunks(relayText(text)).map(({ choices }) => (choices as { delta: Json }[])[0]?.delta.content)).toEqual([
      'a',
      'x',
      'b',
      'c',
    ]);
  });
});
