import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ChatAnswer, ChatPart } from '../../../functions/core/chat/answer.ts';
import type { Block } from '../../../functions/core/chat/conversation.ts';
import type { TokenUsage } from '../../../functions/core/chat/usage.ts';
import { isObject, type JsonObject } from '../../../functions/core/json.ts';
import type { Failure } from '../../../functions/core/routing/failure.ts';
import { brokenAnswer } from '../../../functions/dialects/gemini/read-answer.ts';
import { foldBlocks } from '../../../functions/dialects/gemini/read-candidate.ts';
import { gemini } from '../../../functions/dialects/gemini/upstream.ts';
import { write } from './request-with.ts';

const written = { ...write(), idSeed: 'chatcmpl-01JABCDEFGHJKMNPQRSTVWXYZ0' };
const counts = { promptTokenCount: 5, candidatesTokenCount: 7, totalTokenCount: 12, trafficType: 'ON_DEMAND' };

function answerOf(parts: unknown[] | null, finishReason?: string, usageMetadata: unknown = counts): JsonObject {
  return {
    candidates: [{ content: { role: 'model', ...(parts && { parts }) }, finishReason }],
    usageMetadata,
    responseId: 'r-1',
  };
}

function read(answer: JsonObject): ChatAnswer {
  const found = gemini.readAnswer(answer, written);
  if (!found) throw new Error('The answer made no sense.');
  return found;
}

function failureOf(error: unknown): Failure {
  const code = isObject(error) ? String(error.status) : null;
  return { kind: 'rate_limit', status: null, code, message: 'read', providerRequestId: null };
}

function partsOf(chunks: unknown[]): ChatPart[] {
  const reader = gemini.createStreamReader(written, failureOf);
  const parts = chunks.flatMap((chunk) => reader.push(typeof chunk === 'string' ? chunk : JSON.stringify(chunk)));
  return [...parts, ...reader.finish()];
}

/** The same answer as a stream: each part, and each piece of a text, in a chunk of its own, finish and counts in the last. */
function chunksOf(answer: JsonObject, cut: number): JsonObject[] {
  const [candidate] = (answer.candidates ?? []) as { content: { parts?: JsonObject[] }; finishReason?: string }[];
  const parts = (candidate?.content.parts ?? []).flatMap((part) => pieces(part, cut));
  if (!candidate || parts.length === 0) return [answer];
  const early = parts.slice(0, -1).map((part) => ({
    candidates: [{ content: { role: 'model', parts: [part] } }],
    usageMetadata: { trafficType: 'ON_DEMAND' },
  }));
  return [...early, { ...answer, candidates: [{ ...candidate, content: { parts: parts.slice(-1) } }] }];
}

function pieces(part: JsonObject, cut: number): JsonObject[] {
  const { text, thoughtSignature, ...rest } = part;
  if (typeof text !== 'string' || text.length < 2) return [part];
  const at = 1 + (cut % (text.length - 1));
  return [
    { ...rest, text: text.slice(0, at) },
    { ...part, text: text.slice(at) },
  ];
}

/** What a client has put together at the end of a stream. */
function told(parts: ChatPart[]) {
  return {
    blocks: foldBlocks(parts),
    finish: parts.find((part) => part.type === 'finish')?.finish,
    usage: parts.find((part) => part.type === 'usage')?.usage ?? null,
  };
}

const usage = (prompt: number, completion: number, changes: Partial<TokenUsage> = {}): TokenUsage => ({
  prompt,
  completion,
  cached: 0,
  cacheWrite: 0,
  reasoning: 0,
  audioIn: 0,
  audioOut: 0,
  ...changes,
});
const signature = { format: 'google', value: 'c2ln' } as const;
const callOf = (name: string, input: string, id: string, more: object = {}) => ({
  type: 'tool_call',
  id: `call_01JABCDEFGHJKMNPQRSTVWXYZ0_${id}`,
  name,
  input,
  kind: 'function',
  ...more,
});
const awkward = '日本語 😀 \u2028 "q" \\ \t\r\n\r\ndata: {"not":"an event"}';

const answers: [string, JsonObject, { blocks?: unknown[]; finish?: object; usage?: TokenUsage | null }][] = [
  [
    'text beyond ASCII',
    answerOf([{ text: awkward }], 'STOP'),
    { blocks: [{ type: 'text', text: awkward }], finish: { reason: 'stop' }, usage: usage(5, 7) },
  ],
  [
    'several texts, the last an empty one with a signature',
    answerOf([{ text: 'one ' }, { text: 'two' }, { text: '', thoughtSignature: 'c2ln' }], 'STOP'),
    { blocks: [{ type: 'text', text: 'one two', signature }] },
  ],
  [
    'texts that are signed apart',
    answerOf(
      [
        { text: 'one', thoughtSignature: 'c2ln' },
        { text: 'two', thoughtSignature: 'bmV4dA==' },
      ],
      'STOP',
    ),
    {
      blocks: [
        { type: 'text', text: 'one', signature },
        { type: 'text', text: 'two', signature: { format: 'google', value: 'bmV4dA==' } },
      ],
    },
  ],
  [
    'thoughts',
    answerOf([{ text: 'hm', thought: true }, { text: 'answer' }], 'STOP', {
      promptTokenCount: 5,
      candidatesTokenCount: 7,
      thoughtsTokenCount: 30,
      totalTokenCount: 42,
    }),
    {
      blocks: [
        { type: 'reasoning', text: 'hm' },
        { type: 'text', text: 'answer' },
      ],
      usage: usage(5, 37, { reasoning: 30 }),
    },
  ],
  [
    'a signature that belongs to no text',
    answerOf([{ text: 'hm', thought: true }, { text: '', thoughtSignature: 'c2ln' }, { text: 'answer' }], 'STOP'),
    {
      blocks: [
        { type: 'reasoning', text: 'hm' },
        { type: 'reasoning', text: '', encrypted: signature },
        { type: 'text', text: 'answer' },
      ],
    },
  ],
  [
    'parallel calls, which end with STOP',
    answerOf(
      [
        { text: 'wait' },
        { functionCall: { name: 'a', args: { x: 1 } }, thoughtSignature: 'c2ln' },
        { functionCall: { name: 'a', args: {} } },
        { text: 'and' },
        { functionCall: { name: 'b' } },
      ],
      'STOP',
    ),
    {
      blocks: [
        { type: 'text', text: 'wait' },
        callOf('a', '{"x":1}', '0', { signature }),
        callOf('a', '{}', '1'),
        { type: 'text', text: 'and' },
        callOf('b', '{}', '2'),
      ],
      finish: { reason: 'tool_calls' },
    },
  ],
  [
    'a call cut short',
    answerOf([{ functionCall: { name: 'a', args: {} } }], 'MAX_TOKENS'),
    { finish: { reason: 'length' } },
  ],
  [
    'thoughts that ate the whole budget',
    answerOf(null, 'MAX_TOKENS', { promptTokenCount: 5, thoughtsTokenCount: 30 }),
    { blocks: [], finish: { reason: 'length' }, usage: usage(5, 30, { reasoning: 30 }) },
  ],
  [
    'a blocked prompt',
    { promptFeedback: { blockReason: 'PROHIBITED_CONTENT' }, usageMetadata: { promptTokenCount: 5 } },
    { blocks: [], finish: { reason: 'content_filter' }, usage: usage(5, 0) },
  ],
  [
    'a blocked prompt without counts',
    { promptFeedback: { blockReason: 'PROHIBITED_CONTENT' } },
    { blocks: [], finish: { reason: 'content_filter' }, usage: usage(0, 0) },
  ],
  [
    'cached tokens, and tokens of server-side tools',
    answerOf([{ text: 'x' }], 'STOP', {
      promptTokenCount: 100,
      cachedContentTokenCount: 60,
      toolUsePromptTokenCount: 11,
      candidatesTokenCount: 7,
      thoughtsTokenCount: 2,
    }),
    { usage: usage(111, 9, { cached: 60, reasoning: 2 }) },
  ],
  [
    'code that Google ran',
    answerOf([{ executableCode: { code: 'x' } }, { codeExecutionResult: { output: 'y' } }, { text: 'done' }], 'STOP'),
    { blocks: [{ type: 'text', text: 'done' }] },
  ],
  ['no counts', answerOf([{ text: 'x' }], 'STOP', { trafficType: 'ON_DEMAND' }), { usage: null }],
];

describe('an answer of Gemini', () => {
  it.each(answers)('reads the same whole and streamed, however it is cut: %s', (_name, answer, expected) => {
    const whole = read(answer);
    const [choice] = whole.choices;
    expect({ blocks: choice?.blocks, finish: choice?.finish, usage: whole.usage }).toMatchObject(expected);
    fc.assert(
      fc.property(fc.nat(50), (cut) => {
        const parts = partsOf(chunksOf(answer, cut));
        expect(told(parts)).toEqual({ blocks: choice?.blocks, finish: choice?.finish, usage: whole.usage });
        expect(parts.at(-1)).toEqual({ type: 'end' });
      }),
      { numRuns: 30 },
    );
  });

  it.each([
    ['SAFETY', 'content_filter'],
    ['RECITATION', 'content_filter'],
    ['LANGUAGE', 'content_filter'],
    ['BLOCKLIST', 'content_filter'],
    ['PROHIBITED_CONTENT', 'content_filter'],
    ['SPII', 'content_filter'],
    ['MODEL_ARMOR', 'content_filter'],
    ['IMAGE_SAFETY', 'content_filter'],
    ['IMAGE_PROHIBITED_CONTENT', 'content_filter'],
    ['IMAGE_RECITATION', 'content_filter'],
    ['MAX_TOKENS', 'length'],
    ['CONTINUATION', 'length'],
    ['STOP', 'stop'],
    ['BRAND_NEW_REASON', 'stop'],
    ['constructor', 'stop'],
  ])('that finished with %s, without parts, finishes with %s', (reason, finish) => {
    expect(read(answerOf(null, reason)).choices).toEqual([{ blocks: [], finish: { reason: finish } }]);
    expect(told(partsOf([answerOf(null, reason)])).finish).toEqual({ reason: finish });
  });

  it.each(['MALFORMED_FUNCTION_CALL', 'UNEXPECTED_TOOL_CALL', 'MALFORMED_RESPONSE', 'OTHER'])(
    'that ended with %s is a failure when nothing but thoughts came, and an answer when anything did',
    (reason) => {
      const failure = { kind: 'overloaded', code: reason, garbled: true };
      for (const parts of [null, [{ text: '' }], [{ text: 'hm', thought: true }]]) {
        const answer = answerOf(parts, reason);
        expect(gemini.readAnswer(answer, written)).toBeNull();
        expect(brokenAnswer(answer)).toMatchObject(failure);
        const streamed = partsOf([answer]);
        expect(streamed.at(-1)).toMatchObject({ type: 'failure', failure });
        expect(streamed.map(({ type }) => type)).not.toContain('finish');
      }
      for (const [part, finish] of [
        [{ text: 'x' }, 'stop'],
        [{ functionCall: { name: 'f' } }, 'tool_calls'],
      ] as const) {
        expect(read(answerOf([part], reason)).choices[0]?.finish.reason).toBe(finish);
        expect(told(partsOf([answerOf([part], reason)])).finish?.reason).toBe(finish);
      }
    },
  );

  it('says what Gemini said about its failure', () => {
    const answer = { candidates: [{ finishReason: 'MALFORMED_FUNCTION_CALL', finishMessage: 'print(f(' }] };
    expect(brokenAnswer(answer)?.message).toContain('print(f(');
    expect(partsOf([answer])).toMatchObject([{ failure: { message: expect.stringContaining('print(f(') } }]);
  });

  it('is an answer when one of several candidates came to something', () => {
    const answer = {
      candidates: [
        { index: 0, finishReason: 'MALFORMED_FUNCTION_CALL' },
        { index: 1, content: { parts: [{ text: 'x' }] }, finishReason: 'STOP' },
      ],
    };
    expect(read(answer).choices).toHaveLength(2);
    expect(partsOf([answer]).at(-1)).toEqual({ type: 'end' });
  });

  it('has ids of calls that fit into forty characters', () => {
    const [block] = read(answerOf([{ functionCall: { name: 'a' } }], 'STOP')).choices[0]?.blocks ?? [];
    expect((block as Extract<Block, { type: 'tool_call' }>).id.length).toBeLessThanOrEqual(40);
  });

  it('with several candidates has several choices in order, streamed under their own index', () => {
    const candidate = (index: number, parts: object[]) => ({ index, content: { parts }, finishReason: 'STOP' });
    const f = { functionCall: { name: 'f' } };
    const answer = { candidates: [candidate(1, [{ text: 'second' }, f]), candidate(0, [{ text: 'first' }, f])] };
    const { choices } = read(answer);
    expect(choices.map(({ blocks }) => blocks)).toEqual([
      [{ type: 'text', text: 'first' }, callOf('f', '{}', '0')],
      [{ type: 'text', text: 'second' }, callOf('f', '{}', '1_0')],
    ]);
    const parts = partsOf([answer]);
    for (const [index, { blocks }] of choices.entries())
      expect(foldBlocks(parts.filter((part) => 'choice' in part && part.choice === index))).toEqual(blocks);
    expect(parts.filter(({ type }) => type === 'finish')).toHaveLength(2);
  });

  it('carries log probabilities, with the text and not with the thoughts', () => {
    const token = (text: string) => ({ token: text, logProbability: -0.5 });
    const [candidate] = answerOf([{ text: 'hm', thought: true }, { text: 'é' }], 'STOP').candidates as JsonObject[];
    const logprobsResult = {
      chosenCandidates: [token('é')],
      topCandidates: [{ candidates: [token('é'), token('x')] }],
    };
    const answer = { candidates: [{ ...candidate, logprobsResult }] };
    const logprobs = {
      content: [
        {
          token: 'é',
          logprob: -0.5,
          bytes: [195, 169],
          top_logprobs: [
            { token: 'é', logprob: -0.5, bytes: [195, 169] },
            { token: 'x', logprob: -0.5, bytes: [120] },
          ],
        },
      ],
      refusal: null,
    };
    expect(read(answer).choices[0]?.logprobs).toEqual(logprobs);
    expect(partsOf([answer]).filter(({ type }) => type === 'delta')).toEqual([
      { type: 'delta', choice: 0, text: 'hm' },
      { type: 'delta', choice: 0, text: 'é', logprobs },
    ]);
  });

  it('counts the tokens of audio in the prompt', () => {
    const promptTokensDetails = [
      { modality: 'TEXT', tokenCount: 1 },
      { modality: 'AUDIO', tokenCount: 4 },
    ];
    const { usage: counted } = read(answerOf([{ text: 'x' }], 'STOP', { ...counts, promptTokensDetails }));
    expect(counted).toEqual(usage(5, 7, { audioIn: 4 }));
  });

  it.each([{}, { candidates: [] }, { candidates: 'x' }, { usageMetadata: counts }])(
    'without candidates makes no sense: %j',
    (answer) => {
      expect(gemini.readAnswer(answer as JsonObject, written)).toBeNull();
      expect(brokenAnswer(answer as JsonObject)).toBeNull();
    },
  );
});

describe('a stream of Gemini', () => {
  it('opens a block before its text, ends it before the next, and sends nothing for empty text', () => {
    const chunk = (part: object) => ({ candidates: [{ content: { parts: [part] } }] });
    const parts = partsOf([
      chunk({ text: '' }),
      chunk({ text: 'hm', thought: true }),
      chunk({ text: 'one' }),
      chunk({ text: 'two' }),
      chunk({ functionCall: { name: 'f' } }),
      { candidates: [{ finishReason: 'STOP' }] },
    ]);
    expect(parts).toEqual([
      { type: 'open', choice: 0, block: { type: 'reasoning' } },
      { type: 'delta', choice: 0, text: 'hm' },
      { type: 'close', choice: 0 },
      { type: 'open', choice: 0, block: { type: 'text' } },
      { type: 'delta', choice: 0, text: 'one' },
      { type: 'delta', choice: 0, text: 'two' },
      { type: 'close', choice: 0 },
      { type: 'whole', choice: 0, block: callOf('f', '{}', '0') },
      { type: 'finish', choice: 0, finish: { reason: 'tool_calls' } },
      { type: 'end' },
    ]);
  });

  it('is complete when every choice is', () => {
    const first = {
      candidates: [
        { index: 0, finishReason: 'STOP' },
        { index: 1, content: { parts: [{ text: 'x' }] } },
      ],
    };
    expect(partsOf([first]).map(({ type }) => type)).toEqual(['open', 'delta']);
    const last = { candidates: [{ index: 1, finishReason: 'STOP' }] };
    expect(partsOf([first, last]).at(-1)).toEqual({ type: 'end' });
  });

  it('keeps the last counts that are complete', () => {
    const chunks = [
      answerOf([{ text: 'a' }], undefined, { promptTokenCount: 5, candidatesTokenCount: 1 }),
      answerOf([{ text: 'b' }], 'STOP', { promptTokenCount: 5, candidatesTokenCount: 2 }),
      { usageMetadata: { trafficType: 'ON_DEMAND' } },
    ];
    expect(told(partsOf(chunks)).usage).toEqual(usage(5, 2));
  });

  it.each<[string, unknown[]]>([
    ['nothing', []],
    ['an empty chunk', [{}]],
    ['text alone', [{ candidates: [{ content: { parts: [{ text: 'x' }] } }] }]],
  ])('that ends after %s has no end', (_name, chunks) => {
    for (const { type } of partsOf(chunks)) expect(['open', 'delta']).toContain(type);
  });

  it.each<[string, unknown, object]>([
    ['an error', { error: { code: 429, status: 'RESOURCE_EXHAUSTED' } }, { code: 'RESOURCE_EXHAUSTED' }],
    ['an error in a list', [{ error: { status: 'INTERNAL' } }], { code: 'INTERNAL' }],
    ['text', 'no JSON', { kind: 'overloaded', garbled: true }],
    ['a list', [], { kind: 'overloaded', garbled: true }],
  ])('with %s in it fails, and nothing comes after it', (_name, event, failure) => {
    const parts = partsOf([answerOf([{ text: 'x' }]), event, answerOf([{ text: 'y' }], 'STOP')]);
    expect(parts).toHaveLength(3);
    expect(parts[2]).toMatchObject({ type: 'failure', failure });
  });

  it('never looks complete when it was cut, and never throws', () => {
    fc.assert(
      fc.property(fc.array(fc.jsonValue()), (chunks) => {
        const types = partsOf(chunks.map((chunk) => JSON.stringify({ candidates: chunk }))).map(({ type }) => type);
        expect(types.filter((type) => type === 'end' || type === 'failure').length).toBeLessThanOrEqual(1);
      }),
    );
  });
});

// https://docs.cloud.google.com/vertex-ai/generative-ai/docs/multimodal/image-generation
describe('pictures', () => {
  const picture = { inlineData: { mimeType: 'image/png', data: 'AAAA' } };
  const block = { type: 'image', source: { type: 'base64', mediaType: 'image/png', data: 'AAAA' } };

  it('come as blocks, between the words around them, without the sketches of thoughts', () => {
    const answer = answerOf([{ text: 'Here:' }, { ...picture, thought: true }, picture, { text: 'Done.' }], 'STOP');
    expect(read(answer).choices[0]?.blocks).toMatchObject([{ text: 'Here:' }, block, { text: 'Done.' }]);
    expect(partsOf(chunksOf(answer, 1))).toContainEqual({ type: 'whole', choice: 0, block });
  });

  it('are an answer, even to a reason that tells of trouble', () => {
    expect(read(answerOf([picture], 'OTHER')).choices[0]?.blocks).toEqual([block]);
  });
});

// https://docs.cloud.google.com/vertex-ai/generative-ai/docs/grounding/grounding-with-google-search
it('tells what a search found, whole and as a stream', () => {
  const groundingMetadata = {
    webSearchQueries: ['weather'],
    groundingChunks: [{ web: { uri: 'https://example.com' } }],
  };
  const answer = {
    candidates: [{ content: { parts: [{ text: 'Sunny.' }] }, finishReason: 'STOP', groundingMetadata }],
    usageMetadata: counts,
  };
  const extra = { vertex_ai_grounding_metadata: [groundingMetadata] };
  expect(read(answer).extra).toEqual(extra);
  expect(partsOf(chunksOf(answer, 1))).toContainEqual({ type: 'finish', choice: 0, finish: { reason: 'stop' }, extra });
  expect(read(answerOf([{ text: 'x' }], 'STOP')).extra).toBeUndefined();
});
