import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { Block, ChatRequest, Effort } from '../../../functions/core/chat/conversation.ts';
import { efforts } from '../../../functions/core/chat/conversation.ts';
import { isObject } from '../../../functions/core/json.ts';
import { call, result, turnsOf, write } from './request-with.ts';

/**
 * The fields of each message of a generateContent request, as the types of @google/genai 3.3.0 have them
 * (https://googleapis.github.io/js-genai/) and https://docs.cloud.google.com/vertex-ai/generative-ai/docs/model-reference/inference.
 * `[]` marks lists; what leads nowhere is a leaf, of any shape.
 */
const published: Record<string, Record<string, string>> = {
  request: {
    contents: 'content[]',
    systemInstruction: 'content',
    tools: 'tool[]',
    toolConfig: 'toolConfig',
    generationConfig: 'generationConfig',
    safetySettings: 'safetySetting[]',
    cachedContent: '',
  },
  content: { role: '', parts: 'part[]' },
  part: {
    text: '',
    thought: '',
    thoughtSignature: '',
    inlineData: 'blob',
    fileData: 'file',
    functionCall: 'functionCall',
    functionResponse: 'functionResponse',
  },
  blob: { mimeType: '', data: '', displayName: '' },
  file: { mimeType: '', fileUri: '', displayName: '' },
  functionCall: { id: '', name: '', args: '' },
  functionResponse: { id: '', name: '', response: '', parts: 'responsePart[]' },
  responsePart: { inlineData: 'blob', fileData: 'file' },
  tool: { functionDeclarations: 'function[]', googleSearch: '', codeExecution: '', urlContext: '' },
  function: { name: '', description: '', parametersJsonSchema: '' },
  toolConfig: { functionCallingConfig: 'calling' },
  calling: { mode: '', allowedFunctionNames: '' },
  safetySetting: { category: '', threshold: '', method: '' },
  generationConfig: {
    temperature: '',
    topP: '',
    topK: '',
    seed: '',
    presencePenalty: '',
    frequencyPenalty: '',
    maxOutputTokens: '',
    stopSequences: '',
    candidateCount: '',
    responseLogprobs: '',
    logprobs: '',
    responseMimeType: '',
    responseJsonSchema: '',
    responseModalities: '',
    imageConfig: 'image',
    thinkingConfig: 'thinking',
  },
  image: { aspectRatio: '', imageSize: '' },
  thinking: { includeThoughts: '', thinkingBudget: '', thinkingLevel: '' },
};

/** Where a value has a field that its message does not. */
function strangers(value: unknown, kind: string, at: string): string[] {
  if (kind === '') return [];
  if (kind.endsWith('[]'))
    return Array.isArray(value)
      ? value.flatMap((each, i) => strangers(each, kind.slice(0, -2), `${at}.${i}`))
      : [`${at} is no list`];
  if (!isObject(value)) return [`${at} is no object`];
  return Object.entries(value).flatMap(([name, inner]) => {
    const next = published[kind]?.[name];
    return next === undefined ? [`${at}.${name}`] : strangers(inner, next, `${at}.${name}`);
  });
}

const text = fc.string({ minLength: 1, maxLength: 8 });
const image: Block = { type: 'image', source: { type: 'base64', mediaType: 'image/png', data: 'AAAA' } };
const document: Block = { type: 'document', source: { type: 'url', url: 'https://example.com/a.pdf' } };
const number = fc.option(fc.double({ min: 0, max: 2, noNaN: true }), { nil: null });

const request: fc.Arbitrary<Partial<ChatRequest>> = fc.record({
  turns: fc
    .record({ said: text, media: fc.subarray([image, document]), signed: fc.boolean() })
    .map(({ said, media, signed }) =>
      turnsOf(
        ['system', said],
        ['user', said, ...media],
        [
          'assistant',
          { type: 'reasoning', text: said },
          said,
          call('c1', 'look', '{"a":1}', signed ? 'c2ln' : undefined),
        ],
        ['user', result('c1', said, ...media)],
      ),
    ),
  tools: fc.constantFrom(
    [],
    [{ type: 'function' as const, name: 'look', description: 'Looks.', parameters: { type: 'object' }, strict: true }],
    [{ type: 'custom' as const, name: 'look', description: null, format: null }],
  ),
  toolChoice: fc.constantFrom<ChatRequest['toolChoice'][]>(
    null,
    { type: 'auto' },
    { type: 'none' },
    { type: 'tool', name: 'look' },
    { type: 'allowed', mode: 'required', names: ['look'] },
  ),
  format: fc.constantFrom<ChatRequest['format'][]>(
    null,
    { type: 'json' },
    {
      type: 'schema',
      name: 'answer',
      description: null,
      schema: { type: 'object', properties: { a: { const: 1 } } },
      strict: true,
    },
  ),
  reasoning: fc.option(
    fc.record({
      effort: fc.option(fc.constantFrom<Effort[]>(...efforts), { nil: null }),
      budget: fc.option(fc.nat(40_000), { nil: null }),
      adaptive: fc.boolean(),
      summary: fc.constantFrom(null, 'auto', 'omitted'),
    }),
    { nil: null },
  ),
  temperature: number,
  topP: number,
  presencePenalty: number,
  frequencyPenalty: number,
  maxTokens: fc.option(fc.nat(1000), { nil: null }),
  stop: fc.array(text, { maxLength: 2 }),
  choices: fc.constantFrom(null, 1, 2),
  logprobs: fc.constantFrom(null, { top: 3 }),
  extra: fc
    .dictionary(
      fc.constantFrom('safety_settings', 'web_search_options', 'code_execution', 'store', 'image_config', 'anything'),
      fc.constant({}),
    )
    .map(({ safety_settings, ...rest }) => ({
      ...rest,
      ...(safety_settings && { safety_settings: [{ category: 'HARM_CATEGORY_HARASSMENT', threshold: 'OFF' }] }),
    })),
});

const models = [
  'gemini-2.0-flash',
  'gemini-2.5-flash-lite',
  'gemini-2.5-pro',
  'gemini-3-pro-preview',
  'gemini-3.8-flash',
  'gemini-3.1-flash-image',
  'something-tuned',
];

it('writes no field that Google has not published, whatever is asked of whichever model', () => {
  fc.assert(
    fc.property(request, fc.constantFrom(...models), (changes, model) => {
      const { body } = write(changes, model);
      expect(strangers(body, 'request', 'body')).toEqual([]);
      const { thinkingConfig } = isObject(body.generationConfig) ? body.generationConfig : {};
      // https://ai.google.dev/gemini-api/docs/thinking: a level and a budget together are refused.
      if (isObject(thinkingConfig))
        expect('thinkingBudget' in thinkingConfig && 'thinkingLevel' in thinkingConfig).toBe(false);
    }),
  );
});

it('would notice a field that is not published', () => {
  expect(strangers({ contents: [{ role: 'user', parts: [{ words: 'hi' }] }] }, 'request', 'body')).toEqual([
    'body.contents.0.parts.0.words',
  ]);
});
