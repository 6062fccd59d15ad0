import { ConverseRequest$ } from '@aws-sdk/client-bedrock-runtime';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { efforts } from '../../functions/core/chat/conversation.ts';
import { Refusal } from '../../functions/core/chat/refusal.ts';
import { writeRequest as writeConverse } from '../../functions/dialects/converse/write-request.ts';
import { traitsOf } from '../../functions/dialects/gemini/models.ts';
import { gemini } from '../../functions/dialects/gemini/upstream.ts';
import { conversations, maybe, type Sayable } from './conversations.ts';

const fraction = fc.integer({ min: 1, max: 9 }).map((tenths) => tenths / 10);

/** Whatever any door can ask for. */
const everything: Sayable = {
  marks: true,
  images: ['base64'],
  imageDetail: true,
  documents: ['base64', 'text'],
  aboutDocuments: true,
  audio: false,
  refusals: true,
  order: true,
  maker: 'anthropic',
  richResults: true,
  custom: true,
  choices: ['auto', 'none', 'required', 'tool', 'allowed'],
  format: true,
  reasoning: maybe(
    fc.record({
      effort: maybe(fc.constantFrom(...efforts)),
      budget: maybe(fc.nat(20_000)),
      adaptive: fc.boolean(),
      summary: maybe(fc.constantFrom('summarized', 'omitted')),
    }),
  ),
  settings: {
    ...{ temperature: fraction, topP: fraction, topK: fc.nat(99), seed: fc.nat(99) },
    maxTokens: fc.integer({ min: 1, max: 60_000 }),
  },
  penalties: true,
  logprobs: false,
  userId: true,
  verbosity: true,
  tiers: ['default', 'flex', 'priority'],
};

/** Runs the writer; null when it refuses, which has its own tests. */
function orRefused<Written>(write: () => Written): Written | null {
  try {
    return write();
  } catch (error) {
    expect(error).toBeInstanceOf(Refusal);
    return null;
  }
}

/**
 * What of a value the SDK's own schema has no place for. A schema is a list: its kind (1 list, 2 map, 3 structure, 4 union), its
 * namespace, name and traits, then what it holds; numbers stand for plain values (`@smithy/types`, schema/static-schemas).
 */
function misfits(schema: unknown, value: unknown, at: string): string[] {
  const resolved = typeof schema === 'function' ? schema() : schema;
  if (value === undefined) return [];
  if (typeof resolved === 'number') return plainMisfit(resolved, value, at);
  // A member with traits of its own.
  if (Array.isArray(resolved) && resolved.length === 2) return misfits(resolved[0], value, at);
  const [kind, , , , first, second, required = 0] = resolved as [
    number,
    string,
    string,
    number,
    unknown,
    unknown,
    number,
  ];
  if (kind === 1) return (value as unknown[]).flatMap((each, i) => misfits(first, each, `${at}.${i}`));
  if (kind === 2)
    return Object.entries(value as object).flatMap(([name, each]) => misfits(second, each, `${at}.${name}`));
  if (kind === 0) return misfits(first, value, at);
  if (kind !== 3 && kind !== 4) return [`${at} has a kind of schema that this test does not know: ${kind}`];
  const [names, members] = [first as string[], second as unknown[]];
  if (typeof value !== 'object' || value === null) return [`${at} is no object`];
  const fields = Object.entries(value).filter(([, each]) => each !== undefined);
  const missing =
    kind === 3 ? names.slice(0, required).filter((name) => !fields.some(([known]) => known === name)) : [];
  return [
    ...(kind === 4 && fields.length !== 1 ? [`${at} holds ${fields.length} of a union`] : []),
    ...missing.map((name) => `${at}.${name} is missing`),
    ...fields.flatMap(([name, each]) => {
      const index = names.indexOf(name);
      return index < 0 ? [`${at}.${name} is no field`] : misfits(members[index], each, `${at}.${name}`);
    }),
  ];
}

function plainMisfit(kind: number, value: unknown, at: string): string[] {
  const fits =
    kind === 0
      ? typeof value === 'string'
      : kind === 1
        ? typeof value === 'number'
        : kind === 2
          ? typeof value === 'boolean'
          : kind === 21
            ? value instanceof Uint8Array
            : kind === 64
              ? Array.isArray(value) && value.every((each) => typeof each === 'string')
              : kind === 15;
  return fits ? [] : [`${at} is of another kind than ${kind}`];
}

describe('what is written for Converse', () => {
  it.each([
    'us.anthropic.claude-sonnet-4-5-20250929-v1:0',
    'us.anthropic.claude-opus-4-7',
    'us.amazon.nova-2-lite-v1:0',
    'openai.gpt-oss-120b-1:0',
    'mistral.mistral-large-2407-v1:0',
    'us.meta.llama3-3-70b-instruct-v1:0',
  ])('fits the schema of its SDK, for %s', (model) => {
    let fitting = 0;
    fc.assert(
      fc.property(conversations(everything), (request) => {
        const written = orRefused(() => writeConverse(request, { model, images: new Map() }));
        if (written === null) return;
        fitting++;
        expect(misfits(ConverseRequest$, written.body, 'body')).toEqual([]);
      }),
      { numRuns: 150 },
    );
    expect(fitting).toBeGreaterThan(20);
  });

  it('would be found out by this test', () => {
    const message = { role: 'user', content: [{ text: 'hi' }] };
    expect(misfits(ConverseRequest$, { modelId: 'm', messages: [message] }, 'body')).toEqual([]);
    for (const wrong of [
      { modelId: 'm', messages: [{ ...message, name: 'x' }] },
      { modelId: 'm', messages: [{ role: 'user', content: [{ text: 'hi', image: {} }] }] },
      { modelId: 'm', messages: [{ role: 'user', content: [{ text: 1 }] }] },
      { modelId: 'm', inferenceConfig: { topK: 1 } },
      { messages: [message] },
    ])
      expect(misfits(ConverseRequest$, wrong, 'body')).not.toEqual([]);
  });
});

/** The names that Google publishes; null: anything, as the caller gave it. */
interface Published {
  [field: string]: Published | null;
}

const medium: Published = {
  inlineData: { mimeType: null, data: null, displayName: null },
  fileData: { mimeType: null, fileUri: null, displayName: null },
};
const part: Published = {
  ...medium,
  text: null,
  thought: null,
  thoughtSignature: null,
  functionCall: { name: null, args: null, id: null },
  functionResponse: { name: null, response: null, id: null, parts: medium },
};
/**
 * https://cloud.google.com/vertex-ai/generative-ai/docs/model-reference/inference, and the types of Google's SDK
 * (https://googleapis.github.io/js-genai/release_docs/interfaces/types.GenerateContentConfig.html).
 */
const generateContent: Published = {
  contents: { role: null, parts: part },
  systemInstruction: { role: null, parts: { text: null } },
  cachedContent: null,
  labels: null,
  safetySettings: { category: null, threshold: null },
  tools: { functionDeclarations: { name: null, description: null, parametersJsonSchema: null } },
  toolConfig: { functionCallingConfig: { mode: null, allowedFunctionNames: null } },
  generationConfig: {
    ...{ temperature: null, topP: null, topK: null, candidateCount: null, maxOutputTokens: null, stopSequences: null },
    ...{ presencePenalty: null, frequencyPenalty: null, seed: null, responseMimeType: null, responseJsonSchema: null },
    ...{ responseLogprobs: null, logprobs: null },
    thinkingConfig: { includeThoughts: null, thinkingBudget: null, thinkingLevel: null },
  },
};

function unpublished(known: Published, value: unknown, at: string): string[] {
  if (Array.isArray(value)) return value.flatMap((each, i) => unpublished(known, each, `${at}.${i}`));
  if (typeof value !== 'object' || value === null) return [`${at} is no object`];
  return Object.entries(value).flatMap(([name, inner]) => {
    const field = Object.hasOwn(known, name) ? known[name] : undefined;
    if (field === undefined) return [`${at}.${name}`];
    return field === null ? [] : unpublished(field, inner, `${at}.${name}`);
  });
}

describe('what is written for Gemini', () => {
  it.each(['gemini-2.0-flash', 'gemini-2.5-pro', 'gemini-3-flash', 'gemini-3-pro-preview'])(
    'has published fields alone, and one content in each part, for %s',
    (model) => {
      fc.assert(
        fc.property(conversations({ ...everything, maker: 'google' }), (request) => {
          const written = orRefused(() => gemini.writeRequest(request, traitsOf(model)));
          if (written === null) return;
          const body = JSON.parse(JSON.stringify(written.body));
          expect(unpublished(generateContent, body, 'body')).toEqual([]);
          for (const { parts } of body.contents as { parts: object[] }[])
            for (const each of parts)
              expect(Object.keys(each).filter((name) => !['thought', 'thoughtSignature'].includes(name))).toHaveLength(
                1,
              );
        }),
        { numRuns: 150 },
      );
    },
  );
});
