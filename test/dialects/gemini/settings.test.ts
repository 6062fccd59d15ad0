import { describe, expect, it } from 'vitest';
import type {
  ChatRequest,
  FunctionTool,
  ReasoningWish,
  ToolChoice,
} from '../../../functions/core/chat/conversation.ts';
import { Refusal } from '../../../functions/core/chat/refusal.ts';
import { write } from './request-with.ts';

const tool = (name: string, changes: Partial<FunctionTool> = {}): FunctionTool => ({
  type: 'function',
  name,
  description: null,
  parameters: null,
  strict: null,
  ...changes,
});
const weather = tool('get_weather', { description: 'The weather' });
const wish = (changes: Partial<ReasoningWish>): ReasoningWish => ({
  effort: null,
  budget: null,
  adaptive: false,
  summary: null,
  ...changes,
});

describe('tools', () => {
  it('are declared with their JSON Schema, const as an enum of one, also below', () => {
    const parameters = {
      $schema: 'x',
      type: 'object',
      properties: { const: { const: 'a' }, deep: { anyOf: [{ items: { const: 2 } }, { const: true }] } },
      $defs: { T: { const: 'b' } },
      additionalProperties: false,
    };
    const { body } = write({ tools: [tool('f', { description: '', parameters }), tool('g')] });
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

  it.each<[string, ToolChoice, unknown]>([
    ['auto', { type: 'auto' }, { mode: 'AUTO' }],
    ['none', { type: 'none' }, { mode: 'NONE' }],
    ['required', { type: 'required' }, { mode: 'ANY' }],
    ['by name', { type: 'tool', name: 'get_weather' }, { mode: 'ANY', allowedFunctionNames: ['get_weather'] }],
  ])('choice %s', (_name, toolChoice, config) => {
    expect(write({ tools: [weather], toolChoice }).body.toolConfig).toEqual({ functionCallingConfig: config });
  });

  it('an allowed selection is what the model sees', () => {
    const { body } = write({
      tools: [tool('other'), weather],
      toolChoice: { type: 'allowed', mode: 'required', names: ['get_weather'] },
    });
    expect(JSON.stringify(body.tools)).not.toContain('other');
    expect(body.toolConfig).toEqual({ functionCallingConfig: { mode: 'ANY' } });
  });

  it('that are strict have their arguments validated', () => {
    const tools = [tool('f', { strict: true })];
    expect(write({ tools }).body.toolConfig).toEqual({ functionCallingConfig: { mode: 'VALIDATED' } });
    expect(write({ tools, toolChoice: { type: 'none' } }).body.toolConfig).toEqual({
      functionCallingConfig: { mode: 'NONE' },
    });
  });

  it('a choice without tools is nothing', () => {
    expect(write({ tools: [], toolChoice: { type: 'auto' } }).body).toEqual(write().body);
  });

  it('that their provider runs are left out and named', () => {
    const hosted = { type: 'hosted', name: 'web_search', dialect: 'anthropic-messages', value: {} } as const;
    expect(write({ tools: [hosted] })).toMatchObject({ dropped: ['tools'], body: write().body });
  });
});

describe('settings', () => {
  it('take their names of Gemini', () => {
    const { body, dropped } = write({
      temperature: 1.5,
      topP: 0.9,
      topK: 3,
      maxTokens: 77,
      stop: ['END'],
      seed: 5,
      presencePenalty: 0.25,
      frequencyPenalty: 0.5,
      choices: 2,
      logprobs: { top: 4 },
    });
    expect(dropped).toEqual([]);
    expect(body.generationConfig).toEqual({
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
    });
  });

  it('that say what happens anyway are nothing', () => {
    const anyway = {
      choices: 1,
      parallelToolCalls: true,
      serviceTier: 'auto',
      extra: { store: false, modalities: ['text'] },
    };
    expect(write(anyway)).toEqual(write());
  });

  it('that Gemini has not are dropped and named in order, as the caller called them', () => {
    const request: Partial<ChatRequest> = {
      userId: 'u',
      parallelToolCalls: false,
      serviceTier: 'priority',
      verbosity: 'low',
      extra: { logit_bias: { 1: 1 }, metadata: {}, constructor: 1 },
      names: { userId: 'metadata.user_id', verbosity: 'text.verbosity' },
    };
    expect(write(request).dropped).toEqual([
      'constructor',
      'logit_bias',
      'metadata',
      'metadata.user_id',
      'parallel_tool_calls',
      'service_tier',
      'text.verbosity',
    ]);
  });

  it('that Gemini knows by name go through', () => {
    const safetySettings = [{ category: 'HARM_CATEGORY_HARASSMENT', threshold: 'OFF' }];
    const { body, dropped } = write({ extra: { safety_settings: safetySettings, cached_content: 'cachedContents/1' } });
    expect(body).toMatchObject({ safetySettings, cachedContent: 'cachedContents/1' });
    expect(dropped).toEqual([]);
  });

  it.each([
    ['audio', { modalities: ['text', 'audio'] }, 'modalities'],
    ['a voice', { audio: { voice: 'x' } }, 'audio'],
  ])('that ask for %s are refused', (_name, extra, param) => {
    expect(() => write({ extra })).toThrow(expect.objectContaining({ param }));
    expect(() => write({ extra })).toThrow(Refusal);
  });

  it('an answer in JSON is asked for with and without a schema', () => {
    expect(write({ format: { type: 'json' } }).body.generationConfig).toEqual({ responseMimeType: 'application/json' });
    const schema = { type: 'object', properties: { a: { const: 'x' } } };
    const format = { type: 'schema', name: 'n', description: null, schema, strict: null } as const;
    expect(write({ format }).body.generationConfig).toEqual({
      responseMimeType: 'application/json',
      responseJsonSchema: { type: 'object', properties: { a: { enum: ['x'] } } },
    });
  });
});

describe('penalties', () => {
  it.each(['gemini-3-flash-preview', 'gemini-3.1-pro-preview', 'gemini-flash-latest'])(
    'are refused by %s: they are dropped and named',
    (model) => {
      const { body, dropped } = write({ presencePenalty: 0.5, frequencyPenalty: -1, temperature: 1 }, model);
      expect(body.generationConfig).toEqual({ temperature: 1 });
      expect(dropped).toEqual(['frequency_penalty', 'presence_penalty']);
    },
  );

  it('of 0 are dropped silently there, and sent to older models', () => {
    const none = { presencePenalty: 0, frequencyPenalty: 0 };
    expect(write(none, 'gemini-3-flash-preview')).toEqual(write({}, 'gemini-3-flash-preview'));
    expect(write(none, 'gemini-2.5-flash').body.generationConfig).toEqual(none);
  });
});

describe('thinking', () => {
  it.each<[string, Partial<ReasoningWish>, object | null]>([
    ['gemini-2.5-flash', { effort: 'none' }, { thinkingBudget: 0 }],
    ['gemini-2.5-flash', { effort: 'low' }, { thinkingBudget: 1024, includeThoughts: true }],
    ['gemini-2.5-flash', { effort: 'medium' }, { thinkingBudget: 8192, includeThoughts: true }],
    ['gemini-2.5-flash-lite', { effort: 'high' }, { thinkingBudget: 24_576, includeThoughts: true }],
    ['gemini-2.5-pro', { effort: 'none' }, { thinkingBudget: 128 }],
    // https://ai.google.dev/gemini-api/docs/thinking#set-budget: 512 to 24576, or 0.
    ['gemini-2.5-flash-lite', { budget: 100 }, { thinkingBudget: 512, includeThoughts: true }],
    ['gemini-2.5-flash-lite', { budget: 0 }, { thinkingBudget: 0 }],
    // https://github.com/simonw/llm-gemini/releases/tag/0.34
    ['gemini-3.8-flash', { effort: 'minimal' }, { thinkingLevel: 'low', includeThoughts: true }],
    ['gemini-3.8-flash', { effort: 'none' }, { thinkingLevel: 'low' }],
    ['gemini-3.6-flash', { effort: 'minimal' }, { thinkingLevel: 'minimal', includeThoughts: true }],
    ['gemini-3.5-flash-lite', { effort: 'none' }, { thinkingLevel: 'minimal' }],
    ['gemini-4-argon', { effort: 'minimal' }, { thinkingLevel: 'low', includeThoughts: true }],
    ['gemini-flash-latest', { effort: 'minimal' }, { thinkingLevel: 'low', includeThoughts: true }],
    ['gemini-2.5-flash', { budget: 5000 }, { thinkingBudget: 5000, includeThoughts: true }],
    ['gemini-2.5-flash', { budget: 100_000 }, { thinkingBudget: 24_576, includeThoughts: true }],
    ['gemini-2.5-pro', { budget: 1 }, { thinkingBudget: 128, includeThoughts: true }],
    ['gemini-2.5-pro', { budget: 100_000 }, { thinkingBudget: 32_768, includeThoughts: true }],
    ['gemini-2.5-flash', { adaptive: true }, { thinkingBudget: -1, includeThoughts: true }],
    ['gemini-2.5-flash', { effort: 'low', summary: 'omitted' }, { thinkingBudget: 1024 }],
    ['gemini-2.5-flash', { summary: 'auto' }, { includeThoughts: true }],
    ['gemini-3-flash-preview', { effort: 'none' }, { thinkingLevel: 'minimal' }],
    ['gemini-3-flash-preview', { effort: 'medium' }, { thinkingLevel: 'medium', includeThoughts: true }],
    ['gemini-3-pro-preview', { effort: 'minimal' }, { thinkingLevel: 'low', includeThoughts: true }],
    ['gemini-3-pro-preview', { effort: 'medium' }, { thinkingLevel: 'high', includeThoughts: true }],
    ['gemini-3.1-pro-preview', { effort: 'medium' }, { thinkingLevel: 'medium', includeThoughts: true }],
    ['gemini-flash-latest', { effort: 'max' }, { thinkingLevel: 'high', includeThoughts: true }],
    ['gemini-3-flash-preview', { budget: 1024 }, { thinkingLevel: 'low', includeThoughts: true }],
    ['gemini-3-flash-preview', { budget: 4096 }, { thinkingLevel: 'medium', includeThoughts: true }],
    ['gemini-3-flash-preview', { budget: 32_000 }, { thinkingLevel: 'high', includeThoughts: true }],
    ['gemini-3-flash-preview', { adaptive: true }, { includeThoughts: true }],
    ['gemini-2.0-flash', { effort: 'high' }, null],
    ['something-else', { effort: 'high' }, null],
  ])('of %s with %j', (model, changes, thinking) => {
    const { body, dropped } = write({ reasoning: wish(changes) }, model);
    expect(body.generationConfig).toEqual(thinking ? { thinkingConfig: thinking } : undefined);
    expect(dropped).toEqual(thinking ? [] : ['reasoning_effort']);
  });
});

describe('pictures', () => {
  const model = 'gemini-3.1-flash-image';

  // https://docs.cloud.google.com/vertex-ai/generative-ai/docs/multimodal/image-generation
  it.each<[object, object | undefined]>([
    [{}, { responseModalities: ['TEXT', 'IMAGE'] }],
    [{ modalities: ['image', 'text'] }, { responseModalities: ['TEXT', 'IMAGE'] }],
    [{ modalities: ['text'] }, undefined],
    [
      { image_config: { aspect_ratio: '16:9', image_size: '2K' } },
      { responseModalities: ['TEXT', 'IMAGE'], imageConfig: { aspectRatio: '16:9', imageSize: '2K' } },
    ],
  ])('are asked for with %j', (extra, config) => {
    const { body, dropped } = write({ extra: { ...extra } }, model);
    expect([body.generationConfig, dropped]).toEqual([config, []]);
  });

  it('are refused of models that make none', () => {
    expect(() => write({ extra: { modalities: ['image'] } })).toThrow('Only text answers');
    expect(() => write({ extra: { modalities: ['audio'] } }, model)).toThrow('Only text and images');
  });
});

describe("Google's own tools", () => {
  it.each<[object, object[]]>([
    [{ web_search_options: { search_context_size: 'low' } }, [{ googleSearch: {} }]],
    [{ google_search: {}, code_execution: {} }, [{ googleSearch: {} }, { codeExecution: {} }]],
    [{ url_context: {} }, [{ urlContext: {} }]],
  ])('are offered for %j', (extra, tools) => {
    const { body, dropped } = write({ extra: { ...extra } });
    expect([body.tools, dropped]).toEqual([tools, []]);
  });
});
