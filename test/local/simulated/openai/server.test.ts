import OpenAI from 'openai';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Listening } from '../../../../local/listening.ts';
import { createSimulatedOpenAi } from '../../../../local/simulated/openai/server.ts';
import { startSimulatedProviders } from '../../../../local/simulated/server.ts';

const model = 'gpt-4o-mini';
const messages = [{ role: 'user' as const, content: 'Hello there, world' }];
const weather = {
  type: 'function' as const,
  function: {
    name: 'get_weather',
    parameters: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] },
  },
};
const time = {
  type: 'function' as const,
  function: { name: 'get_time', parameters: { type: 'object', properties: {} } },
};

describe('the simulated OpenAI', () => {
  let server: Listening;

  beforeAll(async () => {
    server = await startSimulatedProviders({ openai: createSimulatedOpenAi({ paceMs: 0 }) });
  });
  afterAll(() => server.close());

  const client = (apiKey = 'sk-sim-demo') => new OpenAI({ apiKey, baseURL: `${server.url}/openai/v1`, maxRetries: 0 });

  async function collect(apiKey: string, body: Partial<OpenAI.ChatCompletionCreateParamsStreaming> = {}) {
    const chunks: OpenAI.ChatCompletionChunk[] = [];
    for await (const chunk of await client(apiKey).chat.completions.create({ model, messages, ...body, stream: true }))
      chunks.push(chunk);
    return chunks;
  }

  it('repeats the last user text, with usage and the headers of the real one', async () => {
    const { data, response, request_id } = await client()
      .chat.completions.create({ model, messages, n: 2 })
      .withResponse();
    expect(data).toMatchObject({
      object: 'chat.completion',
      model,
      choices: [
        { index: 0, finish_reason: 'stop', message: { content: 'You said: Hello there, world' } },
        { index: 1 },
      ],
    });
    expect(data.usage?.total_tokens).toBe((data.usage?.prompt_tokens ?? 0) + (data.usage?.completion_tokens ?? 0));
    expect(request_id).toMatch(/^req_[\da-f]{32}$/);
    for (const name of ['openai-processing-ms', 'x-ratelimit-remaining-requests', 'x-ratelimit-reset-tokens'])
      expect(response.headers.has(name)).toBe(true);
  });

  it('streams the same text in one stream of chunks, usage only when asked', async () => {
    const chunks = await collect('sk-sim-demo', { stream_options: { include_usage: true } });
    expect(chunks.map((chunk) => chunk.choices[0]?.delta.content ?? '').join('')).toBe('You said: Hello there, world');
    expect(new Set(chunks.map(({ id, created }) => `${id} ${created}`)).size).toBe(1);
    expect(chunks.slice(0, -1).every(({ usage }) => usage === null)).toBe(true);
    expect(chunks.at(-1)).toMatchObject({ choices: [], usage: { total_tokens: expect.any(Number) } });
    expect(chunks.at(-2)?.choices[0]?.finish_reason).toBe('stop');
    expect((await collect('sk-sim-demo')).every((chunk) => !('usage' in chunk) && chunk.choices.length === 1)).toBe(
      true,
    );
  });

  it('ends with length at the token limit', async () => {
    const { choices } = await client().chat.completions.create({ model, messages, max_completion_tokens: 2 });
    expect(choices[0]).toMatchObject({ finish_reason: 'length', message: { content: 'You said' } });
  });

  it.each([
    [
      'the forced tool',
      { tools: [time, weather], tool_choice: { type: 'function' as const, function: { name: 'get_weather' } } },
      ['get_weather'],
    ],
    ['the first tool when one is required', { tools: [time, weather], tool_choice: 'required' as const }, ['get_time']],
    [
      'the tools that the text names',
      { tools: [time, weather], messages: [{ role: 'user' as const, content: 'get_weather and get_time' }] },
      ['get_time', 'get_weather'],
    ],
    [
      'one of them without parallel calls',
      {
        tools: [time, weather],
        parallel_tool_calls: false,
        messages: [{ role: 'user' as const, content: 'get_weather, get_time' }],
      },
      ['get_time'],
    ],
    ['no tool otherwise', { tools: [time, weather] }, []],
    [
      'no tool when that is forbidden',
      { tools: [weather], tool_choice: 'none' as const, messages: [{ role: 'user' as const, content: 'get_weather' }] },
      [],
    ],
  ])('calls %s', async (_, body, names) => {
    const { choices } = await client().chat.completions.create({ model, messages, ...body });
    const calls = (choices[0]?.message.tool_calls ?? []).filter((call) => call.type === 'function');
    expect(calls.map((call) => call.function.name)).toEqual(names);
    expect(choices[0]?.finish_reason).toBe(names.length > 0 ? 'tool_calls' : 'stop');
    for (const call of calls)
      if (call.function.name === 'get_weather') expect(JSON.parse(call.function.arguments)).toEqual({ city: 'sample' });
    const streamed = await client()
      .chat.completions.stream({ model, messages, ...body })
      .finalChatCompletion();
    expect(
      (streamed.choices[0]?.message.tool_calls ?? []).map((call) =>
        call.type === 'function' ? call.function.arguments : null,
      ),
    ).toEqual(calls.map((call) => call.function.arguments));
  });

  it('answers in words once the tool has answered', async () => {
    const { choices } = await client().chat.completions.create({
      model,
      tools: [weather],
      messages: [
        { role: 'user', content: 'get_weather please' },
        {
          role: 'assistant',
          tool_calls: [{ id: 'call_1', type: 'function', function: { name: 'get_weather', arguments: '{}' } }],
        },
        { role: 'tool', tool_call_id: 'call_1', content: 'sunny' },
      ],
    });
    expect(choices[0]).toMatchObject({ finish_reason: 'stop', message: { content: 'Done. The tool said: sunny' } });
  });

  it('fills in a JSON schema', async () => {
    const schema = {
      type: 'object',
      properties: {
        joke: { type: 'string' },
        rating: { type: 'integer', minimum: 1 },
        tags: { type: 'array', items: { $ref: '#/$defs/Tag' }, minItems: 1 },
      },
      required: ['joke', 'rating', 'tags'],
      $defs: { Tag: { enum: ['dry', 'wet'] } },
    };
    const { choices } = await client().chat.completions.create({
      model,
      messages,
      response_format: { type: 'json_schema', json_schema: { name: 'Joke', schema } },
    });
    expect(JSON.parse(choices[0]?.message.content ?? '')).toEqual({ joke: 'sample', rating: 1, tags: ['dry'] });
  });

  it('embeds the same text as the same unit vector, in both formats', async () => {
    const create = (encoding_format: 'float' | 'base64', input: OpenAI.EmbeddingCreateParams['input']) =>
      client().embeddings.create({ model: 'text-embedding-3-small', input, encoding_format, dimensions: 8 });
    const { data, usage } = await create('float', ['a', 'b']);
    expect(data.map(({ index }) => index)).toEqual([0, 1]);
    expect(Math.hypot(...(data[0]?.embedding ?? []))).toBeCloseTo(1, 5);
    expect(data[0]?.embedding).not.toEqual(data[1]?.embedding);
    expect((await create('float', 'a')).data[0]?.embedding).toEqual(data[0]?.embedding);
    const text = String((await create('base64', 'a')).data[0]?.embedding);
    expect([...new Float32Array(Uint8Array.from(Buffer.from(text, 'base64')).buffer)]).toEqual(data[0]?.embedding);
    expect(usage.prompt_tokens).toBe(2);
    expect(
      (await client().embeddings.create({ model: 'text-embedding-3-large', input: [1, 2] })).data[0]?.embedding,
    ).toHaveLength(3072);
  });

  it('lists its models', async () => {
    const { data } = await client().models.list();
    expect(data.map(({ id }) => id)).toContain(model);
    expect(await client().models.retrieve(model)).toMatchObject({ id: model, object: 'model' });
    await expect(client().models.retrieve('none')).rejects.toMatchObject({ status: 404, code: 'model_not_found' });
  });

  it.each([
    ['sk-sim-invalid', { status: 401, code: 'invalid_api_key' }],
    [
      'sk-other-key-0123456789',
      { status: 401, code: 'invalid_api_key', message: expect.stringContaining('sk-other***********6789') },
    ],
    ['sk-sim-denied', { status: 401, code: null, message: expect.stringContaining('Missing scopes: model.request') }],
    ['sk-sim-ratelimited', { status: 429, code: 'rate_limit_exceeded', type: 'requests' }],
    ['sk-sim-quota', { status: 429, code: 'insufficient_quota', type: 'insufficient_quota' }],
    ['sk-sim-overloaded', { status: 503, code: 'server_is_overloaded' }],
  ])('refuses %s as the real one does, streamed or not', async (key, error) => {
    await expect(client(key).chat.completions.create({ model, messages })).rejects.toMatchObject(error);
    await expect(collect(key)).rejects.toMatchObject(error);
    await expect(client(key).models.list()).rejects.toMatchObject(error);
  });

  it('says when to come back on a rate limit', async () => {
    const error = await client('sk-sim-ratelimited')
      .models.list()
      .then(null, (thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(OpenAI.RateLimitError);
    expect((error as InstanceType<typeof OpenAI.RateLimitError>).headers.get('retry-after')).toBe('1');
  });

  it('breaks off answers and streams of sk-sim-cut after some content', async () => {
    await expect(client('sk-sim-cut').chat.completions.create({ model, messages })).rejects.toThrow();
    const seen: string[] = [];
    const stream = await client('sk-sim-cut').chat.completions.create({ model, messages, stream: true });
    await expect(
      (async () => {
        for await (const chunk of stream) seen.push(chunk.choices[0]?.delta.content ?? '');
      })(),
    ).rejects.toThrow();
    expect(seen.join('')).toBe('You said: ');
  });

  it('stays silent for sk-sim-slow until the caller leaves', async () => {
    await expect(
      client('sk-sim-slow').chat.completions.create({ model, messages }, { timeout: 50 }),
    ).rejects.toBeInstanceOf(OpenAI.APIConnectionTimeoutError);
  });

  it.each([
    ['no JSON', '{', { type: 'invalid_request_error', code: null }],
    ['no model', '{"messages":[]}', { message: 'you must provide a model parameter' }],
    ['no messages', '{"model":"gpt-4o"}', { code: 'missing_required_parameter', param: 'messages' }],
  ])('refuses a body with %s', async (_, body, error) => {
    const answer = await fetch(`${server.url}/openai/v1/chat/completions`, {
      method: 'POST',
      headers: { authorization: 'Bearer sk-sim-demo' },
      body,
    });
    expect(answer.status).toBe(400);
    expect(await answer.json()).toMatchObject({ error });
  });

  it('fails for the documented models', async () => {
    await expect(client().chat.completions.create({ model: 'sim-missing', messages })).rejects.toMatchObject({
      status: 404,
      code: 'model_not_found',
    });
    expect(
      (await client().chat.completions.create({ model: 'sim-filtered', messages })).choices[0]?.finish_reason,
    ).toBe('content_filter');
  });

  it('serves nothing under other prefixes', async () => {
    expect((await fetch(`${server.url}/other/v1/models`)).status).toBe(404);
    expect((await fetch(`${server.url}/constructor/v1/models`)).status).toBe(404);
  });
});
