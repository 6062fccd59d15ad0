import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { Refusal } from '../../../functions/core/chat/refusal.ts';
import type { JsonObject } from '../../../functions/core/json.ts';
import { readRequest } from '../../../functions/dialects/openai-chat/request/read-request.ts';

const user = { role: 'user', content: 'ping' };
const weather = { type: 'function', function: { name: 'weather', parameters: { type: 'object' } } };
const read = (body: JsonObject) => readRequest({ model: 'm', messages: [user], ...body });
const readTurns = (...messages: unknown[]) => readRequest({ model: 'm', messages }).turns;
const readPart = (part: JsonObject) => readTurns({ role: 'user', content: [part] })[0]?.blocks[0];

describe('messages', () => {
  test.each<[string, JsonObject, object]>([
    ['a text', user, { role: 'user', blocks: [{ type: 'text', text: 'ping', at: 'messages.0.content' }] }],
    ['nothing', { role: 'user', content: null }, { role: 'user', blocks: [] }],
    [
      'system texts',
      { role: 'system', content: [{ type: 'text', text: 'a' }] },
      { role: 'system', blocks: [{ type: 'text', text: 'a' }] },
    ],
    ['a developer’s text', { role: 'developer', content: 'a' }, { role: 'system', blocks: [{ text: 'a' }] }],
    [
      'a result',
      { role: 'tool', tool_call_id: 'call_1', name: 'f', content: '7' },
      {
        role: 'user',
        blocks: [{ type: 'tool_result', callId: 'call_1', name: 'f', blocks: [{ type: 'text', text: '7' }] }],
      },
    ],
    [
      'a refusal beside no content',
      { role: 'assistant', content: null, refusal: 'No.' },
      { role: 'assistant', blocks: [{ type: 'refusal', text: 'No.' }] },
    ],
    [
      'a refusal beside content',
      { role: 'assistant', content: 'a', refusal: 'No.' },
      { blocks: [{ type: 'text', text: 'a' }] },
    ],
    [
      'a refusal among the parts',
      { role: 'assistant', content: [{ type: 'refusal', refusal: 'No.' }] },
      { blocks: [{ type: 'refusal', text: 'No.' }] },
    ],
    [
      'a mark on the whole message',
      {
        role: 'user',
        content: [
          { type: 'text', text: 'a' },
          { type: 'text', text: 'b' },
        ],
        cache_control: { type: 'ephemeral', ttl: '1h' },
      },
      { blocks: [{ text: 'a' }, { text: 'b', cache: { ttl: '1h' } }] },
    ],
    [
      'a mark on a result, and in it',
      { role: 'tool', tool_call_id: 'x', content: [{ type: 'text', text: 'a', cache_control: {} }], cache_control: {} },
      { blocks: [{ type: 'tool_result', cache: { ttl: null }, blocks: [{ text: 'a', cache: { ttl: null } }] }] },
    ],
  ])('hold %s', (_, message, expected) => {
    expect(readTurns(message)).toMatchObject([expected]);
  });

  it('keep the order in which a model wants its turn back: thoughts, texts, calls', () => {
    const [turn] = readTurns({
      role: 'assistant',
      content: 'Hello',
      tool_calls: [
        {
          id: 'a',
          type: 'function',
          function: { name: 'f', arguments: '{"a": 1.0}' },
          extra_content: { google: { thought_signature: 'c2ln' } },
        },
        { id: 'b', type: 'custom', custom: { name: 'g', input: 'free' } },
      ],
      reasoning_details: [
        { type: 'reasoning.text', text: 'Hm', signature: 'c2ln', format: 'anthropic-claude-v1', index: 0 },
        { type: 'reasoning.text', text: 'unsigned' },
        { type: 'reasoning.encrypted', data: 'eA==', format: 'bedrock-amazon', index: 1 },
      ],
    });
    expect(turn?.blocks.map(({ at: _at, ...rest }) => rest)).toEqual([
      { type: 'reasoning', text: 'Hm', signature: { format: 'anthropic', value: 'c2ln' } },
      { type: 'reasoning', text: '', encrypted: { format: 'amazon', value: 'eA==' } },
      { type: 'text', text: 'Hello' },
      {
        type: 'tool_call',
        id: 'a',
        name: 'f',
        input: '{"a": 1.0}',
        kind: 'function',
        signature: { format: 'google', value: 'c2ln' },
      },
      { type: 'tool_call', id: 'b', name: 'g', input: 'free', kind: 'custom' },
    ]);
  });

  test.each<[string, unknown, string]>([
    ['text of an object', '{"a":12345678901234567890}', '{"a":12345678901234567890}'],
    ['an object', { a: 1 }, '{"a":1}'],
    ['nothing', '', '{}'],
    ['half an object', '{"a":', '{}'],
    ['a list', '[1]', '{}'],
    ['null', null, '{}'],
  ])('have calls whose arguments are %s', (_, given, input) => {
    const [turn] = readTurns({
      role: 'assistant',
      tool_calls: [{ id: 'a', function: { name: 'f', arguments: given } }],
    });
    expect(turn?.blocks).toMatchObject([{ type: 'tool_call', input }]);
  });

  test.each<[string, JsonObject[], object[]]>([
    [
      'without a format are Claude’s',
      [{ type: 'reasoning.text', text: 'a', signature: 's' }],
      [{ signature: { format: 'anthropic' } }],
    ],
    [
      'of an unknown maker stay',
      [{ type: 'reasoning.encrypted', data: 'x', format: 'xai-responses-v1' }],
      [{ encrypted: { format: 'other' } }],
    ],
    [
      'that sum up a hidden thought belong to it',
      [
        { type: 'reasoning.summary', summary: 'a', id: 'rs_1', format: 'openai-responses-v1' },
        { type: 'reasoning.summary', summary: 'b', id: 'rs_1', format: 'openai-responses-v1' },
        { type: 'reasoning.encrypted', data: 'x', id: 'rs_1', format: 'openai-responses-v1' },
      ],
      [{ text: 'a\n\nb', id: 'rs_1', encrypted: { format: 'openai', value: 'x' } }],
    ],
    ['that only sum up are nobody’s', [{ type: 'reasoning.summary', summary: 'a' }], []],
    ['of no known form are left', [{ type: 'x' }, { type: 'reasoning.text', text: 'a', signature: '' }], []],
  ])('with thoughts %s', (_, details, expected) => {
    expect(readTurns({ role: 'assistant', reasoning_details: details })[0]?.blocks).toMatchObject(expected);
  });

  const google = { format: 'google', value: 'c2ln' };
  test.each<[string, JsonObject]>([
    // https://ai.google.dev/gemini-api/docs/thought-signatures
    ['Google’s own field', { id: 'a', extra_content: { google: { thought_signature: 'c2ln' } } }],
    // https://github.com/8monkey-ai/hebo-gateway/issues/226
    ['the name of its cloud', { id: 'a', extra_content: { vertex: { thought_signature: 'c2ln' } } }],
    // https://docs.litellm.ai/docs/providers/gemini#thought-signatures
    ['the provider’s fields of the call', { id: 'a', provider_specific_fields: { thought_signature: 'c2ln' } }],
    [
      'the provider’s fields of the function',
      { id: 'a', function: { name: 'f', provider_specific_fields: { thought_signature: 'c2ln' } } },
    ],
    // https://github.com/BerriAI/litellm/pull/16895
    ['the id', { id: 'a__thought__c2ln' }],
  ])('take the signature of a call from %s, and leave the id to the call', (_, call) => {
    const turns = readTurns(
      { role: 'assistant', tool_calls: [{ function: { name: 'f' }, ...call }] },
      { role: 'tool', tool_call_id: call.id, content: 'x' },
    );
    expect(turns.map(({ blocks }) => blocks)).toMatchObject([
      [{ type: 'tool_call', id: 'a', signature: google }],
      [{ type: 'tool_result', callId: 'a' }],
    ]);
  });

  // https://github.com/BerriAI/litellm/issues/18570
  it('take the signature of a text from the provider’s fields of the message', () => {
    const [turn] = readTurns({
      role: 'assistant',
      content: 'Hello',
      provider_specific_fields: { thought_signatures: ['c2ln'] },
    });
    expect(turn?.blocks).toMatchObject([{ type: 'text', signature: google }]);
  });

  // https://docs.litellm.ai/docs/reasoning_content
  test.each(['thinking_blocks', 'provider_specific_fields'])('take Claude’s own blocks back from %s', (field) => {
    const blocks = [
      { type: 'thinking', thinking: 'Hm', signature: 'c2ln' },
      { type: 'thinking', thinking: 'unsigned' },
      { type: 'thinking', thinking: '{"text":"Gemini’s"}', signature: 'c2ln' },
      { type: 'redacted_thinking', data: 'eA==' },
      7,
    ];
    const message = { role: 'assistant', content: 'Hello' };
    const held = field === 'thinking_blocks' ? { thinking_blocks: blocks } : { [field]: { thinking_blocks: blocks } };
    expect(readTurns({ ...message, ...held })[0]?.blocks.map(({ at: _at, ...rest }) => rest)).toEqual([
      { type: 'reasoning', text: 'Hm', signature: { format: 'anthropic', value: 'c2ln' } },
      { type: 'reasoning', text: '', encrypted: { format: 'anthropic', value: 'eA==' } },
      { type: 'text', text: 'Hello' },
    ]);
    const details = [{ type: 'reasoning.text', text: 'Once', signature: 's' }];
    expect(readTurns({ ...message, ...held, reasoning_details: details })[0]?.blocks).toMatchObject([
      { type: 'reasoning', text: 'Once' },
      { type: 'text' },
    ]);
  });

  it('give a call the signature that a client kept as a thought of the call’s name', () => {
    const [turn] = readTurns({
      role: 'assistant',
      tool_calls: [{ id: 'a', function: { name: 'f' } }],
      reasoning_details: [{ type: 'reasoning.encrypted', data: 'c2ln', id: 'a', format: 'google-gemini-v1' }],
    });
    expect(turn?.blocks).toMatchObject([{ type: 'tool_call', signature: { format: 'google', value: 'c2ln' } }]);
  });

  it('give the last text Google’s signature of it', () => {
    const [turn] = readTurns({
      role: 'assistant',
      content: 'a',
      extra_content: { google: { thought_signature: 's' } },
    });
    expect(turn?.blocks).toMatchObject([{ type: 'text', signature: { format: 'google', value: 's' } }]);
  });
});

describe('parts', () => {
  test.each<[string, JsonObject, object]>([
    [
      'an image inside',
      { type: 'image_url', image_url: { url: 'data:image/PNG;base64,AAAA', detail: 'low' } },
      {
        type: 'image',
        source: { type: 'base64', mediaType: 'image/png', data: 'AAAA' },
        detail: 'low',
        at: 'messages.0.content.0.image_url',
      },
    ],
    [
      'an image elsewhere',
      { type: 'image_url', image_url: 'https://x/a.png' },
      { type: 'image', source: { type: 'url', url: 'https://x/a.png' } },
    ],
    ['bytes in percents', { type: 'image_url', image_url: 'data:image/svg,%41' }, { source: { data: 'QQ==' } }],
    [
      'a video',
      { type: 'video_url', video_url: { url: 'gs://b/a.mp4' } },
      { type: 'video', source: { type: 'url', url: 'gs://b/a.mp4' } },
    ],
    [
      'speech',
      { type: 'input_audio', input_audio: { data: 'AAAA', format: 'wav' } },
      { type: 'audio', source: { mediaType: '', data: 'AAAA' }, format: 'wav' },
    ],
    [
      'a file inside',
      { type: 'file', file: { filename: 'a.pdf', file_data: 'data:application/pdf;base64,AAAA' }, cache_control: {} },
      {
        type: 'document',
        name: 'a.pdf',
        source: { mediaType: 'application/pdf', data: 'AAAA' },
        at: 'messages.0.content.0.file',
        cache: { ttl: null },
      },
    ],
    [
      'a file of bare base64',
      { type: 'file', file: { file_data: 'AAAA' } },
      { source: { type: 'base64', mediaType: '', data: 'AAAA' } },
    ],
    [
      'a plain text',
      { type: 'file', file: { file_data: 'data:text/plain;base64,R3LDvMOfZQ==' } },
      { source: { type: 'text', text: 'Grüße' } },
    ],
    [
      'a file without a type but with a name',
      { type: 'file', file: { filename: 'a.md', file_data: 'data:;base64,AAAA' } },
      { source: { type: 'base64', mediaType: '' } },
    ],
    [
      'a file elsewhere',
      { type: 'file', file: { file_data: 'https://x/a.pdf' } },
      { source: { type: 'url', url: 'https://x/a.pdf' } },
    ],
    [
      'a file in a bucket',
      { type: 'file', file: { file_id: 'gs://b/a.pdf' } },
      { source: { type: 'url', url: 'gs://b/a.pdf' } },
    ],
    ['a stored file', { type: 'file', file: { file_id: 'file-1' } }, { source: { type: 'stored', id: 'file-1' } }],
  ])('hold %s', (_, part, expected) => {
    expect(readPart(part)).toMatchObject(expected);
  });
});

describe('settings', () => {
  test.each<[string, JsonObject, object]>([
    [
      'the newer limit',
      { max_completion_tokens: 5, max_tokens: 9 },
      { maxTokens: 5, names: { maxTokens: 'max_completion_tokens' } },
    ],
    ['the older limit', { max_tokens: 9 }, { maxTokens: 9, names: { maxTokens: 'max_tokens' } }],
    [
      'sampling',
      { temperature: 0, top_p: 0.5, top_k: 3, seed: 7 },
      { temperature: 0, topP: 0.5, topK: 3, seed: 7, names: { topK: 'top_k' } },
    ],
    ['a stop', { stop: 'x' }, { stop: ['x'], names: { stop: 'stop' } }],
    ['stops', { stop: ['x', ''] }, { stop: ['x', ''] }],
    ['answers', { n: 3 }, { choices: 3, names: { choices: 'n' } }],
    [
      'log probabilities',
      { logprobs: true, top_logprobs: 2 },
      { logprobs: { top: 2 }, names: { logprobs: 'logprobs' } },
    ],
    [
      'log probabilities by their number alone',
      { top_logprobs: 2 },
      { logprobs: { top: 2 }, names: { logprobs: 'top_logprobs' } },
    ],
    ['penalties', { presence_penalty: 1, frequency_penalty: -1 }, { presencePenalty: 1, frequencyPenalty: -1 }],
    ['a user', { user: 'u', safety_identifier: 's' }, { userId: 'u', names: { userId: 'user' } }],
    ['a tier', { service_tier: 'flex' }, { serviceTier: 'flex', names: { serviceTier: 'service_tier' } }],
    [
      'one call at a time',
      { parallel_tool_calls: false },
      { parallelToolCalls: false, names: { parallelToolCalls: 'parallel_tool_calls' } },
    ],
    ['verbosity', { verbosity: 'low' }, { verbosity: 'low' }],
    [
      'what has no place',
      { logit_bias: { 5: 1 }, min_p: 0.1, metadata: { a: 'b' } },
      { extra: { logit_bias: { 5: 1 }, min_p: 0.1, metadata: { a: 'b' } } },
    ],
    [
      'an effort',
      { reasoning_effort: 'low' },
      {
        reasoning: { effort: 'low', budget: null, adaptive: false, summary: null },
        names: { reasoning: 'reasoning_effort' },
      },
    ],
    [
      'OpenRouter’s effort',
      { reasoning: { effort: 'high', exclude: true } },
      { reasoning: { effort: 'high', summary: 'omitted' }, names: { reasoning: 'reasoning' } },
    ],
    ['OpenRouter’s budget', { reasoning: { max_tokens: 2000 } }, { reasoning: { effort: null, budget: 2000 } }],
    ['OpenRouter’s no', { reasoning: { enabled: false } }, { reasoning: { effort: 'none' } }],
    ['OpenRouter’s nothing', { reasoning: {} }, { reasoning: null }],
    [
      'Claude’s budget',
      { thinking: { type: 'enabled', budget_tokens: 2000 } },
      { reasoning: { budget: 2000 }, names: { reasoning: 'thinking' } },
    ],
    ['Claude’s own will', { thinking: { type: 'adaptive' } }, { reasoning: { adaptive: true, effort: null } }],
    ['Claude’s no', { thinking: { type: 'disabled' } }, { reasoning: { effort: 'none' } }],
    [
      'any JSON',
      { response_format: { type: 'json_object' } },
      { format: { type: 'json' }, names: { format: 'response_format' } },
    ],
    [
      'a schema',
      { response_format: { type: 'json_schema', json_schema: { name: 'n', schema: { a: 1 }, strict: true } } },
      { format: { type: 'schema', name: 'n', description: null, schema: { a: 1 }, strict: true } },
    ],
    [
      'a schema without one',
      { response_format: { type: 'json_schema', json_schema: { name: 'n' } } },
      { format: { type: 'json' } },
    ],
  ])('take %s', (_, body, expected) => {
    expect(read(body)).toMatchObject(expected);
  });

  it('that say what would happen anyway count as not sent', () => {
    const spelled = {
      ...{
        n: 1,
        logprobs: false,
        top_logprobs: 0,
        presence_penalty: 0,
        frequency_penalty: 0,
        parallel_tool_calls: true,
      },
      ...{
        store: false,
        logit_bias: {},
        service_tier: 'auto',
        response_format: { type: 'text' },
        modalities: ['text'],
      },
      ...{ stream: true, stream_options: {}, stop: [], tools: [], temperature: null, anything: null },
    };
    expect(read(spelled)).toEqual(read({}));
    expect(read({}).names).toEqual({});
  });

  it('name nobody’s setting for a name that is for abuse detection alone', () => {
    expect(read({ safety_identifier: 's' })).toMatchObject({ userId: 's', names: {}, extra: {} });
  });

  test.each<[string, JsonObject, object]>([
    [
      'a function',
      { ...weather, cache_control: { ttl: '1h' } },
      {
        type: 'function',
        name: 'weather',
        description: null,
        parameters: { type: 'object' },
        strict: null,
        cache: { ttl: '1h' },
        at: 'tools.0',
      },
    ],
    [
      'a mark inside',
      { type: 'function', function: { name: 'f', description: 'd', strict: true, cache_control: {} } },
      { description: 'd', strict: true, parameters: null, cache: { ttl: null } },
    ],
    [
      'a tool of free text',
      {
        type: 'custom',
        custom: { name: 'f', format: { type: 'grammar', grammar: { syntax: 'lark', definition: 'start: /a/' } } },
      },
      { type: 'custom', name: 'f', format: { type: 'grammar', syntax: 'lark', definition: 'start: /a/' } },
    ],
  ])('take %s', (_, tool, expected) => {
    expect(read({ tools: [tool] }).tools).toMatchObject([expected]);
  });

  test.each<[unknown, object | null]>([
    [null, null],
    ['required', { type: 'required' }],
    [
      { type: 'function', function: { name: 'f' } },
      { type: 'tool', name: 'f' },
    ],
    [
      { type: 'custom', custom: { name: 'f' } },
      { type: 'tool', name: 'f' },
    ],
    [
      {
        type: 'allowed_tools',
        allowed_tools: {
          mode: 'required',
          tools: [{ type: 'function', function: { name: 'f' } }, { type: 'custom', custom: { name: 'g' } }, null],
        },
      },
      { type: 'allowed', mode: 'required', names: ['f', 'g'] },
    ],
  ])('take the choice %j', (choice, expected) => {
    expect(read({ tool_choice: choice }).toolChoice).toEqual(expected);
  });
});

describe('what makes no sense is refused by field', () => {
  test.each<[JsonObject, string]>([
    [{ messages: [] }, 'messages'],
    [{ messages: 'hi' }, 'messages'],
    [{ messages: [null] }, 'messages.0'],
    [{ messages: [{ content: 'x' }] }, 'messages.0.role'],
    [{ messages: [{ role: 'function', content: 'x' }] }, 'messages.0.role'],
    [{ messages: [{ role: 'user', content: 7 }] }, 'messages.0.content'],
    [{ messages: [{ role: 'user', content: [null] }] }, 'messages.0.content.0'],
    [{ messages: [{ role: 'user', content: [{ type: 'hologram' }] }] }, 'messages.0.content.0'],
    [{ messages: [{ role: 'user', content: [{ type: 'text' }] }] }, 'messages.0.content.0'],
    [{ messages: [{ role: 'user', content: [{ type: 'image_url' }] }] }, 'messages.0.content.0.image_url'],
    [{ messages: [{ role: 'user', content: [{ type: 'file', file: {} }] }] }, 'messages.0.content.0.file'],
    [
      { messages: [{ role: 'user', content: [{ type: 'input_audio', input_audio: {} }] }] },
      'messages.0.content.0.input_audio',
    ],
    [
      { messages: [{ role: 'system', content: [{ type: 'image_url', image_url: 'https://x' }] }] },
      'messages.0.content.0',
    ],
    [{ messages: [user, { role: 'tool', content: 'x' }] }, 'messages.1.tool_call_id'],
    [{ messages: [user, { role: 'assistant', tool_calls: {} }] }, 'messages.1.tool_calls'],
    [{ messages: [user, { role: 'assistant', tool_calls: [{ id: 'x' }] }] }, 'messages.1.tool_calls.0'],
    [{ messages: [user, { role: 'assistant', function_call: { name: 'x' } }] }, 'messages.1.function_call'],
    [{ functions: [] }, 'functions'],
    [{ function_call: 'auto' }, 'function_call'],
    [{ tools: {} }, 'tools'],
    [{ tools: [{ type: 'web_search' }] }, 'tools.0'],
    [{ tools: [{ type: 'custom' }] }, 'tools.0'],
    [{ tools: [{ type: 'function', function: {} }] }, 'tools.0.function.name'],
    [{ tools: [weather], tool_choice: 'maybe' }, 'tool_choice'],
    [{ response_format: { type: 'yaml' } }, 'response_format'],
    [{ response_format: 'json' }, 'response_format'],
    [{ stop: 7 }, 'stop'],
    [{ stop: [1] }, 'stop'],
    [{ modalities: ['text', 'audio'] }, 'modalities'],
    [{ audio: { voice: 'x' } }, 'audio'],
    [{ reasoning_effort: 7 }, 'reasoning_effort'],
    [{ reasoning_effort: 'extreme' }, 'reasoning_effort'],
    [{ reasoning: { effort: 'extreme' } }, 'reasoning.effort'],
    [{ temperature: 'hot' }, 'temperature'],
    [{ n: '2' }, 'n'],
    [{ max_tokens: '2' }, 'max_tokens'],
    [{ top_logprobs: 'x' }, 'top_logprobs'],
    [{ user: 7 }, 'user'],
  ])('%j at %s', (body, param) => {
    expect(() => read(body)).toThrow(expect.objectContaining({ param }));
  });

  it('and whatever comes, nothing but a refusal is thrown', () => {
    const field = fc.constantFrom(
      'messages',
      'tools',
      'tool_choice',
      'stop',
      'response_format',
      'reasoning',
      'thinking',
      'n',
      'modalities',
      'logprobs',
    );
    const message = fc.record(
      {
        role: fc.constantFrom('user', 'assistant', 'tool', 'system'),
        content: fc.jsonValue(),
        tool_calls: fc.jsonValue(),
        reasoning_details: fc.array(fc.jsonValue()),
      },
      { requiredKeys: ['role'] },
    );
    fc.assert(
      fc.property(fc.dictionary(field, fc.jsonValue()), fc.array(message), (body, messages) => {
        try {
          read(messages.length > 0 ? { ...body, messages } : body);
        } catch (error) {
          expect(error).toBeInstanceOf(Refusal);
        }
      }),
      { numRuns: 500 },
    );
  });
});
