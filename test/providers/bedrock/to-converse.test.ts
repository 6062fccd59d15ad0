import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../../functions/core/json.ts';
import { remoteImages, toConverse } from '../../../functions/providers/bedrock/to-converse.ts';

const claude = 'us.anthropic.claude-sonnet-4-20250514-v1:0';
const nova = 'amazon.nova-lite-v1:0';
const pixel = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg==';
const weather = {
  type: 'function',
  function: {
    name: 'get_weather',
    description: 'The weather',
    parameters: { type: 'object', properties: { city: { type: 'string' } } },
  },
};
const answerFormat = {
  type: 'json_schema',
  json_schema: {
    name: 'city',
    schema: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] },
  },
};
const hello = [{ role: 'user', content: 'hello' }];

function translate(body: JsonObject, model = claude) {
  const result = toConverse({ messages: hello, ...body }, model, new Map());
  if ('refusal' in result) throw new Error(`refused: ${result.refusal.param} ${result.refusal.message}`);
  return result;
}

function refusedParam(body: JsonObject, model = claude): string | null | undefined {
  const result = toConverse({ messages: hello, ...body }, model, new Map());
  if (!('refusal' in result)) return undefined;
  expect(result.refusal).toMatchObject({ kind: 'bad_request', local: true });
  return result.refusal.param;
}

function toolLoop(args = '{"city":"Paris"}', result = '21') {
  const call = (id: string) => ({ id, type: 'function', function: { name: 'get_weather', arguments: args } });
  return [
    { role: 'user', content: 'weather?' },
    { role: 'assistant', content: null, tool_calls: [call('call_1'), call('call_2')] },
    { role: 'tool', tool_call_id: 'call_1', content: result },
    { role: 'tool', tool_call_id: 'call_2', content: result },
    { role: 'user', content: 'and tomorrow?' },
  ];
}

describe('messages', () => {
  it('hoist system and developer texts, whole or in parts', () => {
    const { input } = translate({
      messages: [
        { role: 'system', content: 'be brief' },
        { role: 'developer', content: [{ type: 'text', text: 'be kind' }] },
        ...hello,
      ],
    });
    expect(input.system).toEqual([{ text: 'be brief' }, { text: 'be kind' }]);
    expect(input.messages).toEqual([{ role: 'user', content: [{ text: 'hello' }] }]);
  });

  it('alternate, begin with the user, and hold no blank text', () => {
    const { input } = translate({
      messages: [
        { role: 'assistant', content: 'hi' },
        { role: 'user', content: 'one' },
        { role: 'user', content: ' ' },
        { role: 'assistant', content: '' },
        { role: 'user', content: 'two' },
        { role: 'assistant', content: 'so: ' },
      ],
    });
    expect(input.messages).toEqual([
      { role: 'user', content: [{ text: '(no message)' }] },
      { role: 'assistant', content: [{ text: 'hi' }] },
      { role: 'user', content: [{ text: 'one' }, { text: 'two' }] },
      { role: 'assistant', content: [{ text: 'so:' }] },
    ]);
  });

  it('keep a refusal of an earlier turn as its text', () => {
    const { input } = translate({
      messages: [...hello, { role: 'assistant', content: null, refusal: 'I cannot.' }, ...hello],
    });
    expect(input.messages).toMatchObject([
      { role: 'user' },
      { role: 'assistant', content: [{ text: 'I cannot.' }] },
      { role: 'user' },
    ]);
  });

  it('put the results of parallel calls into one turn, before other text', () => {
    const { input } = translate({ messages: toolLoop(), tools: [weather] });
    const use = (toolUseId: string) => ({ toolUse: { toolUseId, name: 'get_weather', input: { city: 'Paris' } } });
    const result = (toolUseId: string) => ({ toolResult: { toolUseId, content: [{ text: '21' }] } });
    expect(input.messages?.slice(1)).toEqual([
      { role: 'assistant', content: [use('call_1'), use('call_2')] },
      { role: 'user', content: [result('call_1'), result('call_2'), { text: 'and tomorrow?' }] },
    ]);
  });

  it.each(['', '  ', '{"cut":', '[1]', 'null'])('send {} for the arguments %j of a replayed call', (args) => {
    const { input } = translate({ messages: toolLoop(args), tools: [weather] });
    expect(input.messages?.[1]?.content?.[0]?.toolUse?.input).toEqual({});
  });

  it('never send an empty tool result', () => {
    for (const result of ['', ' '])
      expect(
        translate({ messages: toolLoop('{}', result), tools: [weather] }).input.messages?.[2]?.content?.[0]?.toolResult
          ?.content,
      ).toEqual([{ text: '(no output)' }]);
  });

  it('tell a tool history as text when no tools are offered', () => {
    for (const offered of [{}, { tools: [weather], tool_choice: 'none' }]) {
      const { input } = translate({ messages: toolLoop(), ...offered });
      expect(input.toolConfig).toBeUndefined();
      expect(JSON.stringify(input.messages)).not.toMatch(/toolUse|toolResult/);
      expect(JSON.stringify(input.messages)).toMatch(/get_weather.*Paris.*21/);
    }
  });

  it('replace ids that a family refuses, call and result alike', () => {
    const { input } = translate({ messages: toolLoop(), tools: [weather] }, 'mistral.mistral-large-2407-v1:0');
    const used = input.messages?.[1]?.content?.map((block) => block.toolUse?.toolUseId);
    const answered = input.messages?.[2]?.content?.slice(0, 2).map((block) => block.toolResult?.toolUseId);
    expect(used).toEqual(answered);
    expect(new Set(used).size).toBe(2);
    for (const id of used ?? []) expect(id).toMatch(/^[A-Za-z0-9]{9}$/);
  });

  it('keep the bytes of an image and go by them, not by their label', () => {
    const { input } = translate({
      messages: [
        {
          role: 'user',
          content: [{ type: 'image_url', image_url: { url: `data:image/jpeg;base64,${pixel}`, detail: 'low' } }],
        },
      ],
    });
    expect(input.messages?.[0]?.content).toEqual([
      { image: { format: 'png', source: { bytes: Buffer.from(pixel, 'base64') } } },
    ]);
  });

  it('take fetched images, and say which ones to fetch', () => {
    const url = 'https://pictures.example/a.png';
    const body = {
      messages: [
        {
          role: 'user',
          content: [
            { type: 'text', text: 'look' },
            { type: 'image_url', image_url: { url } },
          ],
        },
      ],
    };
    expect([...remoteImages(body)]).toEqual([[url, 'messages.0.content.1.image_url']]);
    const result = toConverse(body, claude, new Map([[url, Buffer.from(pixel, 'base64')]]));
    expect('input' in result && result.input.messages?.[0]?.content?.[1]?.image?.format).toBe('png');
  });

  it('name tens of thousands of documents, each once, in the time of a request', () => {
    const part = (filename: string) => ({
      type: 'file',
      file: { filename, file_data: `data:application/pdf;base64,${pixel}` },
    });
    const files = ['a (3).pdf', 'a (2).pdf', ...Array<string>(40_000).fill('a.pdf'), 'a (2).pdf'];
    const named = new Set(
      translate({ messages: [{ role: 'user', content: files.map(part) }] }).input.messages?.[0]?.content?.map(
        (block) => block.document?.name,
      ),
    );
    named.delete(undefined);
    expect(named.size).toBe(files.length);
  });

  it('give documents harmless names, each once, and a text beside them', () => {
    const file = {
      type: 'file',
      file: { filename: 'Q3: "results"  (final).pdf', file_data: `data:application/pdf;base64,${pixel}` },
    };
    const { input } = translate({ messages: [{ role: 'user', content: [file, file] }] });
    const [first, second, text] = input.messages?.[0]?.content ?? [];
    expect([first?.document?.name, second?.document?.name]).toEqual([
      'Q3- -results- (final)',
      'Q3- -results- (final) (2)',
    ]);
    expect(first?.document?.format).toBe('pdf');
    expect(text?.text).toBeDefined();
  });

  it('replay signed reasoning byte for byte, before the text, and no other', () => {
    const reasoning_details = [
      { type: 'reasoning.text', text: ' a plan ', signature: 'c2ln', format: 'anthropic-claude-v1', index: 0 },
      { type: 'reasoning.encrypted', data: 'AAEC', format: 'anthropic-claude-v1', index: 1 },
      { type: 'reasoning.text', text: 'unsigned', index: 2 },
      { type: 'reasoning.text', text: 'foreign', signature: 'x', format: 'google-gemini-v1', index: 3 },
    ];
    const messages = [
      ...hello,
      { role: 'assistant', content: 'a', reasoning_content: 'my secret plan', reasoning_details },
      { role: 'user', content: 'b' },
    ];
    expect(translate({ messages }).input.messages?.[1]?.content).toEqual([
      { reasoningContent: { reasoningText: { text: ' a plan ', signature: 'c2ln' } } },
      { reasoningContent: { redactedContent: Buffer.from([0, 1, 2]) } },
      { text: 'a' },
    ]);
    expect(translate({ messages }, 'openai.gpt-oss-120b-1:0').input.messages?.[1]?.content).toEqual([{ text: 'a' }]);
  });

  it('turn cache_control into cache points where the family takes them', () => {
    const body = {
      messages: [
        { role: 'system', content: [{ type: 'text', text: 'long', cache_control: { type: 'ephemeral', ttl: '1h' } }] },
        ...hello,
      ],
      tools: [{ ...weather, cache_control: { type: 'ephemeral' } }],
    };
    expect(translate(body).input.system).toEqual([{ text: 'long' }, { cachePoint: { type: 'default', ttl: '1h' } }]);
    expect(translate(body).input.toolConfig?.tools?.[1]).toEqual({ cachePoint: { type: 'default' } });
    expect(translate(body, nova).input.toolConfig?.tools).toHaveLength(1);
    expect(translate(body, 'meta.llama3-70b').input.system).toEqual([{ text: 'long' }]);
  });
});

describe('tools and structured output', () => {
  it.each([
    ['auto', { auto: {} }],
    ['required', { any: {} }],
    [{ type: 'function', function: { name: 'get_weather' } }, { tool: { name: 'get_weather' } }],
    [undefined, undefined],
  ])('tool_choice %j', (tool_choice, expected) => {
    expect(translate({ tools: [weather], tool_choice }).input.toolConfig?.toolChoice).toEqual(expected);
  });

  it('offers only allowed tools', () => {
    const other = { type: 'function', function: { name: 'other' } };
    const tool_choice = {
      type: 'allowed_tools',
      allowed_tools: { mode: 'required', tools: [{ type: 'function', function: { name: 'other' } }] },
    };
    const { toolConfig } = translate({ tools: [weather, other], tool_choice }).input;
    expect(toolConfig).toEqual({
      tools: [{ toolSpec: { name: 'other', inputSchema: { json: { type: 'object', properties: {} } } } }],
      toolChoice: { any: {} },
    });
  });

  it('passes strict on only where the model knows it', () => {
    const strict = { type: 'function', function: { ...weather.function, strict: true } };
    expect(
      translate({ tools: [strict] }, 'us.anthropic.claude-sonnet-4-5-20250929-v1:0').input.toolConfig?.tools?.[0]
        ?.toolSpec?.strict,
    ).toBe(true);
    expect(translate({ tools: [strict] }, nova).input.toolConfig?.tools?.[0]?.toolSpec).not.toHaveProperty('strict');
  });

  it('asks models that can for the schema itself, closed', () => {
    const { input, jsonTool } = translate(
      { response_format: answerFormat },
      'us.anthropic.claude-sonnet-4-5-20250929-v1:0',
    );
    expect(jsonTool).toBeNull();
    expect(JSON.parse(input.outputConfig?.textFormat?.structure?.jsonSchema?.schema ?? '')).toEqual({
      ...answerFormat.json_schema.schema,
      additionalProperties: false,
    });
  });

  it('forces a tool on the others, beside the caller’s own', () => {
    const alone = translate({ response_format: answerFormat });
    expect(alone.jsonTool).toBe('json');
    expect(alone.input.toolConfig?.toolChoice).toEqual({ tool: { name: 'json' } });
    const beside = translate({ response_format: answerFormat, tools: [weather] });
    expect(beside.input.toolConfig?.tools).toHaveLength(2);
    expect(beside.input.toolConfig?.toolChoice).toEqual({ any: {} });
  });

  it('asks in words where nothing else works', () => {
    expect(
      translate({ response_format: answerFormat }, 'meta.llama3-1-70b-instruct-v1:0').input.system?.[0]?.text,
    ).toContain('"city"');
    expect(translate({ response_format: { type: 'json_object' } }).input.system?.[0]?.text).toMatch(/JSON object/);
  });

  it('stops Claude from calling tools in parallel, and says so where it cannot', () => {
    const body = { tools: [weather], parallel_tool_calls: false };
    expect(translate(body).input.additionalModelRequestFields).toEqual({
      tool_choice: { type: 'auto', disable_parallel_tool_use: true },
    });
    expect(translate(body, nova).droppedParams).toEqual(['parallel_tool_calls']);
  });
});

describe('parameters', () => {
  it('limits: max_completion_tokens before max_tokens, stop as text or list', () => {
    expect(translate({ max_tokens: 55, max_completion_tokens: 66, stop: 'END' }).input.inferenceConfig).toEqual({
      maxTokens: 66,
      stopSequences: ['END'],
    });
    expect(translate({ max_tokens: 55 }).input.inferenceConfig).toEqual({ maxTokens: 55 });
  });

  it.each([
    ['clamped to what Bedrock takes', nova, { temperature: 1.8, top_p: 0.5 }, { temperature: 1, topP: 0.5 }, []],
    ['one of both on Claude 4', claude, { temperature: 0.3, top_p: 0.5 }, { temperature: 0.3 }, ['top_p']],
    ['top_p alone on Claude 4', claude, { top_p: 0.5 }, { topP: 0.5 }, []],
    [
      'both on Claude 3',
      'anthropic.claude-3-haiku-20240307-v1:0',
      { temperature: 0.3, top_p: 0.5 },
      { temperature: 0.3, topP: 0.5 },
      [],
    ],
    [
      'none on the newest Claude',
      'us.anthropic.claude-sonnet-5',
      { temperature: 0.3, top_p: 0.5 },
      undefined,
      ['temperature', 'top_p'],
    ],
    [
      'no stop on the OpenAI models',
      'openai.gpt-oss-120b-1:0',
      { temperature: 0.3, stop: ['x'] },
      { temperature: 0.3 },
      ['stop'],
    ],
    ['no blank stop on Claude', claude, { stop: ['\n', 'END'] }, { stopSequences: ['END'] }, ['stop']],
  ])('sampling: %s', (_name, model, body, config, dropped) => {
    const result = translate(body, model);
    expect(result.input.inferenceConfig).toEqual(config);
    expect(result.droppedParams).toEqual(dropped);
  });

  it.each([
    [
      'us.anthropic.claude-sonnet-4-5-20250929-v1:0',
      'high',
      {},
      { thinking: { type: 'enabled', budget_tokens: 24_576 } },
    ],
    [
      'us.anthropic.claude-sonnet-4-5-20250929-v1:0',
      'high',
      { max_tokens: 4000 },
      { thinking: { type: 'enabled', budget_tokens: 3000 } },
    ],
    [
      'us.anthropic.claude-sonnet-4-6',
      'medium',
      {},
      { thinking: { type: 'adaptive' }, output_config: { effort: 'medium' } },
    ],
    ['us.amazon.nova-2-lite-v1:0', 'low', {}, { reasoningConfig: { type: 'enabled', maxReasoningEffort: 'low' } }],
    ['openai.gpt-oss-120b-1:0', 'minimal', {}, { reasoning_effort: 'low' }],
    ['qwen.qwen3-32b-v1:0', 'high', {}, { reasoning_config: 'high' }],
  ])('reasoning_effort on %s: %s %j', (model, reasoning_effort, more, fields) => {
    const result = translate({ reasoning_effort, ...more }, model);
    expect(result.input.additionalModelRequestFields).toEqual(fields);
    expect(result.droppedParams).toEqual([]);
  });

  it.each([
    ['a model that does not reason', nova, {}],
    ['a forced tool', claude, { tools: [weather], tool_choice: 'required' }],
    ['a limit too small to think in', claude, { max_tokens: 500 }],
    [
      'a budgeted tool loop that began without thinking',
      claude,
      { tools: [weather], messages: toolLoop().slice(0, 4) },
    ],
  ])('reasoning_effort is dropped for %s', (_name, model, body) => {
    const result = translate({ reasoning_effort: 'low', ...body }, model);
    expect(result.input.additionalModelRequestFields).toBeUndefined();
    expect(result.droppedParams).toEqual(['reasoning_effort']);
  });

  it('reasoning goes on in a tool loop where the model decides for itself', () => {
    expect(
      translate(
        { reasoning_effort: 'low', tools: [weather], messages: toolLoop().slice(0, 4) },
        'us.anthropic.claude-opus-4-7',
      ).droppedParams,
    ).toEqual([]);
  });

  it('sampling is dropped while Claude thinks, and at Nova’s highest effort', () => {
    expect(translate({ reasoning_effort: 'low', temperature: 0.2 }).droppedParams).toEqual(['temperature']);
    expect(
      translate({ reasoning_effort: 'high', temperature: 0.2 }, 'us.amazon.nova-2-lite-v1:0').droppedParams,
    ).toEqual(['temperature']);
    expect(
      translate({ reasoning_effort: 'medium', temperature: 0.2 }, 'us.amazon.nova-2-lite-v1:0').droppedParams,
    ).toEqual([]);
    expect(
      translate({ reasoning_effort: 'high', max_tokens: 500 }, 'us.amazon.nova-2-lite-v1:0').input
        .additionalModelRequestFields,
    ).toEqual({
      reasoningConfig: { type: 'enabled', maxReasoningEffort: 'medium' },
    });
  });

  it('maps the service tier, or names it', () => {
    expect(translate({ service_tier: 'flex' }).input.serviceTier).toEqual({ type: 'flex' });
    expect(translate({ service_tier: 'auto' })).toMatchObject({ droppedParams: [] });
    expect(translate({ service_tier: 'scale' }).droppedParams).toEqual(['service_tier']);
  });

  it('names what it drops, sorted, and nothing that says nothing', () => {
    expect(
      translate({
        seed: 7,
        presence_penalty: 0.5,
        logit_bias: { 1: 1 },
        frequency_penalty: 0,
        store: false,
        user: null,
      }).droppedParams,
    ).toEqual(['logit_bias', 'presence_penalty', 'seed']);
  });

  it.each([
    [{ n: 2 }, 'n'],
    [{ logprobs: true }, 'logprobs'],
    [{ top_logprobs: 3 }, 'top_logprobs'],
    [{ modalities: ['text', 'audio'] }, 'modalities'],
    [{ audio: { voice: 'alloy' } }, 'audio'],
    [{ functions: [] }, 'functions'],
    [{ messages: [] }, 'messages'],
    [{ messages: 'hi' }, 'messages'],
    [{ messages: [null] }, 'messages.0'],
    [{ messages: [{ role: 'function', content: 'x' }] }, 'messages.0.role'],
    [
      { messages: [{ role: 'user', content: [{ type: 'input_audio', input_audio: {} }] }] },
      'messages.0.content.0.type',
    ],
    [
      { messages: [{ role: 'user', content: [{ type: 'image_url', image_url: { url: 'ftp://x' } }] }] },
      'messages.0.content.0.image_url',
    ],
    [
      { messages: [{ role: 'user', content: [{ type: 'file', file: { file_id: 'file-1' } }] }] },
      'messages.0.content.0.file',
    ],
    [{ tools: [{ type: 'web_search' }] }, 'tools.0'],
    [{ tools: [weather], tool_choice: 'sometimes' }, 'tool_choice'],
    [{ response_format: { type: 'grammar' } }, 'response_format'],
    [{ reasoning_effort: 'extreme' }, 'reasoning_effort'],
    [{ temperature: 'hot' }, 'temperature'],
    [{ stop: [1] }, 'stop'],
  ])('%j is refused at %s', (body, param) => {
    expect(refusedParam(body)).toBe(param);
  });

  it('never throws, whatever the body holds', () => {
    const message = fc.record(
      {
        role: fc.constantFrom('user', 'assistant', 'tool', 'system', 'x'),
        content: fc.anything(),
        tool_calls: fc.anything(),
        tool_call_id: fc.anything(),
      },
      { requiredKeys: [] },
    );
    const body = fc.record(
      {
        messages: fc.oneof(fc.array(message), fc.anything()),
        tools: fc.anything(),
        tool_choice: fc.anything(),
        response_format: fc.anything(),
        stop: fc.anything(),
        max_tokens: fc.anything(),
        service_tier: fc.anything(),
      },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(body, (input) => void toConverse(input, claude, new Map())),
      { numRuns: 300 },
    );
  });
});
