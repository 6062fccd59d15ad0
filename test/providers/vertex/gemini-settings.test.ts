import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../../functions/core/json.ts';
import { toGemini } from '../../../functions/providers/vertex/to-gemini.ts';

const weather = {
  type: 'function',
  function: {
    name: 'get_weather',
    description: 'The weather',
    parameters: { type: 'object', properties: { city: { type: 'string' } } },
  },
};

function translate(body: JsonObject, model = 'gemini-2.5-flash') {
  return toGemini({ messages: [{ role: 'user', content: 'hi' }], ...body }, model);
}

describe('tools', () => {
  it('are declared with their JSON Schema, const as an enum of one, also below', () => {
    const parameters = {
      $schema: 'x',
      type: 'object',
      properties: { const: { const: 'a' }, deep: { anyOf: [{ items: { const: 2 } }, { const: true }] } },
      $defs: { T: { const: 'b' } },
      additionalProperties: false,
    };
    const { body } = translate({
      tools: [
        { type: 'function', function: { name: 'f', description: '', parameters } },
        { type: 'function', function: { name: 'g' } },
      ],
    });
    expect(body.tools).toEqual([
      {
        functionDeclarations: [
          {
            name: 'f',
            parametersJsonSchema: {
              type: 'object',
              properties: { const: { enum: ['a'] }, deep: { anyOf: [{ items: { enum: [2] } }, { const: true }] } },
              $defs: { T: { enum: ['b'] } },
              additionalProperties: false,
            },
          },
          { name: 'g' },
        ],
      },
    ]);
    expect(body.toolConfig).toBeUndefined();
  });

  it.each<[string, unknown, unknown]>([
    ['auto', 'auto', { mode: 'AUTO' }],
    ['none', 'none', { mode: 'NONE' }],
    ['required', 'required', { mode: 'ANY' }],
    [
      'by name',
      { type: 'function', function: { name: 'get_weather' } },
      { mode: 'ANY', allowedFunctionNames: ['get_weather'] },
    ],
  ])('choice %s', (_name, choice, config) => {
    expect(translate({ tools: [weather], tool_choice: choice }).body.toolConfig).toEqual({
      functionCallingConfig: config,
    });
  });

  it('an allowed selection is what the model sees', () => {
    const allowed = {
      type: 'allowed_tools',
      allowed_tools: { mode: 'required', tools: [{ type: 'function', function: { name: 'get_weather' } }] },
    };
    const other = { type: 'function', function: { name: 'other' } };
    const { body } = translate({ tools: [other, weather], tool_choice: allowed });
    expect(JSON.stringify(body.tools)).not.toContain('other');
    expect(body.toolConfig).toEqual({ functionCallingConfig: { mode: 'ANY' } });
  });

  it('that are strict have their arguments validated', () => {
    const strict = { type: 'function', function: { name: 'f', strict: true } };
    expect(translate({ tools: [strict] }).body.toolConfig).toEqual({ functionCallingConfig: { mode: 'VALIDATED' } });
    expect(translate({ tools: [strict], tool_choice: 'none' }).body.toolConfig).toEqual({
      functionCallingConfig: { mode: 'NONE' },
    });
  });

  it('a choice without tools is nothing', () => {
    expect(translate({ tools: [], tool_choice: 'auto' }).body).toEqual(translate({}).body);
  });
});

describe('settings', () => {
  it('take their names of Gemini', () => {
    const settings = {
      temperature: 1.5,
      top_p: 0.9,
      top_k: 3,
      max_completion_tokens: 77,
      max_tokens: 5,
      stop: 'END',
      seed: 5,
      presence_penalty: 0.25,
      frequency_penalty: 0.5,
      n: 2,
      logprobs: true,
      top_logprobs: 4,
    };
    expect(translate(settings)).toMatchObject({
      droppedParams: [],
      body: {
        generationConfig: {
          temperature: 1.5,
          topP: 0.9,
          topK: 3,
          maxOutputTokens: 77,
          stopSequences: ['END'],
          seed: 5,
          presencePenalty: 0.25,
          frequencyPenalty: 0.5,
          candidateCount: 2,
          responseLogprobs: true,
          logprobs: 4,
        },
      },
    });
  });

  it('that are null, or say what happens anyway, are nothing', () => {
    expect(
      translate({
        temperature: null,
        stop: null,
        n: 1,
        store: false,
        parallel_tool_calls: true,
        reasoning_effort: null,
        response_format: { type: 'text' },
        modalities: ['text'],
        user: null,
      }),
    ).toEqual(translate({}));
  });

  it('that Gemini has not are dropped and named in order', () => {
    expect(
      translate({ user: 'u', logit_bias: { 1: 1 }, parallel_tool_calls: false, metadata: {} }).droppedParams,
    ).toEqual(['logit_bias', 'metadata', 'parallel_tool_calls', 'user']);
  });

  it('an answer in JSON is asked for with and without a schema', () => {
    expect(translate({ response_format: { type: 'json_object' } }).body.generationConfig).toEqual({
      responseMimeType: 'application/json',
    });
    const schema = { type: 'object', properties: { a: { const: 'x' } } };
    expect(
      translate({ response_format: { type: 'json_schema', json_schema: { name: 'n', schema } } }).body.generationConfig,
    ).toEqual({
      responseMimeType: 'application/json',
      responseJsonSchema: { type: 'object', properties: { a: { enum: ['x'] } } },
    });
  });

  it.each<[string, string, object | null]>([
    ['gemini-2.5-flash', 'none', { thinkingBudget: 0 }],
    ['gemini-2.5-flash', 'low', { thinkingBudget: 1024, includeThoughts: true }],
    ['gemini-2.5-flash', 'medium', { thinkingBudget: 8192, includeThoughts: true }],
    ['gemini-2.5-flash-lite', 'high', { thinkingBudget: 24_576, includeThoughts: true }],
    ['gemini-2.5-pro', 'none', { thinkingBudget: 128 }],
    ['gemini-3-flash-preview', 'none', { thinkingLevel: 'minimal' }],
    ['gemini-3-flash-preview', 'medium', { thinkingLevel: 'medium', includeThoughts: true }],
    ['gemini-3-pro-preview', 'minimal', { thinkingLevel: 'low', includeThoughts: true }],
    ['gemini-3-pro-preview', 'medium', { thinkingLevel: 'high', includeThoughts: true }],
    ['gemini-3.1-pro-preview', 'medium', { thinkingLevel: 'medium', includeThoughts: true }],
    ['gemini-flash-latest', 'max', { thinkingLevel: 'high', includeThoughts: true }],
    ['gemini-2.0-flash', 'high', null],
    ['something-else', 'high', null],
    ['gemini-2.5-flash', 'extreme', null],
  ])('reasoning effort of %s: %s', (model, effort, thinking) => {
    const { body, droppedParams } = translate({ reasoning_effort: effort }, model);
    expect(body.generationConfig).toEqual(thinking ? { thinkingConfig: thinking } : undefined);
    expect(droppedParams).toEqual(thinking ? [] : ['reasoning_effort']);
  });
});
