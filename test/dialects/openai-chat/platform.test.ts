import { describe, expect, it, test } from 'vitest';
import type { JsonObject } from '../../../functions/core/json.ts';
import { forPlatform, storedThing } from '../../../functions/dialects/openai-chat/platform.ts';

/** Without the tag that every request gets. */
function served(given: JsonObject) {
  const { body, dropped } = forPlatform(given, 'tag');
  const { safety_identifier: tag, store, ...rest } = body;
  expect([tag, store]).toEqual(['tag', false]);
  return { body: rest, dropped };
}

describe('what platform credentials leave out', () => {
  it.each([
    [{ model: 'm', service_tier: 'priority' }, { model: 'm' }, ['service_tier']],
    [
      { model: 'm', service_tier: 'flex', web_search_options: {} },
      { model: 'm' },
      ['service_tier', 'web_search_options'],
    ],
    [
      { model: 'm', google_search: {}, code_execution: {}, url_context: {} },
      { model: 'm' },
      ['google_search', 'code_execution', 'url_context'],
    ],
  ])('is what changes the price: %j', (body, left, dropped) => {
    expect(served(body)).toEqual({ body: left, dropped });
  });

  it.each([
    { model: 'm' },
    { service_tier: 'auto' },
    { service_tier: 'default' },
    { service_tier: null, web_search_options: null },
    { prediction: { type: 'content', content: 'x' } },
  ])('is nothing of %j', (body) => {
    expect(served(body)).toEqual({ body, dropped: [] });
  });

  it('is what would be kept in the operator’s account', () => {
    expect(served({ model: 'm', store: true, metadata: { a: 'b' } })).toEqual({
      body: { model: 'm' },
      dropped: ['metadata', 'store'],
    });
  });

  it('is the caller’s own name for a user, for which the workspace’s tag stands', () => {
    const { body, dropped } = forPlatform({ user: 'u', safety_identifier: 's', prompt_cache_key: 'k' }, 'tag');
    expect({ body, dropped }).toEqual({
      body: { store: false, safety_identifier: 'tag', prompt_cache_key: 'tag:k' },
      dropped: [],
    });
  });

  it('leaves cache keys apart that are too long to be prefixed', () => {
    const keyOf = (tag: string, key: string) =>
      String(forPlatform({ prompt_cache_key: key }, tag).body.prompt_cache_key);
    const long = 'k'.repeat(64);
    expect(keyOf('tag', long)).toHaveLength(64);
    expect(new Set([keyOf('tag', long), keyOf('gat', long), keyOf('tag', `${long}k`)]).size).toBe(3);
  });

  it('is what Bedrock and Gemini would keep, or charge by themselves', () => {
    const more = {
      performanceConfig: { latency: 'optimized' },
      request_metadata: { a: 'b' },
      prompt_cache_retention: '24h',
    };
    expect(served({ model: 'm', ...more })).toEqual({ body: { model: 'm' }, dropped: Object.keys(more) });
  });

  const own = { type: 'function', function: { name: 'f' } };
  it('is tools that run at the provider, and a request that forces one is refused', () => {
    expect(served({ tools: [own, { type: 'web_search' }], tool_choice: 'auto' })).toEqual({
      body: { tools: [own], tool_choice: 'auto' },
      dropped: ['tools'],
    });
    expect(served({ tools: [{ type: 'web_search' }], tool_choice: 'auto' })).toEqual({ body: {}, dropped: ['tools'] });
    for (const [tools, tool_choice] of [
      [[own, { type: 'web_search' }], { type: 'web_search' }],
      [[{ type: 'web_search' }], 'required'],
    ])
      expect(() => forPlatform({ tools, tool_choice }, 'tag')).toThrow(
        expect.objectContaining({ param: 'tool_choice', unprocessable: true }),
      );
  });

  it.each(['cached_content', 'cachedContent', 'guardrailConfig', 'guardrail_identifier'])(
    'never opens the operator’s %s',
    (field) => {
      expect(storedThing({ [field]: 'x', messages: [] })).toBe(field);
    },
  );

  it('is the hour of caching, wherever it is asked for, and not the caching itself', () => {
    const hour = { type: 'ephemeral', ttl: '1h' };
    const body = {
      messages: [
        { role: 'system', content: 'be brief', cache_control: hour },
        {
          role: 'user',
          content: [
            { type: 'text', text: 'a', cache_control: hour },
            { type: 'text', text: 'b' },
          ],
        },
        { role: 'user', content: 'c' },
      ],
      tools: [{ type: 'function', function: { name: 'f' }, cache_control: hour }],
    };
    const before = structuredClone(body);
    const short = { type: 'ephemeral' };
    expect(served(body)).toEqual({
      body: {
        messages: [
          { role: 'system', content: 'be brief', cache_control: short },
          {
            role: 'user',
            content: [
              { type: 'text', text: 'a', cache_control: short },
              { type: 'text', text: 'b' },
            ],
          },
          { role: 'user', content: 'c' },
        ],
        tools: [{ type: 'function', function: { name: 'f' }, cache_control: short }],
      },
      dropped: ['cache_control.ttl'],
    });
    expect(body).toEqual(before);
  });
});

const withPart = (part: unknown) => ({
  messages: [
    { role: 'user', content: 'hello' },
    { role: 'user', content: [{ type: 'text', text: 'what is this?' }, part] },
  ],
});

describe('files that a provider opens in the name of the credential', () => {
  test.each([
    { type: 'image_url', image_url: { url: 'gs://bucket/picture.png' } },
    { type: 'image_url', image_url: 'gs://bucket/picture.png' },
    { type: 'image_url', image_url: { url: ' GS://bucket/picture.png' } },
    { type: 'video_url', video_url: { url: 's3://bucket/video.mp4' } },
    { type: 'file', file: { file_id: 'gs://bucket/a.pdf' } },
    { type: 'file', file: { file_id: 'file-abc' } },
    { type: 'file', file: { file_data: 'gs://bucket/a.pdf' } },
    { type: 'unknown', anything: { nested: { uri: 'gs://bucket/a.pdf' } } },
  ])('%j names one', (part) => {
    expect(storedThing(withPart(part))).toMatch(/^messages\.1\.content\.1\./);
  });

  test.each([
    { type: 'text', text: 'gs://bucket/picture.png' },
    { type: 'image_url', image_url: { url: 'https://example.com/gs://picture.png' } },
    { type: 'image_url', image_url: { url: 'data:image/png;base64,AAAA' } },
    { type: 'file', file: { file_id: 'https://example.com/a.pdf' } },
    { type: 'file', file: { file_data: 'data:application/pdf;base64,AAAA', filename: 'a.pdf' } },
    null,
  ])('%j names none', (part) => {
    expect(storedThing(withPart(part))).toBeNull();
  });

  test.each([{}, { messages: null }, { messages: [null, { content: 'gs://a' }] }, { input: 'gs://a' }])(
    '%j is not a chat that names one',
    (body) => {
      expect(storedThing(body)).toBeNull();
    },
  );

  it('are named by their field, and so is earlier speech', () => {
    expect(storedThing(withPart({ type: 'file', file: { file_id: 'file-1' } }))).toBe(
      'messages.1.content.1.file.file_id',
    );
    expect(storedThing({ messages: [{ role: 'assistant', audio: { id: 'audio_1' } }] })).toBe('messages.0.audio');
  });

  it('are not looked for without end', () => {
    let deep: unknown = 'x';
    for (let i = 0; i < 100_000; i++) deep = [deep];
    expect(storedThing(withPart({ type: 'x', deep }))).not.toBeNull();
    expect(forPlatform({ messages: deep }, 'tag').dropped).toEqual([]);
  });
});
