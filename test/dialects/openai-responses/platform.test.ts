import { describe, expect, it } from 'vitest';
import { forPlatform, storedThing } from '../../../functions/dialects/openai-responses/platform.ts';

const plain = { type: 'function', name: 'f', parameters: {} };

describe('a body for platform credentials', () => {
  it('is kept nowhere and names the workspace alone', () => {
    expect(
      forPlatform(
        { model: 'm', input: 'x', store: true, user: 'u', safety_identifier: 's', prompt_cache_key: 'k' },
        'tag',
      ),
    ).toEqual({
      body: { model: 'm', input: 'x', store: false, safety_identifier: 'tag', prompt_cache_key: 'tag-k' },
      dropped: ['user'],
      told: { safety_identifier: 's', prompt_cache_key: 'k' },
    });
  });

  it('is left as it was', () => {
    const body = {
      model: 'm',
      input: [{ role: 'user', content: 'x', tools: [{ type: 'mcp' }] }],
      tools: [plain, { type: 'mcp' }],
    };
    const before = structuredClone(body);
    forPlatform(body, 'tag');
    expect(body).toEqual(before);
  });

  it('has a key of its cache that is not too long', () => {
    const keys = ['a', 'b'].map(
      (end) => forPlatform({ prompt_cache_key: 'k'.repeat(64) + end }, 'tag').body.prompt_cache_key,
    );
    expect(keys[0]).toMatch(/^[0-9a-f]{64}$/);
    expect(keys[0]).not.toBe(keys[1]);
  });

  it.each<[Record<string, unknown>, string[]]>([
    [{ metadata: { a: 'b' } }, ['metadata']],
    [{ prompt_cache_retention: '24h' }, ['prompt_cache_retention']],
    [{ prompt_cache_retention: 'in_memory' }, []],
    [{ service_tier: 'priority' }, ['service_tier']],
    [{ service_tier: 'auto' }, []],
    [{ metadata: null, user: null, service_tier: null, tools: null }, []],
    [{ tools: [plain, { type: 'custom', name: 'c' }, { type: 'local_shell' }] }, []],
  ])('loses of %j the fields %j', (more, dropped) => {
    const { body, dropped: left } = forPlatform({ input: 'x', ...more }, 'tag');
    expect(left).toEqual(dropped);
    expect(Object.keys(body)).toEqual(
      expect.arrayContaining(Object.keys(more).filter((name) => !dropped.includes(name))),
    );
    for (const name of dropped) expect(body).not.toHaveProperty(name);
  });

  it.each([
    'web_search',
    'web_search_preview',
    'file_search',
    'code_interpreter',
    'computer_use_preview',
    'image_generation',
    'mcp',
    'shell',
    'whatever_comes_next',
  ])('has no hosted tool %s', (type) => {
    const { body, dropped } = forPlatform({ input: 'x', tools: [{ type }, plain], tool_choice: 'auto' }, 'tag');
    expect(body).toMatchObject({ tools: [plain], tool_choice: 'auto' });
    expect(dropped).toEqual(['tools']);
  });

  it('chooses from no tools when none is left', () => {
    const hosted = { input: 'x', tools: [{ type: 'web_search' }], tool_choice: 'auto' };
    expect(forPlatform(hosted, 'tag').body).toEqual({ input: 'x', store: false, safety_identifier: 'tag' });
  });

  const search = { type: 'web_search' };
  it.each<[unknown[], unknown]>([
    [[search], 'required'],
    [[search, plain], search],
    [[plain], { type: 'mcp', server_label: 's' }],
    [[search, plain], { type: 'allowed_tools', mode: 'required', tools: [search] }],
  ])('is refused when of the tools %j a hosted one is forced: %j', (tools, tool_choice) => {
    expect(() => forPlatform({ input: 'x', tools, tool_choice }, 'tag')).toThrow(
      expect.objectContaining({ param: 'tool_choice', unprocessable: true }),
    );
  });

  it.each<[unknown, unknown]>([
    ['required', 'required'],
    [
      { type: 'function', name: 'f' },
      { type: 'function', name: 'f' },
    ],
    [
      { type: 'allowed_tools', mode: 'auto', tools: [search, plain] },
      { type: 'allowed_tools', mode: 'auto', tools: [plain] },
    ],
    [{ type: 'allowed_tools', mode: 'auto', tools: [search] }, 'none'],
  ])('chooses %j as %j', (tool_choice, left) => {
    expect(forPlatform({ input: 'x', tools: [search, plain], tool_choice }, 'tag').body.tool_choice).toEqual(left);
  });

  it('has no hosted tools inside of others, however deep', () => {
    const within = (tools: unknown[]) => ({ type: 'namespace', name: 'n', tools });
    expect(forPlatform({ tools: [within([search, within([{ type: 'mcp' }, plain])])] }, 'tag').body.tools).toEqual([
      within([within([plain])]),
    ]);
    let deep: unknown = { type: 'mcp' };
    for (let level = 0; level < 100_000; level++) deep = within([deep]);
    expect(JSON.stringify(forPlatform({ tools: [deep] }, 'tag').body)).not.toContain('mcp');
  });

  it.each(['context_management', 'client_metadata', 'performanceConfig', 'request_metadata'])(
    'goes without %s',
    (field) => {
      const { body, dropped } = forPlatform({ input: 'x', [field]: { a: 'b' } }, 'tag');
      expect([field in body, dropped]).toEqual([false, [field]]);
    },
  );

  it('puts a cache key of any type under the workspace', () => {
    for (const key of ['k', 7, ['k'], { k: 1 }])
      expect(String(forPlatform({ prompt_cache_key: key }, 'tag').body.prompt_cache_key)).toMatch(/^tag-/);
  });

  it('has no hosted tools among its items', () => {
    const { body, dropped } = forPlatform(
      { input: [{ type: 'additional_tools', tools: [{ type: 'mcp' }, plain] }] },
      'tag',
    );
    expect(body.input).toEqual([{ type: 'additional_tools', tools: [plain] }]);
    expect(dropped).toEqual(['tools']);
  });

  it('caches for no longer than has a price', () => {
    const part = (ttl?: string) => ({
      type: 'input_text',
      text: 'x',
      prompt_cache_breakpoint: { mode: 'explicit', ...(ttl && { ttl }) },
    });
    const { body, dropped } = forPlatform(
      {
        input: [
          { role: 'user', content: [part('12h'), part('30m')] },
          { type: 'function_call_output', call_id: 'c', output: [part('12h')] },
        ],
      },
      'tag',
    );
    expect(body.input).toEqual([
      { role: 'user', content: [part(), part('30m')] },
      { type: 'function_call_output', call_id: 'c', output: [part()] },
    ]);
    expect(dropped).toEqual(['prompt_cache_breakpoint.ttl']);
  });
});

describe('a body that names something stored', () => {
  const asks = (part: unknown) => ({ input: [{ role: 'user', content: [part] }] });
  it.each([
    [{ previous_response_id: 'resp_1' }, 'previous_response_id'],
    [{ conversation: { id: 'conv_1' } }, 'conversation'],
    [{ prompt: { id: 'pmpt_1' } }, 'prompt'],
    [{ background: true }, 'background'],
    [{ background: 'true' }, 'background'],
    [{ cached_content: 'projects/p/locations/l/cachedContents/1' }, 'cached_content'],
    [{ guardrailConfig: { guardrailIdentifier: 'g' } }, 'guardrailConfig'],
    [asks({ type: 'input_image', image_url: { url: 'gs://bucket/a.png' } }), 'url'],
    [{ input: [{ type: 'item_reference', id: 'msg_1' }] }, 'item_reference'],
    [{ input: [{ id: 'msg_1' }] }, 'item_reference'],
    [{ input: [{ type: 'image_generation_call', id: 'ig_1' }] }, 'item_reference'],
    [asks({ type: 'input_file', file_id: 'file-1' }), 'file_id'],
    [asks({ type: 'input_image', file_id: 'file-1' }), 'file_id'],
    [asks({ type: 'input_image', image_url: 'gs://bucket/a.png' }), 'image_url'],
    [asks({ type: 'input_file', file_url: ' S3://bucket/a.pdf' }), 'file_url'],
    [
      { input: [{ type: 'function_call_output', call_id: 'c', output: [{ type: 'input_file', file_id: 'file-1' }] }] },
      'file_id',
    ],
    [
      { input: [{ type: 'computer_call_output', output: { type: 'computer_screenshot', file_id: 'file-1' } }] },
      'file_id',
    ],
    [{ input: [{ type: 'code_interpreter_call', id: 'ci_1', container_id: 'cntr_1' }] }, 'container_id'],
    [{ tools: [{ type: 'file_search', vector_store_ids: ['vs_1'] }] }, 'vector_store_ids'],
    [{ tools: [{ type: 'code_interpreter', container: 'cntr_1' }] }, 'container'],
    [{ tools: [{ type: 'code_interpreter', container: { type: 'auto', file_ids: ['file-1'] } }] }, 'file_ids'],
  ])('%j is told by %s', (body, name) => {
    expect(storedThing(body)).toBe(name);
  });

  it.each([
    { input: 'file_id gs://x', previous_response_id: null, conversation: null, prompt: null, background: false },
    asks({ type: 'input_image', image_url: 'https://example.com/a.png', file_id: null }),
    asks({ type: 'input_text', text: 'gs://bucket/a.png' }),
    {
      input: [
        {
          type: 'message',
          id: 'msg_1',
          role: 'assistant',
          content: [{ type: 'output_text', text: 'x', annotations: [{ type: 'file_citation', file_id: 'file-1' }] }],
        },
      ],
    },
    { input: [{ type: 'function_call', call_id: 'c', name: 'f', arguments: '{"file_id":"x"}' }] },
    {
      tools: [
        {
          type: 'function',
          name: 'f',
          parameters: { type: 'object', properties: { file_id: { type: 'string' }, container: {} } },
        },
      ],
    },
    { tools: [{ type: 'code_interpreter', container: { type: 'auto' } }] },
    { input: 7, tools: 'x' },
  ])('is not %j', (body) => {
    expect(storedThing(body)).toBeNull();
  });

  it('is what nobody can look through', () => {
    let deep: unknown = { file_id: 'file-1' };
    for (let level = 0; level < 100_000; level++) deep = [deep];
    expect(storedThing({ input: deep })).toBe('input');
  });
});
