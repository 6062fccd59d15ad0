import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import type { Block, ChatRequest, Turn } from '../../../../functions/core/chat/conversation.ts';
import { Refusal } from '../../../../functions/core/chat/refusal.ts';
import type { JsonObject } from '../../../../functions/core/json.ts';
import { readRequest } from '../../../../functions/dialects/openai-chat/request/read-request.ts';
import { openModelTraits } from '../../../../functions/dialects/openai-chat/upstream/traits.ts';
import { openaiChatUpstream } from '../../../../functions/dialects/openai-chat/upstream.ts';
import { traitsOf } from '../../../../functions/providers/openai/models.ts';
import { request } from '../samples.ts';

const ping: Turn = { role: 'user', blocks: [{ type: 'text', text: 'ping' }], at: 'messages.0' };
const gpt = traitsOf('gpt-4o');
const write = (change: Partial<ChatRequest>, traits = gpt) =>
  openaiChatUpstream.writeRequest({ ...request(), ...change }, traits);
const messages = (...turns: [Turn['role'], ...Block[]][]) =>
  write({ turns: turns.map(([role, ...blocks], i) => ({ role, blocks, at: `messages.${i}` })) }).body.messages;
const text = (value: string): Block => ({ type: 'text', text: value });
const call = (id: string): Block => ({ type: 'tool_call', id, name: 'f', input: '{"a":1}', kind: 'function' });
const result = (callId: string, ...blocks: Block[]): Block => ({ type: 'tool_result', callId, blocks });
const png: Block = { type: 'image', source: { type: 'base64', mediaType: 'image/png', data: 'AAAA' } };

describe('turns', () => {
  it('are messages in their order', () => {
    expect(
      messages(
        ['system', text('be brief')],
        ['user', text('a'), text('b')],
        ['assistant', text('c')],
        ['user', text('d')],
      ),
    ).toEqual([
      { role: 'system', content: 'be brief' },
      {
        role: 'user',
        content: [
          { type: 'text', text: 'a' },
          { type: 'text', text: 'b' },
        ],
      },
      { role: 'assistant', content: 'c' },
      { role: 'user', content: 'd' },
    ]);
  });

  it('of a tool loop have each result in a message of its own, right behind the calls', () => {
    expect(
      messages(
        ['user', text('go')],
        [
          'assistant',
          { type: 'reasoning', text: 'Hm', signature: { format: 'anthropic', value: 's' } },
          text('ok'),
          call('a'),
        ],
        ['assistant', call('b')],
        ['user', text('before'), result('a', text('1')), result('b', text('2'), text('3'))],
        ['system', text('note')],
        ['user', text('after')],
      ),
    ).toEqual([
      { role: 'user', content: 'go' },
      {
        role: 'assistant',
        content: 'ok',
        tool_calls: ['a', 'b'].map((id) => ({ id, type: 'function', function: { name: 'f', arguments: '{"a":1}' } })),
      },
      { role: 'tool', tool_call_id: 'a', content: '1' },
      { role: 'tool', tool_call_id: 'b', content: '2\n3' },
      { role: 'user', content: 'before' },
      { role: 'system', content: 'note' },
      { role: 'user', content: 'after' },
    ]);
  });

  it('with pictures in results show them in a message behind all results', () => {
    expect(
      messages(
        ['user', text('go')],
        ['assistant', call('a'), call('b')],
        ['user', result('a', text('seen'), png)],
        ['user', result('b', png), text('and now?')],
      ),
    ).toMatchObject([
      {},
      {},
      { role: 'tool', tool_call_id: 'a', content: 'seen' },
      { role: 'tool', tool_call_id: 'b', content: 'See the next message.' },
      {
        role: 'user',
        content: [
          { text: 'From the result of the tool call a:' },
          { type: 'image_url', image_url: { url: 'data:image/png;base64,AAAA' } },
          { text: 'From the result of the tool call b:' },
          { type: 'image_url' },
        ],
      },
      { role: 'user', content: 'and now?' },
    ]);
  });

  test.each<[string, Block, string]>([
    ['a failure', { ...result('a', text('no such file')), isError: true } as Block, 'The tool failed: no such file'],
    ['a failure without words', { ...result('a'), isError: true } as Block, 'The tool failed: it gave no reason.'],
    ['nothing', result('a'), ''],
    [
      'a text document',
      result('a', { type: 'document', name: 'a.txt', source: { type: 'text', text: 'x' } }),
      'a.txt:\nx',
    ],
  ])('tell %s of a tool in words', (_, block, content) => {
    expect(messages(['assistant', call('a')], ['user', block])).toMatchObject([{}, { role: 'tool', content }]);
  });

  it('keep calls and results together when their ids are longer than OpenAI takes', () => {
    const long = 'x'.repeat(60);
    const [said, told] = messages(['assistant', call(long)], ['user', result(long)]) as [JsonObject, JsonObject];
    const [{ id } = {}] = said.tool_calls as JsonObject[];
    expect(String(id)).toHaveLength(40);
    expect(told.tool_call_id).toBe(id);
  });

  it('of which nothing can be said are left out', () => {
    const opaque: Block = { type: 'opaque', dialect: 'anthropic-messages', value: { type: 'server_tool_use' } };
    expect(messages(['assistant', opaque, { type: 'reasoning', text: 'Hm' }], ['user', text('a')])).toEqual([
      { role: 'user', content: 'a' },
    ]);
  });

  test.each<[string, Block, JsonObject[]]>([
    [
      'a picture elsewhere',
      { type: 'image', source: { type: 'url', url: 'https://x/a' }, detail: 'low' },
      [{ type: 'image_url', image_url: { url: 'https://x/a', detail: 'low' } }],
    ],
    [
      'a PDF',
      {
        type: 'document',
        source: { type: 'base64', mediaType: 'application/pdf', data: 'AAAA' },
        name: 'a.pdf',
        context: 'Read it.',
      },
      [
        { type: 'text', text: 'Read it.' },
        { type: 'file', file: { filename: 'a.pdf', file_data: 'data:application/pdf;base64,AAAA' } },
      ],
    ],
    [
      'a PDF without a name',
      { type: 'document', source: { type: 'base64', mediaType: '', data: 'AAAA' } },
      [{ type: 'file', file: { filename: 'document.pdf', file_data: 'data:application/pdf;base64,AAAA' } }],
    ],
    [
      'speech',
      { type: 'audio', source: { type: 'base64', mediaType: 'audio/mpeg', data: 'AAAA' } },
      [{ type: 'input_audio', input_audio: { data: 'AAAA', format: 'mp3' } }],
    ],
  ])('hold %s', (_, block, content) => {
    expect(messages(['user', block])).toEqual([{ role: 'user', content }]);
  });

  test.each<[string, Block]>([
    ['a text document', { type: 'document', source: { type: 'text', text: 'x' }, name: 'a.md' }],
    [
      'a document of a text type',
      { type: 'document', source: { type: 'base64', mediaType: 'text/csv', data: 'eA==' }, name: 'a.md' },
    ],
  ])('tell %s as text', (_, block) => {
    expect(messages(['user', block])).toEqual([{ role: 'user', content: 'a.md:\nx' }]);
  });

  test.each<[string, Block]>([
    ['a video', { type: 'video', source: { type: 'url', url: 'https://x' }, at: 'here' }],
    ['a stored picture', { type: 'image', source: { type: 'stored', id: 'f' }, at: 'here' }],
    ['a picture in a bucket', { type: 'image', source: { type: 'url', url: 'gs://b/a' }, at: 'here' }],
    ['a document elsewhere', { type: 'document', source: { type: 'url', url: 'https://x' }, at: 'here' }],
    ['a stored document', { type: 'document', source: { type: 'stored', id: 'f' }, at: 'here' }],
  ])('with %s are refused where it stands', (_, block) => {
    expect(() => messages(['user', block])).toThrow(expect.objectContaining({ param: 'here' }));
  });

  it('without content are refused', () => {
    expect(() => messages(['user', text('')])).toThrow(Refusal);
  });
});

describe('tools', () => {
  const tool = {
    type: 'function' as const,
    name: 'f',
    description: null,
    parameters: { type: 'object' },
    strict: null,
  };

  it('are functions with an object of properties', () => {
    expect(write({ tools: [tool], toolChoice: { type: 'required' }, parallelToolCalls: false }).body).toMatchObject({
      tools: [{ type: 'function', function: { name: 'f', parameters: { type: 'object', properties: {} } } }],
      tool_choice: 'required',
      parallel_tool_calls: false,
    });
  });

  it('that none are offered have neither choice nor order', () => {
    expect(write({ toolChoice: { type: 'none' }, parallelToolCalls: false }).body).toEqual({
      messages: [{ role: 'user', content: 'ping' }],
    });
  });

  it('of another provider are left out and named', () => {
    const hosted = { type: 'hosted' as const, name: 'web_search', dialect: 'anthropic-messages' as const, value: {} };
    const written = write({
      tools: [hosted, tool],
      toolChoice: { type: 'tool', name: 'f' },
      names: { tools: 'tools' },
    });
    expect(written.dropped).toEqual(['tools']);
    expect(written.body).toMatchObject({ tool_choice: { type: 'function', function: { name: 'f' } } });
    expect(written.body.tools).toHaveLength(1);
  });
});

describe('settings', () => {
  test.each<[string, string, JsonObject, object, string[]]>([
    ['a limit', 'gpt-4o', { max_tokens: 7 }, { max_completion_tokens: 7 }, []],
    ['a limit above the model’s', 'gpt-4o', { max_tokens: 99_999 }, { max_completion_tokens: 16_384 }, []],
    ['sampling', 'gpt-4o', { temperature: 0.5, top_p: 0.1, seed: 3 }, { temperature: 0.5, top_p: 0.1, seed: 3 }, []],
    [
      'sampling, where the model thinks',
      'o3',
      { temperature: 0.5, top_p: 0.1, stop: 'x' },
      {},
      ['stop', 'temperature', 'top_p'],
    ],
    ['the only temperature that thinkers have', 'gpt-5', { temperature: 1 }, {}, []],
    ['sampling, where the model may think but does not', 'gpt-5.1', { temperature: 0.5 }, { temperature: 0.5 }, []],
    [
      'sampling, where it does',
      'gpt-5.1',
      { temperature: 0.5, reasoning_effort: 'low' },
      { reasoning_effort: 'low' },
      ['temperature'],
    ],
    ['four stops', 'gpt-4o', { stop: ['a', 'b', 'c', 'd'] }, { stop: ['a', 'b', 'c', 'd'] }, []],
    ['more stops', 'gpt-4o', { stop: ['a', 'b', 'c', 'd', 'e'] }, { stop: ['a', 'b', 'c', 'd'] }, ['stop']],
    ['a stop that is empty', 'gpt-4o', { stop: ['', 'a'] }, { stop: ['a'] }, ['stop']],
    ['what OpenAI has not', 'gpt-4o', { top_k: 3, anything: 1 }, {}, ['anything', 'top_k']],
    [
      'what OpenAI has',
      'gpt-5',
      { verbosity: 'low', service_tier: 'flex', prompt_cache_key: 'k', user: 'u' },
      { verbosity: 'low', service_tier: 'flex', prompt_cache_key: 'k', safety_identifier: 'u' },
      [],
    ],
    ['a tier of Anthropic', 'gpt-5', { service_tier: 'standard_only' }, { service_tier: 'default' }, []],
    ['a tier of nobody', 'gpt-5', { service_tier: 'gold' }, {}, ['service_tier']],
    ['verbosity of a model without', 'gpt-4o', { verbosity: 'low' }, {}, ['verbosity']],
    [
      'a small budget',
      'gpt-5',
      { thinking: { type: 'enabled', budget_tokens: 1024 } },
      { reasoning_effort: 'low' },
      [],
    ],
    ['a budget', 'gpt-5', { thinking: { type: 'enabled', budget_tokens: 10_000 } }, { reasoning_effort: 'medium' }, []],
    [
      'a large budget',
      'o3',
      { thinking: { type: 'enabled', budget_tokens: 32_000 } },
      { reasoning_effort: 'high' },
      [],
    ],
    ['the model’s own will', 'gpt-5', { thinking: { type: 'adaptive' } }, {}, []],
    ['no thinking', 'gpt-5.1', { thinking: { type: 'disabled' } }, { reasoning_effort: 'none' }, []],
    ['no thinking of a model that must', 'o3', { thinking: { type: 'disabled' } }, { reasoning_effort: 'low' }, []],
    ['more than the model has', 'gpt-5', { reasoning_effort: 'max' }, { reasoning_effort: 'high' }, []],
    ['thinking of a model that cannot', 'gpt-4o', { reasoning_effort: 'high' }, {}, ['reasoning_effort']],
    [
      'log probabilities',
      'gpt-4o',
      { logprobs: true, top_logprobs: 2, n: 2 },
      { logprobs: true, top_logprobs: 2, n: 2 },
      [],
    ],
    [
      'any JSON',
      'gpt-4o',
      { response_format: { type: 'json_object' } },
      { response_format: { type: 'json_object' } },
      [],
    ],
    [
      'a schema',
      'gpt-4o',
      { response_format: { type: 'json_schema', json_schema: { name: 'my form!', schema: { a: 1 }, strict: true } } },
      { response_format: { type: 'json_schema', json_schema: { name: 'my_form_', schema: { a: 1 }, strict: true } } },
      [],
    ],
  ])('say %s to %s', (_, model, body, expected, dropped) => {
    const written = openaiChatUpstream.writeRequest(request(body), traitsOf(model));
    expect({ body: written.body, dropped: written.dropped }).toEqual({
      body: { messages: [{ role: 'user', content: 'ping' }], ...expected },
      dropped,
    });
  });

  test.each<[string, JsonObject, object, string[]]>([
    ['gpt-5', { reasoning_effort: 'low' }, { reasoning_effort: 'low' }, []],
    ['gpt-5.4', { reasoning_effort: 'low' }, {}, ['reasoning_effort']],
    ['gpt-5.4', {}, {}, []],
    [
      'gpt-5.6-terra',
      { thinking: { type: 'enabled', budget_tokens: 2000 } },
      { reasoning_effort: 'none' },
      ['thinking'],
    ],
    ['gpt-5.6-terra', {}, { reasoning_effort: 'none' }, []],
  ])('say beside tools to %s of %j', (model, body, expected, dropped) => {
    const tools = [{ type: 'function', function: { name: 'f' } }];
    const { body: written, dropped: named } = openaiChatUpstream.writeRequest(
      request({ ...body, tools }),
      traitsOf(model),
    );
    const { messages: _messages, tools: _tools, ...settings } = written;
    expect({ settings, named }).toEqual({ settings: expected, named: dropped });
  });

  it('name a user that is longer than OpenAI takes by a hash, always the same', () => {
    const names = ['u'.repeat(150), 'u'.repeat(150), 'v'.repeat(150)].map(
      (user) => openaiChatUpstream.writeRequest(request({ user }), gpt).body.safety_identifier,
    );
    expect(names[0]).toHaveLength(64);
    expect(names[1]).toBe(names[0]);
    expect(names[2]).not.toBe(names[0]);
  });

  it('for open models are those that all servers know', () => {
    const body = { max_tokens: 7, temperature: 1, user: 'u', service_tier: 'flex', reasoning_effort: 'low', seed: 1 };
    const written = openaiChatUpstream.writeRequest(request(body), openModelTraits);
    expect(written.body).toEqual({
      messages: [{ role: 'user', content: 'ping' }],
      max_tokens: 7,
      temperature: 1,
      seed: 1,
    });
    expect(written.dropped).toEqual(['reasoning_effort', 'service_tier', 'user']);
    expect(openaiChatUpstream.writeRequest(request({ safety_identifier: 'tag' }), openModelTraits).dropped).toEqual([]);
  });
});

describe('the bounds', () => {
  it('are those of the request that is sent', () => {
    const { bounds } = write({
      turns: [ping, { role: 'user', blocks: [png, text('é'.repeat(500))], at: '' }],
      maxTokens: 99_999,
    });
    expect(bounds).toMatchObject({ images: 1, maxOutputTokens: 16_384, choices: 1 });
    expect(bounds.textBytes).toBeGreaterThanOrEqual(1000);
    expect(bounds.textBytes).toBeLessThan(1300);
  });
});

describe('whatever chat is read', () => {
  it('is written again with the same words, calls and results in the same order', () => {
    const turn = fc.oneof(
      fc.record({ role: fc.constant('user'), content: fc.string({ minLength: 1 }) }),
      fc.record({ role: fc.constant('system'), content: fc.string({ minLength: 1 }) }),
    );
    const loop = fc.array(fc.string({ minLength: 1, maxLength: 5 }), { minLength: 1, maxLength: 3 }).map((outputs) => [
      {
        role: 'assistant',
        content: null,
        tool_calls: outputs.map((_, i) => ({
          id: `c${i}`,
          type: 'function',
          function: { name: 'f', arguments: '{}' },
        })),
      },
      ...outputs.map((content, i) => ({ role: 'tool', tool_call_id: `c${i}`, content })),
    ]);
    fc.assert(
      fc.property(
        fc.array(
          fc.oneof(
            turn.map((each) => [each]),
            loop,
          ),
          { minLength: 1, maxLength: 6 },
        ),
        (groups) => {
          const given = groups
            .flat()
            .filter((message, i, all) => message.role !== 'assistant' || all[i - 1]?.role !== 'assistant');
          const written = openaiChatUpstream.writeRequest(readRequest({ messages: given }), gpt);
          expect(written.body.messages).toEqual(given);
        },
      ),
      { numRuns: 200 },
    );
  });
});
