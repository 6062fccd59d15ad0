import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../../functions/core/json.ts';
import { fromGemini, fromGeminiStream } from '../../../functions/providers/vertex/from-gemini.ts';
import { callWith } from './google-server.ts';
import { type Told, tell } from './stream-text.ts';

const call = callWith({});
const place = { project: 'p', region: 'global', model: 'm' };
const counts = { promptTokenCount: 5, candidatesTokenCount: 7, totalTokenCount: 12, trafficType: 'ON_DEMAND' };

function gemini(parts: unknown[] | null, finishReason?: string, usageMetadata: unknown = counts): JsonObject {
  return {
    candidates: [{ content: { role: 'model', ...(parts && { parts }) }, finishReason }],
    usageMetadata,
    responseId: 'r-1',
  };
}

function read(answer: JsonObject): Told {
  const translated = fromGemini(answer, call);
  if (!translated) throw new Error('The answer made no sense.');
  const [choice] = translated.body.choices as { message: JsonObject; finish_reason: string }[];
  const { tool_calls: toolCalls = [], refusal: _none, ...message } = choice?.message ?? {};
  return {
    message,
    toolCalls: toolCalls as JsonObject[],
    finish: choice?.finish_reason,
    usage: translated.body.usage ?? null,
    types: [],
  };
}

/** The same answer as a stream: each part in a chunk of its own, finish and counts in the last. */
function sse(answer: JsonObject, newline = '\r\n'): string {
  const [candidate] = (answer.candidates ?? []) as { content: { parts?: unknown[] }; finishReason?: string }[];
  const parts = candidate?.content.parts ?? [];
  const early = parts.slice(0, -1).map((part) => ({
    candidates: [{ content: { role: 'model', parts: [part] } }],
    usageMetadata: { trafficType: 'ON_DEMAND' },
  }));
  const last =
    candidate && parts.length > 0
      ? { ...answer, candidates: [{ ...candidate, content: { parts: parts.slice(-1) } }] }
      : answer;
  return [...early, last].map((chunk) => `data: ${JSON.stringify(chunk)}${newline}${newline}`).join('');
}

const callOf = (name: string, args: string, id: string, more: JsonObject = {}) => ({
  id: `call_01JABCDEFGHJKMNPQRSTVWXYZ0_${id}`,
  type: 'function',
  function: { name, arguments: args },
  ...more,
});
const signature = { extra_content: { google: { thought_signature: 'c2ln' } } };
const usage = (prompt: number, completion: number, cached = 0, reasoning = 0) => ({
  prompt_tokens: prompt,
  completion_tokens: completion,
  total_tokens: prompt + completion,
  prompt_tokens_details: { cached_tokens: cached },
  completion_tokens_details: { reasoning_tokens: reasoning },
});

const answers: [string, JsonObject, Partial<Told>][] = [
  [
    'text beyond ASCII',
    gemini([{ text: '日本語 😀 \u2028 "q" \\ \t\r\n\r\ndata: {"not":"an event"}' }], 'STOP'),
    {
      message: { role: 'assistant', content: '日本語 😀 \u2028 "q" \\ \t\r\n\r\ndata: {"not":"an event"}' },
      finish: 'stop',
      usage: usage(5, 7),
    },
  ],
  [
    'several texts',
    gemini([{ text: 'one ' }, { text: 'two' }, { text: '', thoughtSignature: 'c2ln' }], 'STOP'),
    { message: { role: 'assistant', content: 'one two' } },
  ],
  [
    'thoughts',
    gemini([{ text: 'hm', thought: true }, { text: 'answer' }], 'STOP', {
      promptTokenCount: 5,
      candidatesTokenCount: 7,
      thoughtsTokenCount: 30,
      totalTokenCount: 42,
    }),
    { message: { role: 'assistant', content: 'answer', reasoning_content: 'hm' }, usage: usage(5, 37, 0, 30) },
  ],
  [
    'parallel calls, which end with STOP',
    gemini(
      [
        { text: 'wait' },
        { functionCall: { name: 'a', args: { x: 1 } }, thoughtSignature: 'c2ln' },
        { functionCall: { name: 'a', args: {} } },
        { functionCall: { name: 'b' } },
      ],
      'STOP',
    ),
    {
      message: { role: 'assistant', content: 'wait' },
      toolCalls: [callOf('a', '{"x":1}', '0', signature), callOf('a', '{}', '1'), callOf('b', '{}', '2')],
      finish: 'tool_calls',
    },
  ],
  ['a call cut short', gemini([{ functionCall: { name: 'a', args: {} } }], 'MAX_TOKENS'), { finish: 'length' }],
  [
    'thoughts that ate the whole budget',
    gemini(null, 'MAX_TOKENS', { promptTokenCount: 5, thoughtsTokenCount: 30 }),
    { message: { role: 'assistant', content: '' }, finish: 'length', usage: usage(5, 30, 0, 30) },
  ],
  [
    'a blocked prompt',
    { promptFeedback: { blockReason: 'PROHIBITED_CONTENT' }, usageMetadata: { promptTokenCount: 5 } },
    { message: { role: 'assistant', content: '' }, finish: 'content_filter', usage: usage(5, 0) },
  ],
  [
    'cached tokens, and tokens of server-side tools',
    gemini([{ text: 'x' }], 'STOP', {
      promptTokenCount: 100,
      cachedContentTokenCount: 60,
      toolUsePromptTokenCount: 11,
      candidatesTokenCount: 7,
      thoughtsTokenCount: 2,
    }),
    { usage: usage(111, 9, 60, 2) },
  ],
  [
    'code that Google ran',
    gemini([{ executableCode: { code: 'x' } }, { codeExecutionResult: { output: 'y' } }, { text: 'done' }], 'STOP'),
    { message: { role: 'assistant', content: 'done' } },
  ],
];

describe('an answer of Gemini', () => {
  it.each(answers)(
    'reads the same whole and streamed, however the bytes are cut: %s',
    async (_name, answer, expected) => {
      const whole = read(answer);
      expect(whole).toMatchObject(expected);
      const property = fc.asyncProperty(fc.array(fc.nat()), fc.constantFrom('\n', '\r\n'), async (cuts, newline) => {
        const told = await tell(sse(answer, newline), fromGeminiStream(call, place), cuts);
        expect(told.message.content ?? '').toBe(whole.message.content ?? '');
        expect(told).toMatchObject({ ...expected, types: expect.arrayContaining(['end']) });
      });
      await fc.assert(property, { numRuns: 30 });
    },
  );

  it.each([
    ['SAFETY', 'content_filter'],
    ['RECITATION', 'content_filter'],
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
    ['OTHER', 'stop'],
    ['LANGUAGE', 'stop'],
    ['MALFORMED_FUNCTION_CALL', 'stop'],
    ['UNEXPECTED_TOOL_CALL', 'stop'],
    ['BRAND_NEW_REASON', 'stop'],
  ])('that finished with %s, without parts, finishes with %s', (reason, finish) => {
    expect(read(gemini(null, reason))).toMatchObject({ message: { content: '' }, finish });
  });

  it('that only calls tools has no content, and ids fit into forty characters', () => {
    const { message, toolCalls } = read(gemini([{ functionCall: { name: 'a' } }], 'STOP'));
    expect(message.content).toBeNull();
    expect(String(toolCalls[0]?.id).length).toBeLessThanOrEqual(40);
  });

  it('has one id, the caller’s model and the time of the call', () => {
    expect(fromGemini(gemini([{ text: 'x' }], 'STOP'), call)).toMatchObject({
      providerRequestId: 'r-1',
      body: { id: call.mintedId, object: 'chat.completion', created: call.created, model: call.callerModel },
    });
  });

  it('with several candidates has several choices, streamed under their own index', async () => {
    const candidate = (index: number, text: string) => ({
      index,
      content: { parts: [{ text }] },
      finishReason: 'STOP',
    });
    const answer = { candidates: [candidate(1, 'second'), candidate(0, 'first')] };
    expect(fromGemini(answer, call)?.body.choices).toMatchObject([
      { index: 1 },
      { index: 0, message: { content: 'first' } },
    ]);
    const told = await tell(`data: ${JSON.stringify(answer)}\n\n`, fromGeminiStream(call, place));
    expect(told).toMatchObject({ message: { content: 'first' }, types: ['chunk', 'chunk', 'chunk', 'chunk', 'end'] });
  });

  it('carries log probabilities', () => {
    const token = (text: string) => ({ token: text, logProbability: -0.5 });
    const answer = gemini([{ text: 'é' }], 'STOP');
    const [candidate] = answer.candidates as JsonObject[];
    const body = fromGemini(
      {
        ...answer,
        candidates: [
          {
            ...candidate,
            logprobsResult: {
              chosenCandidates: [token('é')],
              topCandidates: [{ candidates: [token('é'), token('x')] }],
            },
          },
        ],
      },
      call,
    )?.body;
    expect(body?.choices).toMatchObject([
      {
        logprobs: {
          content: [
            {
              token: 'é',
              logprob: -0.5,
              bytes: [195, 169],
              top_logprobs: [
                { token: 'é', logprob: -0.5 },
                { token: 'x', bytes: [120] },
              ],
            },
          ],
        },
      },
    ]);
  });

  it('counts the tokens of audio in the prompt', () => {
    const metadata = {
      ...counts,
      promptTokensDetails: [
        { modality: 'TEXT', tokenCount: 1 },
        { modality: 'AUDIO', tokenCount: 4 },
      ],
    };
    expect(read(gemini([{ text: 'x' }], 'STOP', metadata)).usage).toMatchObject({
      prompt_tokens_details: { audio_tokens: 4 },
    });
  });

  it.each([{}, { candidates: [] }, { candidates: 'x' }, { usageMetadata: counts }])(
    'without candidates makes no sense: %j',
    (answer) => {
      expect(fromGemini(answer as JsonObject, call)).toBeNull();
    },
  );
});

describe('a stream of Gemini', () => {
  it('marks what is content and what is not', async () => {
    const translator = fromGeminiStream(call, place);
    expect(translator.read(JSON.stringify({ candidates: [{ content: { parts: [{ text: '' }] } }] }))).toEqual([]);
    expect(
      translator.read(JSON.stringify({ candidates: [{ content: { parts: [{ text: 'hm', thought: true }] } }] })),
    ).toMatchObject([{ type: 'chunk', content: true }]);
    expect(translator.complete()).toBe(false);
  });

  it('is complete when every choice is', () => {
    const translator = fromGeminiStream(call, place);
    translator.read(
      JSON.stringify({
        candidates: [
          { index: 0, finishReason: 'STOP' },
          { index: 1, content: { parts: [{ text: 'x' }] } },
        ],
      }),
    );
    expect(translator.complete()).toBe(false);
    translator.read(JSON.stringify({ candidates: [{ index: 1, finishReason: 'STOP' }] }));
    expect(translator.complete()).toBe(true);
  });

  it('keeps the last counts that are complete', async () => {
    const chunks = [
      gemini([{ text: 'a' }], undefined, { promptTokenCount: 5, candidatesTokenCount: 1 }),
      gemini([{ text: 'b' }], 'STOP', { promptTokenCount: 5, candidatesTokenCount: 2 }),
      { usageMetadata: { trafficType: 'ON_DEMAND' } },
    ];
    const told = await tell(
      chunks.map((chunk) => `data: ${JSON.stringify(chunk)}\n\n`).join(''),
      fromGeminiStream(call, place),
    );
    expect(told.usage).toEqual(usage(5, 2));
  });

  it.each(['', 'data: {}\n\n', 'data: {"candidates":[{"content":{"parts":[{"text":"x"}]}}]}\n\n'])(
    'that ends without a finish reason has no end: %j',
    async (text) => {
      expect((await tell(text, fromGeminiStream(call, place))).types).not.toContain('end');
    },
  );
});
