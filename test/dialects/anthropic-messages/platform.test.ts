import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../../functions/core/json.ts';
import { anthropicMessages as door } from '../../../functions/dialects/anthropic-messages/door.ts';

const plain = {
  model: 'm',
  max_tokens: 5,
  messages: [{ role: 'user', content: [{ type: 'text', text: 'hi', cache_control: { type: 'ephemeral' } }] }],
};

describe('a Messages request that the platform serves', () => {
  it('is the same object when nothing has to go', () => {
    const own = { ...plain, tools: [{ name: 'a' }, { type: 'bash_20250124', name: 'bash' }], service_tier: null };
    expect(door.forPlatform(own, 'tag')).toEqual({ body: own, dropped: [] });
    expect(door.forPlatform(own, 'tag').body).toBe(own);
  });

  it('goes without tiers, servers and containers, and under the name of the workspace', () => {
    const body = {
      ...plain,
      service_tier: 'auto',
      mcp_servers: [],
      container: {},
      speed: 'fast',
      metadata: { user_id: 'u' },
    };
    expect(door.forPlatform(body, 'tag')).toEqual({
      body: { ...plain, metadata: { user_id: 'tag' } },
      dropped: ['service_tier', 'speed', 'mcp_servers', 'container', 'metadata'],
    });
  });

  it('is not compacted on the way', () => {
    const edits = (type: string) => ({ ...plain, context_management: { edits: [{ type }] } });
    expect(door.forPlatform(edits('compact_20260112'), 'tag')).toEqual({
      body: plain,
      dropped: ['context_management'],
    });
    const clearing = edits('clear_tool_uses_20250919');
    expect(door.forPlatform(clearing, 'tag').body).toBe(clearing);
  });

  it('goes without tools that Anthropic runs, and without a choice of them', () => {
    const own = { name: 'a', input_schema: {} };
    const search = { type: 'web_search_20250305', name: 'web_search' };
    const cut = (more: JsonObject) => door.forPlatform({ ...plain, ...more }, 'tag');
    expect(cut({ tools: [own, search], tool_choice: { type: 'any' } })).toEqual({
      body: { ...plain, tools: [own], tool_choice: { type: 'any' } },
      dropped: ['tools'],
    });
    expect(cut({ tools: [search] })).toEqual({ body: plain, dropped: ['tools'] });
  });

  it('is refused when it forces a tool that Anthropic runs', () => {
    const own = { name: 'a', input_schema: {} };
    const search = { type: 'web_search_20250305', name: 'web_search' };
    const refused = expect.objectContaining({ param: 'tool_choice', unprocessable: true });
    for (const [tools, tool_choice] of [
      [[own, search], { type: 'tool', name: 'web_search' }],
      [[search], { type: 'any' }],
    ])
      expect(() => door.forPlatform({ ...plain, tools, tool_choice }, 'tag')).toThrow(refused);
  });

  it('has its cache key, which OpenAI’s models know, under the name of the workspace, and no longer caching', () => {
    expect(door.forPlatform({ ...plain, prompt_cache_key: 'k', prompt_cache_retention: '24h' }, 'tag')).toEqual({
      body: { ...plain, prompt_cache_key: 'tag:k' },
      dropped: ['prompt_cache_retention'],
    });
  });

  it.each([
    [{ cachedContent: 'projects/p/locations/l/cachedContents/1' }, 'cachedContent'],
    [{ guardrail_id: 'g' }, 'guardrail_id'],
  ])('is not served when it names a thing of the operator’s: %j', (more, field) => {
    expect(door.storedThing({ ...plain, ...more })).toBe(field);
  });

  it('is cached for the usual time wherever it asked for longer', () => {
    const marked = (cache_control: JsonObject) => ({
      ...plain,
      cache_control,
      system: [{ type: 'text', text: 's', cache_control }],
      tools: [{ name: 'a', cache_control }],
      messages: [
        {
          role: 'user',
          content: [
            {
              type: 'tool_result',
              tool_use_id: 't',
              content: [{ type: 'text', text: 'x', cache_control }],
              cache_control,
            },
            { type: 'tool_use', id: 't', name: 'n', input: { cache_control: { ttl: '1h' } } },
            { type: 'document', source: { type: 'content', content: [{ type: 'text', text: 'x', cache_control }] } },
          ],
        },
      ],
    });
    const body = marked({ type: 'ephemeral', ttl: '1h' });
    const before = structuredClone(body);
    expect(door.forPlatform(body, 'tag')).toEqual({
      body: marked({ type: 'ephemeral' }),
      dropped: ['cache_control.ttl'],
    });
    expect(body).toEqual(before);
  });

  const block = (value: JsonObject) => ({ messages: [{ role: 'user', content: [value] }] });
  const file = { type: 'file', file_id: 'f' };

  it.each<[JsonObject, string | null]>([
    [plain, null],
    [block({ type: 'image', source: file }), 'messages.0.content.0.source.file_id'],
    [block({ type: 'container_upload', file_id: 'f' }), 'messages.0.content.0.file_id'],
    [
      block({ type: 'tool_result', content: [{ type: 'document', source: file }] }),
      'messages.0.content.0.content.0.source.file_id',
    ],
    [block({ type: 'image', source: { type: 'url', url: ' S3://b/a.png' } }), 'messages.0.content.0.source.url'],
    [block({ type: 'image', source: { type: 'url', url: 'https://x/a.png' } }), null],
    [block({ type: 'tool_use', id: 't', name: 'n', input: { file_id: 'f' } }), null],
    [{ ...plain, container: 'c' }, 'container'],
    [{ ...plain, container: { id: 'c' } }, 'container'],
    [{ ...plain, container: { skills: [] } }, null],
  ])('is not served when it names what is stored: %j', (body, place) => {
    expect(door.storedThing(body)).toBe(place);
  });
});
