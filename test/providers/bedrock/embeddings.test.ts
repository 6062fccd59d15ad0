import { afterEach, describe, expect, it } from 'vitest';
import type { JsonObject } from '../../../functions/core/json.ts';
import { createBedrockUpstream } from '../../../functions/providers/bedrock/upstream.ts';
import { ask, upstreamCall } from './call.ts';
import { type Received, type ReplayServer, type Reply, requestId, startReplayServer } from './replay-server.ts';

const vector = [0.25, -0.5, 0.125];
let server: ReplayServer | undefined;
afterEach(() => server?.close());

async function embed(model: string, body: JsonObject, answer: (received: Received) => Reply) {
  server = await startReplayServer(answer);
  const result = await ask(
    createBedrockUpstream({ endpoint: server.url, defaultRegion: 'us-east-1' }),
    upstreamCall({ operation: 'embed', door: null, model, body }),
  );
  return {
    result,
    sent: server.received.map((received) => JSON.parse(received.body.toString()) as JsonObject),
    received: server.received,
  };
}

const titan = (): Reply => ({ body: { embedding: vector, inputTextTokenCount: 4 } });

describe('embeddings', () => {
  it('ask Titan once per text, keep the order and add up the tokens', async () => {
    const input = Array.from({ length: 20 }, (_, index) => `text ${index}`);
    const { result, sent } = await embed('amazon.titan-embed-text-v2:0', { input, dimensions: 256 }, ({ body }) => ({
      body: {
        embedding: [Number((JSON.parse(body.toString()) as { inputText: string }).inputText.split(' ')[1])],
        inputTextTokenCount: 2,
      },
    }));
    expect(sent.map((body) => body.inputText).sort()).toEqual(input.toSorted());
    expect(sent.every((body) => body.dimensions === 256)).toBe(true);
    expect(result).toMatchObject({ type: 'json', providerRequestId: requestId, dropped: [] });
    expect(result.type === 'json' && result.body).toEqual({
      object: 'list',
      data: input.map((_, index) => ({ object: 'embedding', index, embedding: [index] })),
      model: 'bedrock/amazon.titan-embed-text-v2:0',
      usage: { prompt_tokens: 40, total_tokens: 40 },
    });
  });

  it('take fields that are null as not sent', async () => {
    const { result } = await embed(
      'amazon.titan-embed-text-v2:0',
      { input: 'x', encoding_format: null, dimensions: null, user: null },
      titan,
    );
    expect(result).toMatchObject({ type: 'json', dropped: [], body: { data: [{ embedding: vector }] } });
  });

  it('give little-endian floats when base64 is asked for', async () => {
    const { result } = await embed('amazon.titan-embed-text-v2:0', { input: 'x', encoding_format: 'base64' }, titan);
    expect(result).toMatchObject({ type: 'json', body: { data: [{ embedding: 'AACAPgAAAL8AAAA+' }] } });
  });

  it('ask Titan v1 without dimensions, and say so', async () => {
    const { result, sent } = await embed(
      'amazon.titan-embed-text-v1',
      { input: 'x', dimensions: 256, user: 'me' },
      titan,
    );
    expect(sent).toEqual([{ inputText: 'x' }]);
    expect(result).toMatchObject({ dropped: ['dimensions', 'user'] });
  });

  it.each([
    ['cohere.embed-english-v3', {}, { texts: ['a', 'b'], input_type: 'search_document' }, [vector, vector]],
    [
      'cohere.embed-v4:0',
      { dimensions: 512, input_type: 'search_query' },
      { texts: ['a', 'b'], input_type: 'search_query', output_dimension: 512 },
      { float: [vector, vector] },
    ],
  ])(
    'ask %s for several texts at once, and read the token count of the header',
    async (model, more, expected, embeddings) => {
      const { result, sent } = await embed(model, { input: ['a', 'b'], ...more }, () => ({
        body: { embeddings },
        headers: { 'x-amzn-bedrock-input-token-count': '9' },
      }));
      expect(sent).toEqual([expected]);
      expect(result).toMatchObject({
        type: 'json',
        body: { data: [{ embedding: vector }, { embedding: vector }], usage: { prompt_tokens: 9 } },
      });
    },
  );

  it('ask Nova in its own words', async () => {
    const { result, sent } = await embed(
      'amazon.nova-2-multimodal-embeddings-v1:0',
      { input: 'a', dimensions: 384 },
      () => ({
        body: { embeddings: [{ embeddingType: 'TEXT', embedding: vector }], inputTokenCount: 3 },
      }),
    );
    expect(sent).toEqual([
      {
        taskType: 'SINGLE_EMBEDDING',
        singleEmbeddingParams: {
          embeddingPurpose: 'GENERIC_INDEX',
          embeddingDimension: 384,
          text: { truncationMode: 'NONE', value: 'a' },
        },
      },
    ]);
    expect(result).toMatchObject({ type: 'json', body: { data: [{ embedding: vector }], usage: { total_tokens: 3 } } });
  });

  it.each([
    ['token ids', { input: [1, 2, 3] }, 'input'],
    ['lists of token ids', { input: [[1], [2]] }, 'input'],
    ['no texts', { input: [] }, 'input'],
    ['an empty text', { input: ['a', ''] }, 'input'],
    ['another encoding', { input: 'a', encoding_format: 'hex' }, 'encoding_format'],
  ])('refuse %s without a call', async (_name, body, param) => {
    const { result, received } = await embed('amazon.titan-embed-text-v2:0', body, titan);
    expect(result).toMatchObject({ type: 'failure', failure: { kind: 'bad_request', local: true, param } });
    expect(received).toEqual([]);
  });

  // https://github.com/langchain-ai/langchain/issues/12854
  it('name the setting of the client that sends token ids', async () => {
    const { result } = await embed('amazon.titan-embed-text-v2:0', { input: [[1], [2]] }, titan);
    expect(result).toMatchObject({ failure: { hint: expect.stringContaining('check_embedding_ctx_length=False') } });
  });

  it('refuse a model that embeds nothing', async () => {
    const { result } = await embed('meta.llama3', { input: 'a' }, titan);
    expect(result).toMatchObject({ type: 'failure', failure: { kind: 'bad_request', param: 'model' } });
  });

  it('fail as one when one text fails', async () => {
    const { result } = await embed('amazon.titan-embed-text-v2:0', { input: ['a', 'b', 'c'] }, ({ body }) =>
      body.includes('"b"')
        ? {
            status: 429,
            headers: { 'x-amzn-errortype': 'ThrottlingException' },
            body: { message: 'Too many requests' },
          }
        : titan(),
    );
    expect(result).toMatchObject({ type: 'failure', failure: { kind: 'rate_limit', status: 429 } });
  });

  it('begin no further call once an answer is garbled', async () => {
    const input = ['first', ...Array.from({ length: 200 }, (_, index) => `text ${index}`)];
    const { result, received } = await embed('amazon.titan-embed-text-v2:0', { input }, ({ body }) =>
      body.includes('"first"') ? { body: { embedding: 'oops' } } : titan(),
    );
    expect(result).toMatchObject({ type: 'failure', failure: { garbled: true } });
    expect(received.length).toBeLessThan(input.length);
  });

  it('report no usage that nobody counted', async () => {
    const { result } = await embed('amazon.titan-embed-text-v2:0', { input: 'a', encoding_format: null }, () => ({
      body: { embedding: vector },
    }));
    expect(result).toMatchObject({ type: 'json', body: { data: [{ embedding: vector }] } });
    expect(result).not.toHaveProperty('body.usage');
  });

  it('take an answer without vectors for garbled', async () => {
    const { result } = await embed('amazon.titan-embed-text-v2:0', { input: 'a' }, () => ({
      body: { embedding: 'oops' },
    }));
    expect(result).toMatchObject({ type: 'failure', failure: { kind: 'overloaded', garbled: true } });
  });
});
