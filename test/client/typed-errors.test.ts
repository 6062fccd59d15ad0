import OpenAI, { type ClientOptions } from 'openai';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { simulatedApiKey } from '../../local/simulated/bedrock/credentials.ts';
import { simulatedServiceAccount } from '../../local/simulated/vertex/server.ts';
import { startGateway, type TestGateway } from './gateway.ts';

const messages = [{ role: 'user' as const, content: 'one two three four five six' }];

/** Each provider with credentials that fail in a way of their own. */
const providers = {
  openai: { model: 'openai/gpt-4o-mini', failing: (word: string): unknown => `sk-sim-${word}` },
  bedrock: {
    model: 'bedrock/amazon.nova-lite-v1:0',
    failing: (word: string): unknown => simulatedApiKey(`sim-${word}`),
  },
  vertex: { model: 'vertex/gemini-2.5-flash', failing: (word: string): unknown => simulatedServiceAccount(word) },
};
const names = Object.keys(providers) as (keyof typeof providers)[];

async function thrown(promise: Promise<unknown>): Promise<InstanceType<typeof OpenAI.APIError>> {
  const error = await promise.then(
    () => null,
    (reason: unknown) => reason,
  );
  if (!(error instanceof OpenAI.APIError)) throw new Error(`This is no error of the client: ${String(error)}`);
  return error;
}

describe('what the official client throws', () => {
  let gateway: TestGateway;

  beforeAll(async () => {
    gateway = await startGateway();
  });
  afterAll(() => gateway.close());

  /** A client of a workspace whose one key, for exclusive use, fails. */
  async function failingClient(
    provider: keyof typeof providers,
    word: string,
    options?: ClientOptions,
  ): Promise<OpenAI> {
    const workspace = await gateway.workspace({
      keys: { [provider]: providers[provider].failing(word) },
      exclusive: true,
    });
    gateway.calls.length = 0;
    return workspace.client(options);
  }

  describe.each(names)('of a failing %s key', (provider) => {
    const { model } = providers[provider];
    // Vertex AI's invalid accounts fail at Google's token endpoint already.
    const refusedCalls = provider === 'vertex' ? 0 : 1;

    it.each([
      ['invalid', OpenAI.AuthenticationError, 401, 'provider_credential_invalid', refusedCalls],
      ['denied', OpenAI.PermissionDeniedError, 403, 'provider_permission_denied', 1],
      ['quota', OpenAI.RateLimitError, 429, 'provider_quota_exceeded', 1],
    ])('%s: typed, and not tried again although the client would', async (word, type, status, code, calls) => {
      const client = await failingClient(provider, word);
      for (const stream of [false, true]) {
        gateway.calls.length = 0;
        const error = await thrown(client.chat.completions.create({ model, messages, stream }));
        expect(error).toBeInstanceOf(type);
        expect(error).toMatchObject({
          status,
          code,
          requestID: expect.stringMatching(/^req_/),
          error: { hint: expect.any(String), attempts: [{ kind: expect.any(String) }] },
        });
        expect(error.headers?.get('x-should-retry')).toBe('false');
        expect(gateway.calls).toHaveLength(calls);
      }
    });

    it('rate limits: typed, with the time to wait for, and tried again by the client', async () => {
      const client = await failingClient(provider, 'ratelimited', { maxRetries: 0 });
      const error = await thrown(client.chat.completions.create({ model, messages }));
      expect(error).toBeInstanceOf(OpenAI.RateLimitError);
      expect(error).toMatchObject({ status: 429, code: 'provider_rate_limited' });
      expect(error.headers?.get('x-should-retry')).not.toBe('false');
      expect(gateway.calls).toHaveLength(1);
    });

    it('overload: tried twice by the gateway, and again by the client', async () => {
      const client = await failingClient(provider, 'overloaded', { maxRetries: 0 });
      expect(await thrown(client.chat.completions.create({ model, messages }))).toBeInstanceOf(
        OpenAI.InternalServerError,
      );
      expect(gateway.calls).toHaveLength(2);
    });

    it('a deadline: 504, and the provider is hung up on', async () => {
      const client = await failingClient(provider, 'slow', { maxRetries: 0 });
      const error = await thrown(
        client.chat.completions.create({ model, messages }, { headers: { 'x-keyway-timeout-ms': '300' } }),
      );
      expect(error).toMatchObject({ status: 504, code: 'provider_timeout' });
      expect(await gateway.calls[0]?.left).toBe(true);
    });

    it('a stream that breaks off: an exception after what was delivered, never a quiet end', async () => {
      const client = await failingClient(provider, 'cut', { maxRetries: 0 });
      const seen: OpenAI.ChatCompletionChunk[] = [];
      const reading = async () => {
        for await (const chunk of await client.chat.completions.create({ model, messages, stream: true }))
          seen.push(chunk);
      };
      expect(await thrown(reading())).toMatchObject({ code: 'provider_error' });
      expect(seen.map((chunk) => chunk.choices[0]?.delta.content ?? '').join('')).toMatch(/one |You said/);
      expect(seen.some((chunk) => chunk.choices[0]?.finish_reason)).toBe(false);
      await thrown(client.chat.completions.stream({ model, messages }).finalChatCompletion());
    });
  });

  it('tries again after a rate limit, as often as it is told to', async () => {
    const client = await failingClient('bedrock', 'ratelimited', { maxRetries: 1 });
    expect(await thrown(client.chat.completions.create({ model: providers.bedrock.model, messages }))).toBeInstanceOf(
      OpenAI.RateLimitError,
    );
    expect(gateway.calls).toHaveLength(2);
  });

  it.each<
    [
      string,
      abstract new (...args: never[]) => Error,
      number,
      string,
      string | null,
      OpenAI.ChatCompletionCreateParamsNonStreaming,
      ClientOptions?,
    ]
  >([
    [
      'a key that is not known',
      OpenAI.AuthenticationError,
      401,
      'unauthorized',
      null,
      { model: 'openai/gpt-4o-mini', messages },
      { apiKey: 'kw_unknown' },
    ],
    [
      'a model that nobody knows',
      OpenAI.NotFoundError,
      404,
      'model_not_found',
      'model',
      { model: 'some-mini', messages },
    ],
    [
      'a model that the provider does not know',
      OpenAI.NotFoundError,
      404,
      'model_not_found',
      'model',
      { model: 'openai/sim-missing', messages },
    ],
    [
      'no messages',
      OpenAI.UnprocessableEntityError,
      422,
      'validation_error',
      'messages',
      { model: 'openai/gpt-4o-mini', messages: [] },
    ],
    [
      'two answers where there can be one',
      OpenAI.BadRequestError,
      400,
      'invalid_request',
      'n',
      { model: 'bedrock/amazon.nova-lite-v1:0', messages, n: 2 },
    ],
    [
      'credentials that cannot be chosen so',
      OpenAI.UnprocessableEntityError,
      422,
      'validation_error',
      'x-keyway-credentials',
      { model: 'openai/gpt-4o-mini', messages },
      { defaultHeaders: { 'x-keyway-credentials': 'mine' } },
    ],
  ])('for %s is typed', async (_, type, status, code, param, body, options) => {
    const workspace = await gateway.workspace();
    const error = await thrown(workspace.client(options).chat.completions.create(body));
    expect(error).toBeInstanceOf(type);
    expect(error).toMatchObject({ status, code, param, requestID: expect.stringMatching(/^req_/) });
  });

  it('for an empty purse is a 402 that is not tried again', async () => {
    const workspace = await gateway.workspace({ keys: {} });
    const error = await thrown(workspace.client().chat.completions.create({ model: 'openai/gpt-4o-mini', messages }));
    expect(error).toMatchObject({ status: 402, code: 'insufficient_credits' });
    expect(error.headers?.get('x-should-retry')).toBe('false');
  });

  it('for a revoked key is a PermissionDeniedError', async () => {
    const workspace = await gateway.workspace();
    const { body } = await workspace.call('POST', '/v1/api-keys', { name: 'short-lived', scopes: ['inference'] });
    const client = workspace.client({ apiKey: String(body.key) });
    await client.models.list();
    expect((await workspace.call('DELETE', `/v1/api-keys/${body.id}`)).status).toBe(204);
    const error = await thrown(client.models.list());
    expect(error).toBeInstanceOf(OpenAI.PermissionDeniedError);
    expect(error).toMatchObject({ status: 403, code: 'key_disabled' });
  });

  it('when the caller gives up is an APIUserAbortError, and the provider is hung up on', async () => {
    const client = await failingClient('openai', 'slow');
    const leave = new AbortController();
    const asked = client.chat.completions.create({ model: 'openai/gpt-4o-mini', messages }, { signal: leave.signal });
    await expect.poll(() => gateway.calls.length).toBe(1);
    leave.abort();
    expect(await thrown(asked)).toBeInstanceOf(OpenAI.APIUserAbortError);
    expect(await gateway.calls[0]?.left).toBe(true);
  });
});
