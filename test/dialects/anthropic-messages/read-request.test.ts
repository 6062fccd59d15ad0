import { describe, expect, it } from 'vitest';
import type { Block, ChatRequest } from '../../../functions/core/chat/conversation.ts';
import { Refusal } from '../../../functions/core/chat/refusal.ts';
import type { JsonObject } from '../../../functions/core/json.ts';
import { anthropicMessages as door } from '../../../functions/dialects/anthropic-messages/door.ts';
import { chatRequest } from '../chat-request.ts';

const user = { role: 'user', content: 'hi' };

function read(body: JsonObject): ChatRequest {
  return door.readRequest({ model: 'm', max_tokens: 9, messages: [user], ...body });
}

function blockOf(block: JsonObject): Block[] {
  return read({ messages: [{ role: 'user', content: [block] }] }).turns[0]?.blocks ?? [];
}

const at = 'messages.0.content.0';
const hour = { cache_control: { type: 'ephemeral', ttl: '1h' } };

describe('a Messages request', () => {
  it('is read with its settings, each under the name that the caller used', () => {
    expect(
      read({
        stream: true,
        temperature: 0.5,
        top_p: 0.4,
        top_k: 3,
        stop_sequences: ['END'],
        metadata: { user_id: 'u' },
        service_tier: 'standard_only',
        context_management: { edits: [] },
        container: null,
        mcp_servers: [{ name: 'x' }],
      }),
    ).toEqual(
      chatRequest({
        turns: [{ role: 'user', blocks: [{ type: 'text', text: 'hi', at: 'messages.0.content' }], at: 'messages.0' }],
        maxTokens: 9,
        temperature: 0.5,
        topP: 0.4,
        topK: 3,
        stop: ['END'],
        userId: 'u',
        serviceTier: 'default',
        extra: { context_management: { edits: [] }, mcp_servers: [{ name: 'x' }] },
        names: {
          maxTokens: 'max_tokens',
          temperature: 'temperature',
          topP: 'top_p',
          topK: 'top_k',
          stop: 'stop_sequences',
          userId: 'metadata',
          serviceTier: 'service_tier',
        },
      }),
    );
  });

  it('keeps instructions where they stood, with their marks for caching', () => {
    const { turns } = read({
      system: [{ type: 'text', text: 'be kind', cache_control: { type: 'ephemeral' } }],
      messages: [user, { role: 'system', content: 'and brief' }],
    });
    expect(turns).toMatchObject([
      { role: 'system', at: 'system', blocks: [{ text: 'be kind', at: 'system.0', cache: { ttl: null } }] },
      { role: 'user' },
      { role: 'system', at: 'messages.1', blocks: [{ text: 'and brief' }] },
    ]);
    expect(read({ system: 'be kind' }).turns[0]).toMatchObject({ role: 'system', blocks: [{ text: 'be kind' }] });
    expect(read({ system: '' }).turns).toHaveLength(1);
  });

  it.each<[string, JsonObject, JsonObject[]]>([
    [
      'a text with citations and a mark',
      { type: 'text', text: 'a', citations: [{ type: 'page_location' }], ...hour },
      [
        {
          type: 'text',
          text: 'a',
          citations: { format: 'anthropic', values: [{ type: 'page_location' }] },
          at,
          cache: { ttl: '1h' },
        },
      ],
    ],
    [
      'an image',
      { type: 'image', source: { type: 'base64', media_type: 'Image/PNG', data: 'AAAA' }, ...hour },
      [{ type: 'image', source: { type: 'base64', mediaType: 'image/png', data: 'AAAA' }, at, cache: { ttl: '1h' } }],
    ],
    [
      'an image by address',
      { type: 'image', source: { type: 'url', url: 'https://x/a.png' } },
      [{ type: 'image', source: { type: 'url', url: 'https://x/a.png' }, at }],
    ],
    [
      'an uploaded document',
      {
        type: 'document',
        source: { type: 'file', file_id: 'f' },
        title: 't',
        context: 'c',
        citations: { enabled: true },
      },
      [{ type: 'document', source: { type: 'stored', id: 'f' }, name: 't', context: 'c', citations: true, at }],
    ],
    [
      'a document of plain text',
      { type: 'document', source: { type: 'text', media_type: 'text/plain', data: 'hello' } },
      [{ type: 'document', source: { type: 'text', text: 'hello' }, at }],
    ],
    [
      'a document of blocks',
      {
        type: 'document',
        title: 't',
        source: {
          type: 'content',
          content: [
            { type: 'text', text: 'a' },
            { type: 'image', source: { type: 'url', url: 'https://x' } },
            { type: 'text', text: 'b' },
          ],
        },
      },
      [
        { type: 'document', source: { type: 'text', text: 'a\nb' }, name: 't', at },
        { type: 'image', source: { type: 'url', url: 'https://x' }, at: `${at}.source.content.1` },
      ],
    ],
    [
      'a search result of the caller',
      { type: 'search_result', source: 'https://x', title: 't', content: [{ type: 'text', text: 'a' }] },
      [{ type: 'document', source: { type: 'text', text: 'a' }, name: 't', context: 'https://x', at }],
    ],
    [
      'a tool result with an image, an error, marked',
      {
        type: 'tool_result',
        tool_use_id: 't',
        is_error: true,
        content: [{ type: 'image', source: { type: 'base64', media_type: 'image/png', data: 'A' } }],
        ...hour,
      },
      [
        {
          type: 'tool_result',
          callId: 't',
          isError: true,
          blocks: [
            { type: 'image', source: { type: 'base64', mediaType: 'image/png', data: 'A' }, at: `${at}.content.0` },
          ],
          at,
          cache: { ttl: '1h' },
        },
      ],
    ],
    [
      'a tool result without content',
      { type: 'tool_result', tool_use_id: 't' },
      [{ type: 'tool_result', callId: 't', blocks: [], at }],
    ],
    [
      'a call',
      { type: 'tool_use', id: 't', name: 'n', input: { a: 1 }, ...hour },
      [{ type: 'tool_call', id: 't', name: 'n', input: '{"a":1}', kind: 'function', at, cache: { ttl: '1h' } }],
    ],
    [
      'a call without input',
      { type: 'tool_use', id: 't', name: 'n' },
      [{ type: 'tool_call', id: 't', name: 'n', input: '{}', kind: 'function', at }],
    ],
    [
      'what a server tool found',
      { type: 'web_search_tool_result', tool_use_id: 's', content: [] },
      [
        {
          type: 'opaque',
          dialect: 'anthropic-messages',
          value: { type: 'web_search_tool_result', tool_use_id: 's', content: [] },
          at,
        },
      ],
    ],
    [
      'thoughts',
      { type: 'thinking', thinking: 'hm', signature: 's' },
      [{ type: 'reasoning', text: 'hm', signature: { format: 'anthropic', value: 's' }, at }],
    ],
    [
      'redacted thoughts',
      { type: 'redacted_thinking', data: 'd' },
      [{ type: 'reasoning', text: '', encrypted: { format: 'anthropic', value: 'd' }, at }],
    ],
  ])('holds %s', (_name, block, blocks) => {
    expect(blockOf(block)).toEqual(blocks);
  });

  it("offers the caller's own tools, and Anthropic's as hosted ones", () => {
    const schema = { type: 'object' };
    const search = { type: 'web_search_20250305', name: 'web_search', max_uses: 1 };
    expect(
      read({
        tools: [
          { name: 'a', description: 'd', input_schema: schema, strict: true, cache_control: { type: 'ephemeral' } },
          { type: 'custom', name: 'b', input_schema: schema },
          search,
          { type: 'mcp_toolset', mcp_server_name: 'x' },
        ],
        tool_choice: { type: 'any', disable_parallel_tool_use: true },
      }),
    ).toMatchObject({
      tools: [
        { type: 'function', name: 'a', description: 'd', parameters: schema, strict: true, cache: { ttl: null } },
        { type: 'function', name: 'b', description: null, parameters: schema, strict: null, at: 'tools.1' },
        { type: 'hosted', name: 'web_search', dialect: 'anthropic-messages', value: search },
        { type: 'hosted', name: 'mcp_toolset' },
      ],
      toolChoice: { type: 'required' },
      parallelToolCalls: false,
      names: { tools: 'tools', toolChoice: 'tool_choice', parallelToolCalls: 'tool_choice' },
    });
  });

  it.each<[JsonObject, unknown]>([
    [{ type: 'auto' }, { type: 'auto' }],
    [{ type: 'none' }, { type: 'none' }],
    [
      { type: 'tool', name: 'a' },
      { type: 'tool', name: 'a' },
    ],
  ])('chooses tools by %j', (choice, toolChoice) => {
    expect(read({ tool_choice: choice })).toMatchObject({ toolChoice, parallelToolCalls: null });
  });

  it.each<[JsonObject, unknown, string | undefined]>([
    [{}, null, undefined],
    [
      { thinking: { type: 'enabled', budget_tokens: 2000, display: 'omitted' } },
      { effort: null, budget: 2000, adaptive: false, summary: 'omitted' },
      'thinking',
    ],
    [
      { thinking: { type: 'adaptive' }, output_config: { effort: 'max' } },
      { effort: 'max', budget: null, adaptive: true, summary: null },
      'thinking',
    ],
    [
      { thinking: { type: 'disabled' }, output_config: { effort: 'low' } },
      { effort: 'none', budget: null, adaptive: false, summary: null },
      'thinking',
    ],
    [
      { output_config: { effort: 'low' } },
      { effort: 'low', budget: null, adaptive: false, summary: null },
      'output_config',
    ],
  ])('wishes for thought by %j', (body, reasoning, name) => {
    expect([read(body).reasoning, read(body).names.reasoning]).toEqual([reasoning, name]);
  });

  it('asks for an answer by a schema, in the field of today or of before', () => {
    const format = { type: 'json_schema', schema: { type: 'object' } };
    const asked = { type: 'schema', name: 'answer', description: null, schema: { type: 'object' }, strict: null };
    expect(read({ output_config: { format } })).toMatchObject({ format: asked, names: { format: 'output_config' } });
    expect(read({ output_format: format })).toMatchObject({ format: asked, names: { format: 'output_format' } });
  });

  const content = (...blocks: unknown[]) => ({ messages: [{ role: 'user', content: blocks }] });
  let deep: JsonObject = { type: 'text', text: 'x' };
  for (let i = 0; i < 50_000; i++) deep = { type: 'tool_result', tool_use_id: 't', content: [deep] };

  it.each<[string, JsonObject, string | RegExp]>([
    ['no limit', { max_tokens: undefined }, 'max_tokens'],
    ['half a token', { max_tokens: 0.5 }, 'max_tokens'],
    ['no messages', { messages: undefined }, 'messages'],
    ['an empty list of messages', { messages: [] }, 'messages'],
    ['a message that is none', { messages: ['hi'] }, 'messages.0'],
    ['a role of its own', { messages: [{ role: 'tool', content: 'x' }] }, 'messages.0.role'],
    ['no content', { messages: [{ role: 'user' }] }, 'messages.0.content'],
    ['a block that is none', content('hi'), at],
    ['a block without type', content({ text: 'hi' }), at],
    ['a text without text', content({ type: 'text' }), `${at}.text`],
    ['an image without source', content({ type: 'image' }), `${at}.source`],
    ['a source of its own', content({ type: 'image', source: { type: 'x' } }), `${at}.source.type`],
    ['a result without id', content({ type: 'tool_result' }), `${at}.tool_use_id`],
    ['an input that is no object', content({ type: 'tool_use', id: 't', name: 'n', input: 'x' }), `${at}.input`],
    ['a body without end', content(deep), new RegExp(`^${at}(\\.content\\.0)+`)],
    ['an image among the instructions', { system: [{ type: 'image', source: { type: 'url', url: 'u' } }] }, 'system.0'],
    ['a tool without schema', { tools: [{ name: 'a' }] }, 'tools.0.input_schema'],
    ['tools that are no list', { tools: {} }, 'tools'],
    ['a choice of its own', { tool_choice: { type: 'x' } }, 'tool_choice.type'],
    ['thinking without budget', { thinking: { type: 'enabled' } }, 'thinking.budget_tokens'],
    ['a temperature in words', { temperature: 'hot' }, 'temperature'],
    ['stop sequences that are none', { stop_sequences: 'END' }, 'stop_sequences'],
    ['a format of its own', { output_config: { format: { type: 'xml' } } }, 'output_config.format'],
  ])('is refused for %s', (_name, body, param) => {
    try {
      read(body);
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      expect(error).toMatchObject({ unprocessable: true });
      expect(error.param).toMatch(typeof param === 'string' ? new RegExp(`^${param.replaceAll('.', '\\.')}$`) : param);
      return;
    }
    throw new Error('The request was accepted.');
  });
});
