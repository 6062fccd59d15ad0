import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { JsonObject } from '../../../functions/core/json.ts';
import type { Upstream } from '../../../functions/core/routing/upstream.ts';
import { createVertexUpstream } from '../../../functions/providers/vertex/upstream.ts';
import { upstreamCall } from './call.ts';
import { type GoogleServer, json, type Received, type Script, startGoogle } from './google-server.ts';

let google: GoogleServer;
let vertex: Upstream;

beforeAll(async () => {
  google = await startGoogle();
});
afterAll(() => google.close());
beforeEach(() => {
  vertex = createVertexUpstream({ baseUrl: google.url, tokenUrl: google.tokenUrl });
  google.calls.length = 0;
});

const vectorOf = (text: string) => [text.length, 0.25, -0.5];
const textsOf = ({ body }: Received) => (body.instances as { content: string }[]).map(({ content }) => content);

const predict: Script = (request, response) => {
  const predictions = textsOf(request).map((text) => ({
    embeddings: { values: vectorOf(text), statistics: { token_count: 4, truncated: false } },
  }));
  json({ predictions })(request, response);
};
const embedContent: Script = (request, response) => {
  const { content } = request.body as { content: { parts: { text: string }[] } };
  json({ embedding: { values: vectorOf(content.parts[0]?.text ?? '') }, usageMetadata: { promptTokenCount: 4 } })(
    request,
    response,
  );
};

/** What came of it: the list, the names of dropped fields beside it, or the failure. */
async function embed(input: unknown, model: string, more: JsonObject = {}) {
  const body = { input, ...more };
  const head = { mintedId: 'x', created: 1, callerModel: `vertex/${model}`, includeUsage: false };
  const call = { ...upstreamCall({}, { operation: 'embed', model, head }), door: null, body };
  const prepared = await vertex.prepare(call);
  if (prepared.type !== 'ready') return prepared;
  const result = await prepared.send(call.signal);
  if (result.type !== 'json') return result;
  return { type: 'json', body: result.answer.body, usage: result.answer.usage, dropped: prepared.dropped };
}

describe('embeddings', () => {
  it.each<[string, string, Script, number]>([
    ['text-embedding-005', 'predict', predict, 1],
    ['text-multilingual-embedding-002', 'predict', predict, 1],
    ['gemini-embedding-001', 'predict', predict, 20],
    ['gemini-embedding-2', 'embedContent', embedContent, 20],
  ])('of %s come from %s in the order of the texts', async (model, operation, script, calls) => {
    google.script(script);
    const texts = Array.from({ length: 20 }, (_, i) => 'x'.repeat(i + 1));
    const result = await embed(texts, model);
    const data = texts.map((text, index) => ({ object: 'embedding', index, embedding: vectorOf(text) }));
    const tokens = texts.length * 4;
    expect(result).toMatchObject({
      type: 'json',
      dropped: [],
      body: { object: 'list', model: `vertex/${model}`, data, usage: { prompt_tokens: tokens, total_tokens: tokens } },
    });
    expect(google.calls).toHaveLength(calls);
    for (const { url } of google.calls)
      expect(url).toBe(
        `/v1beta1/projects/test-project/locations/global/publishers/google/models/${model}:${operation}`,
      );
  });

  it('of open models are predictions of their publisher', async () => {
    google.script(predict);
    expect(await embed('one', 'intfloat/multilingual-e5-large-instruct-maas')).toMatchObject({ type: 'json' });
    expect(google.calls[0]?.url).toMatch(
      /\/publishers\/intfloat\/models\/multilingual-e5-large-instruct-maas:predict$/,
    );
  });

  it('ask for dimensions and against truncation', async () => {
    google.script(predict);
    await embed('one', 'text-embedding-005', { dimensions: 3 });
    google.script(embedContent);
    await embed('one', 'gemini-embedding-2', { dimensions: 3 });
    expect(google.calls.map(({ body }) => body)).toEqual([
      { instances: [{ content: 'one' }], parameters: { autoTruncate: false, outputDimensionality: 3 } },
      { content: { parts: [{ text: 'one' }] }, autoTruncate: false, outputDimensionality: 3 },
    ]);
  });

  it('keep each request below the limits of texts and of their length', async () => {
    google.script(predict);
    await embed(
      [...Array.from({ length: 251 }, () => 'x'), 'y'.repeat(19_990), 'z'.repeat(30_000), 'end'],
      'text-embedding-005',
    );
    expect(google.calls.map((call) => textsOf(call).length).sort((a, b) => b - a)).toEqual([250, 2, 1, 1]);
  });

  it('never have more than eight requests under way', async () => {
    const waiting: (() => void)[] = [];
    let most = 0;
    google.script((request, response) => {
      waiting.push(() => embedContent(request, response));
      most = Math.max(most, waiting.length);
      if (waiting.length === 8 || google.calls.length === 20) for (const answer of waiting.splice(0)) answer();
    });
    await embed(
      Array.from({ length: 20 }, (_, i) => `text ${i}`),
      'gemini-embedding-2',
    );
    expect(most).toBe(8);
  });

  it('in base64 are floats of 32 bits, little-endian', async () => {
    google.script(predict);
    const result = await embed('one', 'text-embedding-005', { encoding_format: 'base64' });
    expect(result).toMatchObject({
      body: { data: [{ embedding: Buffer.from(new Float32Array([3, 0.25, -0.5]).buffer).toString('base64') }] },
    });
  });

  it('name the fields that were dropped, and count nothing that the provider did not', async () => {
    google.script(json({ predictions: [{ embeddings: { values: [1] } }] }));
    const result = await embed('one', 'text-embedding-005', { user: 'u' });
    expect(result).toMatchObject({ type: 'json', dropped: ['user'] });
    expect(result).toMatchObject({ usage: null });
    expect('body' in result && 'usage' in result.body).toBe(false);
  });

  it('of tokens are refused with the setting of the client that makes them', async () => {
    expect(await embed([[1], [2]], 'text-embedding-005')).toMatchObject({
      failure: { hint: expect.stringContaining('check_embedding_ctx_length=False') },
    });
  });

  it.each<[string, unknown, JsonObject, string]>([
    ['tokens', [1, 2, 3], {}, 'input.0'],
    ['lists of tokens', [[1], [2]], {}, 'input.0'],
    ['more tokens than texts are possible', Array(300).fill(1), {}, 'input.0'],
    ['nothing', undefined, {}, 'input'],
    ['no texts', [], {}, 'input'],
    ['an empty text', '', {}, 'input'],
    ['an empty text among others', ['a', ''], {}, 'input.1'],
    ['too many texts', Array.from({ length: 2049 }, () => 'x'), {}, 'input'],
    ['an unknown encoding', 'x', { encoding_format: 'hex' }, 'encoding_format'],
  ])('of %s are refused without a call', async (_name, input, more, param) => {
    expect(await embed(input, 'text-embedding-005', more)).toMatchObject({
      type: 'failure',
      failure: { kind: 'bad_request', param, local: true },
    });
    expect(google.calls).toHaveLength(0);
  });

  it.each<[string, Script, object]>([
    [
      'an error',
      json({ error: { code: 403, message: 'x', status: 'PERMISSION_DENIED' } }, 403),
      { kind: 'permission', status: 403 },
    ],
    [
      'an error inside a success',
      json({ error: { code: 429, message: 'x', status: 'RESOURCE_EXHAUSTED' } }),
      { kind: 'rate_limit' },
    ],
    ['too few vectors', json({ predictions: [] }), { kind: 'overloaded', garbled: true }],
    [
      'a vector that is none',
      json({ predictions: [{ embeddings: { values: ['x'] } }] }),
      { kind: 'overloaded', garbled: true },
    ],
    ['a page', json('<html>'), { kind: 'overloaded', garbled: true }],
    [
      'a body cut off',
      (_request, response) => response.writeHead(200, { 'content-length': '400' }).write('{', () => response.destroy()),
      { kind: 'network' },
    ],
  ])('fail as a whole with %s', async (_name, script, failure) => {
    google.script(script);
    expect(await embed(['one'], 'text-embedding-005')).toMatchObject({ type: 'failure', failure });
  });

  it('stop at the first failure', async () => {
    google.script(json({ error: { code: 429, message: 'x', status: 'RESOURCE_EXHAUSTED' } }, 429));
    expect(
      await embed(
        Array.from({ length: 200 }, () => 'x'),
        'gemini-embedding-2',
      ),
    ).toMatchObject({ type: 'failure', failure: { kind: 'rate_limit' } });
    expect(google.calls.length).toBeLessThanOrEqual(16);
  });
});
