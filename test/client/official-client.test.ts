import type OpenAI from 'openai';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startGateway, type TestGateway, type TestWorkspace } from './gateway.ts';

const messages = [{ role: 'user' as const, content: 'one two three four' }];
const chatModels = [
  'openai/gpt-4o-mini',
  'bedrock/amazon.nova-lite-v1:0',
  'vertex/gemini-2.5-flash',
  'vertex/anthropic/claude-sonnet-4-5@20250929',
  'vertex/meta/llama-4-maverick-17b-128e-instruct-maas',
];

describe('the official client, with another base URL and key', () => {
  let gateway: TestGateway;
  let workspace: TestWorkspace;
  let client: OpenAI;

  beforeAll(async () => {
    gateway = await startGateway();
    workspace = await gateway.workspace({ credit: '1' });
    client = workspace.client();
  });
  afterAll(() => gateway.close());

  describe.each(chatModels)('%s', (model) => {
    it('completes a chat, and knows the request id', async () => {
      const { data, response, request_id } = await client.chat.completions.create({ model, messages }).withResponse();
      expect(data).toMatchObject({
        object: 'chat.completion',
        model,
        choices: [{ index: 0, finish_reason: 'stop', message: { role: 'assistant' } }],
      });
      expect(data.choices[0]?.message.content).toContain('one two three four');
      expect(Math.abs(data.created - Date.now() / 1000)).toBeLessThan(60);
      expect(request_id).toMatch(/^req_[0-9A-Z]{26}$/);
      expect(data).toHaveProperty('_request_id', request_id);
      expect(Object.fromEntries(response.headers)).toMatchObject({
        'x-keyway-credential': 'byok',
        'x-keyway-provider': model.split('/')[0],
        'x-keyway-provider-key': expect.stringMatching(/^pk_/),
        'x-keyway-attempts': '1',
        'x-keyway-route': expect.stringMatching(/^byok\(pk_.+\)=200$/),
        'server-timing': expect.stringMatching(/^gateway;dur=[\d.]+, provider;dur=[\d.]+$/),
      });
      expect((await workspace.call('GET', `/v1/logs/${request_id}`)).body).toMatchObject({
        request_id,
        model,
        status: 200,
        credential: 'byok',
        stream: false,
      });
    });

    it('streams the same, with usage only when it is asked for', async () => {
      const collect = async (stream_options?: OpenAI.ChatCompletionStreamOptions) => {
        const chunks: OpenAI.ChatCompletionChunk[] = [];
        for await (const chunk of await client.chat.completions.create({
          model,
          messages,
          stream: true,
          ...(stream_options && { stream_options }),
        }))
          chunks.push(chunk);
        return chunks;
      };
      const plain = await collect();
      expect(plain.map((chunk) => chunk.choices[0]?.delta.content ?? '').join('')).toContain('one two three four');
      expect(plain[0]?.choices[0]?.delta.role).toBe('assistant');
      expect(plain.at(-1)?.choices[0]?.finish_reason).toBe('stop');
      expect(plain.every((chunk) => !chunk.usage && chunk.choices.length === 1)).toBe(true);
      const counted = await collect({ include_usage: true });
      expect(new Set(counted.map(({ id, created, model: named }) => `${id} ${created} ${named}`)).size).toBe(1);
      expect(counted.at(-1)).toMatchObject({
        model,
        choices: [],
        usage: { byok_used: true, fallback_triggered: false, cost: '0.0000000' },
      });
    });

    it('is read by the stream helper', async () => {
      const runner = client.chat.completions.stream({ model, messages, stream_options: { include_usage: true } });
      const pieces: string[] = [];
      runner.on('content', (piece) => pieces.push(piece));
      const final = await runner.finalChatCompletion();
      expect(pieces.length).toBeGreaterThan(1);
      expect(final.choices[0]?.message.content).toBe(pieces.join(''));
      expect(final.usage?.completion_tokens).toBeGreaterThan(0);
      expect(await runner.totalUsage()).toMatchObject({ total_tokens: final.usage?.total_tokens });
    });

    it('hangs up on the provider when the caller leaves in the middle', async () => {
      gateway.calls.length = 0;
      const long = [{ role: 'user' as const, content: 'word '.repeat(200_000) }];
      const stream = await client.chat.completions.create({ model, messages: long, max_tokens: 400_000, stream: true });
      for await (const _ of stream) break;
      stream.controller.abort();
      expect(await gateway.calls[0]?.left).toBe(true);
    });
  });

  it.each([
    ['openai/text-embedding-3-small', 1536, 256],
    ['bedrock/amazon.titan-embed-text-v2:0', 1024, 256],
    ['bedrock/cohere.embed-v4:0', 1024, 256],
    ['vertex/gemini-embedding-001', 768, 128],
    ['vertex/text-embedding-005', 768, 128],
  ])(
    'embeds texts with %s: in base64, as the client asks for by default, and as numbers',
    async (model, usual, fewer) => {
      const input = ['first', 'second', 'first'];
      const byDefault = await client.embeddings.create({ model, input });
      const asNumbers = await client.embeddings.create({ model, input, encoding_format: 'float' });
      expect(byDefault).toMatchObject({
        object: 'list',
        model,
        data: input.map((_, index) => ({ object: 'embedding', index })),
      });
      for (const [i, { embedding }] of byDefault.data.entries()) {
        expect(embedding).toHaveLength(usual);
        expect([...embedding]).toEqual([...Float32Array.from(asNumbers.data[i]?.embedding ?? [])]);
      }
      expect(byDefault.data[0]?.embedding).toEqual(byDefault.data[2]?.embedding);
      expect(byDefault.data[0]?.embedding).not.toEqual(byDefault.data[1]?.embedding);
      expect(byDefault.usage.prompt_tokens).toBeGreaterThan(0);
      expect(
        (await client.embeddings.create({ model, input: 'one', dimensions: fewer })).data[0]?.embedding,
      ).toHaveLength(fewer);
    },
  );

  it('lists models, and finds each under the id that it is listed with', async () => {
    const ids: string[] = [];
    for await (const model of client.models.list()) ids.push(model.id);
    for (const start of ['openai/', 'bedrock/', 'vertex/', 'anthropic/'])
      expect(
        ids.some((id) => id.startsWith(start)),
        start,
      ).toBe(true);
    expect(new Set(ids).size).toBe(ids.length);
    for (const id of ['openai/gpt-4o-mini', ...ids.filter((each) => /[:@]/.test(each)).slice(0, 5)])
      expect(await client.models.retrieve(id)).toMatchObject({ id, object: 'model' });
  });

  it('names what a provider could not take', async () => {
    const { response } = await client.chat.completions
      .create({ model: 'bedrock/amazon.nova-lite-v1:0', messages, seed: 1, user: 'u' })
      .withResponse();
    expect(response.headers.get('x-keyway-dropped-params')).toBe('seed,user');
  });

  it('is served with platform credentials when an own key fails, and is told', async () => {
    const revoked = await gateway.workspace({ keys: { openai: 'sk-sim-invalid' }, credit: '1' });
    const { data, response } = await revoked
      .client()
      .chat.completions.create({ model: 'openai/gpt-4o-mini', messages })
      .withResponse();
    expect(data.usage).toMatchObject({
      byok_used: false,
      fallback_triggered: true,
      cost: expect.stringMatching(/^0\.0000\d{3}$/),
    });
    expect(response.headers.get('x-keyway-credential')).toBe('platform');
    expect(response.headers.get('x-keyway-route')).toMatch(/^byok\(pk_.+\)=credential:401, platform=200$/);
  });
});
