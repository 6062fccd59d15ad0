import { describe, expect, it } from 'vitest';
import type {
  AnswerFormat,
  Block,
  ChatRequest,
  Setting,
  Tool,
  Turn,
} from '../../../functions/core/chat/conversation.ts';
import { Refusal } from '../../../functions/core/chat/refusal.ts';
import type { JsonObject } from '../../../functions/core/json.ts';
import { type ClaudeHost, claudeModel } from '../../../functions/dialects/anthropic-messages/claude-models.ts';
import { anthropicMessagesUpstream } from '../../../functions/dialects/anthropic-messages/upstream.ts';
import { chatRequest } from '../chat-request.ts';

const modern = 'claude-sonnet-4-5@20250929';
const bare: ClaudeHost = { version: null, takesAddresses: false, takesUserId: false, structured: false };
const names: Partial<Record<Setting, string>> = {
  topP: 'top_p',
  topK: 'top_k',
  presencePenalty: 'presence_penalty',
  userId: 'user',
  reasoning: 'reasoning_effort',
  format: 'response_format',
  choices: 'n',
};

function write(more: Partial<ChatRequest>, model = modern, host: Partial<ClaudeHost> = {}) {
  const { bounds: _bounds, ...written } = anthropicMessagesUpstream.writeRequest(chatRequest({ names, ...more }), {
    ...claudeModel(model),
    ...bare,
    ...host,
  });
  return written;
}

function turn(role: Turn['role'], ...blocks: (Block | string)[]): Turn {
  return {
    role,
    at: 'messages.0',
    blocks: blocks.map((block) => (typeof block === 'string' ? { type: 'text', text: block } : block)),
  };
}

const user = turn('user', 'hi');
const weather: Tool = {
  type: 'function',
  name: 'get_weather',
  description: 'The weather',
  parameters: { properties: { city: { type: 'string' } } },
  strict: null,
};
const call = (id: string, input = '{}'): Block => ({
  type: 'tool_call',
  id,
  name: 'get_weather',
  input,
  kind: 'function',
});
const result = (callId: string, text: string): Block => ({
  type: 'tool_result',
  callId,
  blocks: [{ type: 'text', text }],
});
const schema = (more: JsonObject): AnswerFormat => ({
  type: 'schema',
  name: 'n',
  description: null,
  schema: more,
  strict: null,
});
const wish = { effort: null, budget: null, adaptive: false, summary: null };

describe('a request to Claude', () => {
  it('carries a limit always, and the version where the host wants it in the body', () => {
    expect(write({})).toEqual({
      dropped: [],
      body: { max_tokens: 16_384, messages: [{ role: 'user', content: [{ type: 'text', text: 'hi' }] }] },
    });
    expect(write({}, 'claude-3-haiku@20240307').body.max_tokens).toBe(4096);
    expect(write({}, 'claude-3-5-sonnet-v2@20241022').body.max_tokens).toBe(8192);
    expect(write({ maxTokens: 7 }).body.max_tokens).toBe(7);
    expect(write({}, modern, { version: 'vertex-2023-10-16' }).body.anthropic_version).toBe('vertex-2023-10-16');
  });

  it('says what it may cost', () => {
    const image: Block = { type: 'image', source: { type: 'base64', mediaType: 'image/png', data: 'AAAA' } };
    const request = chatRequest({ turns: [turn('user', image)], maxTokens: 9 });
    const { bounds, body } = anthropicMessagesUpstream.writeRequest(request, { ...claudeModel(modern), ...bare });
    expect(bounds).toMatchObject({ images: 1, maxOutputTokens: 9, textBytes: JSON.stringify(body).length - 4 });
  });

  it('hoists instructions, keeps marks for caching, and merges the results of one turn before other text', () => {
    const cache = { ttl: null };
    const mark = { cache_control: { type: 'ephemeral' } };
    const turns = [
      turn('system', { type: 'text', text: 'be brief', cache }),
      user,
      turn('assistant', 'wait', call('a', '{"city":"Rome"}'), call('b:2', '')),
      turn('user', result('a', '21')),
      turn('user', result('b:2', '')),
      turn('user', 'and?'),
      turn('assistant', 'It is \n'),
    ];
    const { body } = write({ turns, tools: [{ ...weather, cache }] });
    expect(body.system).toEqual([{ type: 'text', text: 'be brief', ...mark }]);
    expect(body.tools).toEqual([
      {
        name: 'get_weather',
        description: 'The weather',
        input_schema: { type: 'object', properties: { city: { type: 'string' } } },
        ...mark,
      },
    ]);
    expect(body.messages).toEqual([
      { role: 'user', content: [{ type: 'text', text: 'hi' }] },
      {
        role: 'assistant',
        content: [
          { type: 'text', text: 'wait' },
          { type: 'tool_use', id: 'a', name: 'get_weather', input: { city: 'Rome' } },
          { type: 'tool_use', id: 'b_2', name: 'get_weather', input: {} },
        ],
      },
      {
        role: 'user',
        content: [
          { type: 'tool_result', tool_use_id: 'a', content: [{ type: 'text', text: '21' }] },
          { type: 'tool_result', tool_use_id: 'b_2' },
          { type: 'text', text: 'and?' },
        ],
      },
      { role: 'assistant', content: [{ type: 'text', text: 'It is' }] },
    ]);
  });

  it('puts results before whatever else the turn holds, and says that a tool failed', () => {
    const failed: Block = { type: 'tool_result', callId: 'a', blocks: [], isError: true };
    const { body } = write({ turns: [user, turn('assistant', call('a')), turn('user', 'hm', failed)] });
    expect(body.messages).toMatchObject([
      {},
      {},
      {
        content: [
          { type: 'tool_result', is_error: true, content: [{ type: 'text', text: 'The tool failed.' }] },
          { type: 'text', text: 'hm' },
        ],
      },
    ]);
  });

  it('takes instructions for the question when there is no other', () => {
    expect(write({ turns: [turn('system', 'say hi')] }).body).toMatchObject({
      messages: [{ role: 'user', content: [{ text: 'say hi' }] }],
    });
    expect(write({ turns: [turn('system', 'say hi')] }).body).not.toHaveProperty('system');
  });

  const base64 = (mediaType: string, data = 'AAAA') => ({ type: 'base64' as const, mediaType, data });

  it.each<[string, Block, JsonObject]>([
    [
      'an image',
      { type: 'image', source: base64('image/webp'), cache: { ttl: '1h' } },
      {
        type: 'image',
        source: { type: 'base64', media_type: 'image/webp', data: 'AAAA' },
        cache_control: { type: 'ephemeral', ttl: '1h' },
      },
    ],
    [
      'an image of an unnamed type',
      { type: 'image', source: base64('', '/9j/4AAQ') },
      { type: 'image', source: { type: 'base64', media_type: 'image/jpeg', data: '/9j/4AAQ' } },
    ],
    [
      'a PDF',
      { type: 'document', source: base64('application/pdf'), name: 'a.pdf', context: 'c', citations: true },
      {
        type: 'document',
        title: 'a.pdf',
        context: 'c',
        citations: { enabled: true },
        source: { type: 'base64', media_type: 'application/pdf', data: 'AAAA' },
      },
    ],
    [
      'a document of an unnamed type',
      { type: 'document', source: base64('') },
      { type: 'document', source: { type: 'base64', media_type: 'application/pdf', data: 'AAAA' } },
    ],
    [
      'plain text',
      { type: 'document', source: base64('text/plain', 'aGk=') },
      { type: 'document', source: { type: 'text', media_type: 'text/plain', data: 'hi' } },
    ],
    [
      'a text that is a document',
      { type: 'document', source: { type: 'text', text: 'hi' } },
      { type: 'document', source: { type: 'text', media_type: 'text/plain', data: 'hi' } },
    ],
  ])('carries %s', (_name, block, written) => {
    expect(write({ turns: [turn('user', block)] }).body.messages).toEqual([{ role: 'user', content: [written] }]);
  });

  it('passes addresses on where the host fetches them, https alone', () => {
    const image = (url: string): Block => ({ type: 'image', source: { type: 'url', url } });
    expect(
      write({ turns: [turn('user', image('https://x/a.png'))] }, modern, { takesAddresses: true }).body,
    ).toMatchObject({
      messages: [{ content: [{ source: { type: 'url', url: 'https://x/a.png' } }] }],
    });
    expect(() => write({ turns: [turn('user', image('http://x/a.png'))] }, modern, { takesAddresses: true })).toThrow(
      Refusal,
    );
  });

  it.each<[string, Partial<ChatRequest>, unknown]>([
    ['nothing said', {}, undefined],
    ['auto', { toolChoice: { type: 'auto' } }, { type: 'auto' }],
    ['none', { toolChoice: { type: 'none' }, parallelToolCalls: false }, { type: 'none' }],
    ['required', { toolChoice: { type: 'required' } }, { type: 'any' }],
    [
      'by name, one at a time',
      { toolChoice: { type: 'tool', name: 'get_weather' }, parallelToolCalls: false },
      { type: 'tool', name: 'get_weather', disable_parallel_tool_use: true },
    ],
    ['one at a time', { parallelToolCalls: false }, { type: 'auto', disable_parallel_tool_use: true }],
  ])('chooses tools: %s', (_name, more, choice) => {
    expect(write({ tools: [weather], ...more }).body.tool_choice).toEqual(choice);
  });

  it("offers Anthropic's own tools as they came, and names those of others", () => {
    const value = { type: 'web_search_20250305', name: 'web_search' };
    const hosted = (dialect: 'anthropic-messages' | 'openai-responses'): Tool => ({
      type: 'hosted',
      name: 'web_search',
      dialect,
      value,
    });
    expect(write({ tools: [hosted('anthropic-messages')] })).toMatchObject({ dropped: [], body: { tools: [value] } });
    expect(write({ tools: [weather, hosted('openai-responses')] })).toMatchObject({
      dropped: ['tools'],
      body: { tools: [{ name: 'get_weather' }] },
    });
  });

  it('keeps a refusal of an earlier turn as its text, and drops blank texts', () => {
    const { body } = write({ turns: [user, turn('assistant', { type: 'refusal', text: 'I cannot.' }, ' '), user] });
    expect(body.messages).toEqual([
      { role: 'user', content: [{ type: 'text', text: 'hi' }] },
      { role: 'assistant', content: [{ type: 'text', text: 'I cannot.' }] },
      { role: 'user', content: [{ type: 'text', text: 'hi' }] },
    ]);
  });

  it('declares the tools of its history when none are offered', () => {
    expect(write({ turns: [user, turn('assistant', call('a')), turn('user', result('a', 'x'))] }).body).toMatchObject({
      tools: [{ name: 'get_weather', input_schema: { type: 'object' } }],
      tool_choice: { type: 'none' },
    });
  });

  it('asks for a structured answer by a forced tool, for any JSON in words', () => {
    const format = schema({ properties: { a: { type: 'string' } } });
    expect(write({ format })).toMatchObject({
      answerTool: 'json',
      body: {
        tools: [{ name: 'json', input_schema: { type: 'object', properties: { a: { type: 'string' } } } }],
        tool_choice: { type: 'tool', name: 'json' },
      },
    });
    expect(write({ format, tools: [weather] }).body.tool_choice).toEqual({ type: 'any' });
    expect(write({ format }, 'claude-opus-5-5')).toMatchObject({
      answerTool: 'json',
      body: { tool_choice: { type: 'auto' }, system: [{ text: expect.stringContaining('tool json') }] },
    });
    expect(JSON.stringify(write({ format: { type: 'json' } }).body.system)).toContain('one JSON object');
    expect(write({ format, tools: [weather], toolChoice: { type: 'required' } })).toMatchObject({
      dropped: ['response_format'],
      body: { tool_choice: { type: 'any' }, tools: [{ name: 'get_weather' }] },
    });
  });

  // https://platform.claude.com/docs/en/test-and-evaluate/strengthen-guardrails/increase-consistency,
  // https://github.com/langchain-ai/deepagents/issues/1585
  it('begins an object without a schema for the model where it goes on from there, and finds it in its words everywhere', () => {
    const json: AnswerFormat = { type: 'json' };
    expect(write({ format: json })).toMatchObject({
      json: { begun: '{' },
      body: { messages: [{}, { role: 'assistant', content: [{ type: 'text', text: '{' }] }] },
    });
    for (const written of [
      write({ format: json }, 'claude-opus-4-6'),
      write({ format: json, tools: [weather] }),
      write({ format: json, reasoning: { effort: 'high', budget: null, adaptive: false, summary: null } }),
    ]) {
      expect(written.json).toEqual({ begun: '' });
      expect(written.body.messages).toHaveLength(1);
    }
    expect(write({ format: json, turns: [user, turn('assistant', '{"a":')] }).json).toBeUndefined();
    expect(write({}).json).toBeUndefined();
  });

  it('asks for it in the field of the format where the host knows that, every object closed', () => {
    const format = schema({
      type: 'object',
      properties: { a: { type: 'array', items: { type: 'object', properties: {} } } },
    });
    const written = write({ format, reasoning: { ...wish, effort: 'low' } }, 'claude-opus-4-6', { structured: true });
    expect(written).not.toHaveProperty('answerTool');
    expect(written.body.output_config).toEqual({
      effort: 'low',
      format: {
        type: 'json_schema',
        schema: {
          type: 'object',
          properties: {
            a: { type: 'array', items: { type: 'object', properties: {}, additionalProperties: false } },
          },
          additionalProperties: false,
        },
      },
    });
  });

  it.each<[string, Partial<ChatRequest>, JsonObject, string[]]>([
    ['claude-3-5-haiku@20241022', { temperature: 1.5, topP: 0.5 }, { temperature: 1, top_p: 0.5 }, []],
    [modern, { temperature: 0.5, topP: 0.5 }, { temperature: 0.5 }, ['top_p']],
    [modern, { topP: 0.5, topK: 3, stop: ['END', ' '] }, { top_p: 0.5, top_k: 3, stop_sequences: ['END'] }, ['stop']],
    ['claude-opus-4-7', { temperature: 0.5, topK: 3 }, {}, ['temperature', 'top_k']],
    ['claude-opus-4@20250514', { temperature: 0.5 }, { temperature: 0.5 }, []],
    ['us.anthropic.claude-opus-4-20250514-v1:0', { temperature: 0.5 }, { temperature: 0.5 }, []],
    [modern, { seed: 0, userId: 'u', presencePenalty: 1 }, {}, ['presence_penalty', 'seed', 'user']],
    [modern, { presencePenalty: 0, serviceTier: 'auto', extra: { store: false } }, {}, []],
    [modern, { extra: { store: true, logit_bias: {} } }, {}, ['logit_bias', 'store']],
  ])('of %s with %j keeps to what it takes', (model, settings, sent, dropped) => {
    const written = write(settings, model);
    const { messages: _messages, max_tokens: _limit, ...rest } = written.body;
    expect(rest).toEqual(sent);
    expect(written.dropped).toEqual(dropped);
  });

  it('tells for whom it asks where the host takes that', () => {
    expect(write({ userId: 'u' }, modern, { takesUserId: true })).toMatchObject({
      dropped: [],
      body: { metadata: { user_id: 'u' } },
    });
  });

  it('thinks by budget or by effort, within its limit, and then without sampling', () => {
    const thinking = (more: Partial<typeof wish> | JsonObject, settings: Partial<ChatRequest> = {}, model = modern) =>
      write({ reasoning: { ...wish, ...more }, ...settings }, model);
    expect(thinking({ effort: 'medium' }, { temperature: 0.5 })).toMatchObject({
      dropped: ['temperature'],
      body: { max_tokens: 24_576, thinking: { type: 'enabled', budget_tokens: 8192 } },
    });
    expect(thinking({ effort: 'high' }, { maxTokens: 3000 }).body.thinking).toEqual({
      type: 'enabled',
      budget_tokens: 2999,
    });
    expect(thinking({ effort: 'high' }, { maxTokens: 500 })).toMatchObject({ dropped: ['reasoning_effort'] });
    expect(thinking({ budget: 5000 }).body).toMatchObject({
      max_tokens: 21_384,
      thinking: { type: 'enabled', budget_tokens: 5000 },
    });
    expect(thinking({ adaptive: true }).body.thinking).toEqual({ type: 'enabled', budget_tokens: 8192 });
    expect(thinking({ effort: 'high' }, {}, 'claude-opus-4-6').body).toMatchObject({
      max_tokens: 16_384,
      thinking: { type: 'adaptive' },
      output_config: { effort: 'high' },
    });
    expect(thinking({ budget: 20_000, summary: 'auto' }, {}, 'claude-opus-4-6').body).toMatchObject({
      thinking: { type: 'adaptive', display: 'summarized' },
      output_config: { effort: 'high' },
    });
    expect(thinking({ effort: 'xhigh' }, {}, 'claude-opus-4-6').body.output_config).toEqual({ effort: 'high' });
    expect(thinking({ effort: 'xhigh' }, {}, 'claude-opus-4-7').body.output_config).toEqual({ effort: 'xhigh' });
    expect(thinking({ adaptive: true }, {}, 'claude-opus-4-6').body).not.toHaveProperty('output_config');
    expect(thinking({ effort: 'high' }, {}, 'claude-3-haiku@20240307').dropped).toEqual(['reasoning_effort']);
    expect(thinking({ effort: 'none' })).toEqual(write({}));
    expect(thinking({ summary: 'auto' })).toEqual(write({}));
  });

  // https://platform.claude.com/docs/en/build-with-claude/adaptive-thinking
  it('shows the thoughts of the models that hide them, unless the caller says otherwise', () => {
    const thinking = (model: string, summary: string | null = null) =>
      write({ reasoning: { ...wish, effort: 'low', summary } }, model).body.thinking;
    expect(thinking('claude-opus-4-7')).toEqual({ type: 'adaptive', display: 'summarized' });
    expect(thinking('claude-opus-5-5', 'omitted')).toEqual({ type: 'adaptive', display: 'omitted' });
    expect(thinking('claude-opus-4-6')).toEqual({ type: 'adaptive' });
  });

  // https://platform.claude.com/docs/en/models/sonnet-5-5/whats-new-sonnet-5-5,
  // https://platform.claude.com/docs/en/models/opus-5-5/whats-new-opus-5-5
  it.each([
    ['claude-opus-4-7', undefined, undefined],
    ['claude-opus-5', { type: 'disabled' }, undefined],
    ['claude-sonnet-5-5', { type: 'between_tools' }, undefined],
    ['claude-opus-5-5', undefined, { effort: 'low' }],
    ['claude-fable-5-1', undefined, { effort: 'low' }],
  ])('is told not to think as %s understands it', (model, thinking, output) => {
    const { body, dropped } = write({ reasoning: { ...wish, effort: 'none' } }, model);
    expect([body.thinking, body.output_config, dropped]).toEqual([thinking, output, []]);
  });

  // https://github.com/langchain-ai/langchain-aws/pull/1141
  it('keeps the effort beside a forced call of a model that decides itself, and the thoughts where they go together', () => {
    const forced = (model: string) =>
      write({ reasoning: { ...wish, effort: 'high' }, tools: [weather], toolChoice: { type: 'required' } }, model);
    expect(forced('claude-opus-4-6')).toMatchObject({ dropped: [], body: { output_config: { effort: 'high' } } });
    expect(forced('claude-opus-4-6').body).not.toHaveProperty('thinking');
    expect(forced('claude-opus-5').body.thinking).toMatchObject({ type: 'adaptive' });
  });

  // https://docs.anthropic.com/en/api/messages: neighbours of one role become one turn.
  it('goes on from whatever turn the conversation begins with, without empty turns', () => {
    const turns = [
      turn('assistant', 'Welcome.'),
      user,
      turn('assistant', ' '),
      turn('user', 'there'),
      turn('user', '!'),
    ];
    expect(write({ turns }).body.messages).toEqual([
      { role: 'assistant', content: [{ type: 'text', text: 'Welcome.' }] },
      { role: 'user', content: ['hi', 'there', '!'].map((text) => ({ type: 'text', text })) },
    ]);
  });

  it('does not think where Anthropic would refuse it: a forced call, a turn whose thinking is lost', () => {
    const reasoning = { ...wish, effort: 'low' as const };
    expect(write({ reasoning, tools: [weather], toolChoice: { type: 'required' } }).dropped).toEqual([
      'reasoning_effort',
    ]);
    const loop = (...thoughts: Block[]): Partial<ChatRequest> => ({
      turns: [user, turn('assistant', ...thoughts, call('a')), turn('user', result('a', 'x'))],
      tools: [weather],
      reasoning,
    });
    expect(write(loop()).dropped).toEqual(['reasoning_effort']);
    // Adaptive thinking needs none: docs.anthropic.com/en/docs/build-with-claude/adaptive-thinking
    expect(write(loop(), 'claude-opus-4-6').dropped).toEqual([]);
    // The loop is over where the user speaks again: https://platform.claude.com/docs/en/build-with-claude/extended-thinking.
    const spokenAgain = [...(loop().turns ?? []), turn('assistant', 'It rains.'), turn('user', 'And tomorrow?')];
    expect(write({ ...loop(), turns: spokenAgain })).toMatchObject({ dropped: [], body: { thinking: {} } });
    const interrupted = [...(loop().turns ?? []).slice(0, 2), turn('user', result('a', 'x')), turn('user', 'Stop.')];
    expect(write({ ...loop(), turns: interrupted }).body.messages).toHaveLength(3);
    const kept = write(
      loop(
        { type: 'reasoning', text: 'hm', signature: { format: 'anthropic', value: 's==' } },
        { type: 'reasoning', text: '', encrypted: { format: 'anthropic', value: 'd' } },
        { type: 'reasoning', text: 'unsigned' },
        { type: 'reasoning', text: 'x', signature: { format: 'other', value: 's' } },
      ),
    );
    expect(kept.dropped).toEqual([]);
    expect(kept.body.messages).toMatchObject([
      {},
      {
        content: [
          { type: 'thinking', thinking: 'hm', signature: 's==' },
          { type: 'redacted_thinking', data: 'd' },
          { type: 'tool_use' },
        ],
      },
      {},
    ]);
    expect(kept.body.messages).toHaveProperty('1.content.length', 3);
  });

  it("keeps blocks of Anthropic's server tools, and drops those of other formats", () => {
    const opaque = (dialect: 'anthropic-messages' | 'gemini'): Block => ({
      type: 'opaque',
      dialect,
      value: { type: 'server_tool_use', id: dialect },
    });
    expect(
      write({ turns: [user, turn('assistant', opaque('anthropic-messages'), opaque('gemini')), user] }).body.messages,
    ).toMatchObject([{}, { content: [{ type: 'server_tool_use', id: 'anthropic-messages' }] }, {}]);
  });

  const at = 'messages.0.content.0';

  it.each<[string, Partial<ChatRequest>, string]>([
    ['several answers', { choices: 2 }, 'n'],
    ['log probabilities', { logprobs: { top: null } }, 'logprobs'],
    ['audio', { extra: { modalities: ['text', 'audio'] } }, 'modalities'],
    ['a voice', { extra: { audio: { voice: 'x' } } }, 'audio'],
    [
      'an image by address',
      { turns: [turn('user', { type: 'image', source: { type: 'url', url: 'https://x' }, at })] },
      at,
    ],
    ['a stored file', { turns: [turn('user', { type: 'document', source: { type: 'stored', id: 'f' }, at })] }, at],
    ['audio in a message', { turns: [turn('user', { type: 'audio', source: { type: 'text', text: '' }, at })] }, at],
    ['nothing to say', { turns: [turn('user', ' ')] }, 'messages'],
  ])('is refused for %s', (_name, more, param) => {
    expect(() => write(more)).toThrow(expect.objectContaining({ name: 'Error', param }));
  });
});
