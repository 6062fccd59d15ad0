import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { JsonObject } from '../../../functions/core/json.ts';
import type { Upstream } from '../../../functions/core/routing/upstream.ts';
import { Secret } from '../../../functions/core/secret.ts';
import { createVertexUpstream } from '../../../functions/providers/vertex/upstream.ts';
import { ask, failureOf, upstreamCall } from './call.ts';
import { type GoogleServer, json, type Received, type Script, serviceAccount, startGoogle } from './google-server.ts';

let google: GoogleServer;
let vertex: Upstream;

beforeAll(async () => {
  google = await startGoogle();
});
afterAll(() => google.close());
beforeEach(() => {
  vertex = createVertexUpstream({ baseUrl: google.url, tokenUrl: google.tokenUrl });
  google.calls.length = 0;
  google.assertions.length = 0;
  google.scriptToken(null);
});

const answer = { candidates: [{ content: { role: 'model', parts: [{ text: 'pong' }] }, finishReason: 'STOP' }] };
const unauthorized = json(
  { error: { code: 401, message: 'Request had invalid authentication credentials.', status: 'UNAUTHENTICATED' } },
  401,
);

describe('access tokens', () => {
  it('are exchanged for an assertion that names the account, the scope and an hour', async () => {
    google.script(json(answer));
    await ask(vertex, upstreamCall({}));
    const [claims] = google.assertions;
    expect(claims).toMatchObject({
      iss: serviceAccount.client_email,
      scope: 'https://www.googleapis.com/auth/cloud-platform',
      aud: 'https://oauth2.googleapis.com/token',
    });
    expect(Number(claims?.exp) - Number(claims?.iat)).toBe(3600);
  });

  it('are exchanged once for many calls at once and after one another', async () => {
    google.script(json(answer));
    await Promise.all(Array.from({ length: 20 }, () => ask(vertex, upstreamCall({}))));
    await ask(vertex, upstreamCall({}));
    expect(google.assertions).toHaveLength(1);
    expect(new Set(google.calls.map(({ authorization }) => authorization))).toEqual(new Set(['Bearer token-1']));
  });

  it('belong to one key and version', async () => {
    google.script(json(answer));
    for (const credentialKey of ['pk_1@1', 'pk_1@2', 'pk_2@1', 'pk_1@1'])
      await ask(vertex, upstreamCall({}, { credentialKey }));
    expect(google.calls.map(({ authorization }) => authorization)).toEqual([
      'Bearer token-1',
      'Bearer token-2',
      'Bearer token-3',
      'Bearer token-1',
    ]);
  });

  it('are renewed five minutes before they expire', async () => {
    google.script(json(answer));
    google.scriptToken(json({ access_token: 'short', expires_in: 299, token_type: 'Bearer' }));
    await ask(vertex, upstreamCall({}));
    google.scriptToken(json({ access_token: 'longer', expires_in: 330, token_type: 'Bearer' }));
    await ask(vertex, upstreamCall({}));
    await ask(vertex, upstreamCall({}));
    expect(google.calls.map(({ authorization }) => authorization)).toEqual([
      'Bearer short',
      'Bearer longer',
      'Bearer longer',
    ]);
  });

  it('are renewed once when Vertex AI refuses one', async () => {
    google.script(unauthorized, json(answer));
    expect(await ask(vertex, upstreamCall({}))).toMatchObject({ type: 'json' });
    expect(google.calls.map(({ authorization }) => authorization)).toEqual(['Bearer token-1', 'Bearer token-2']);
  });

  it('are given up after the second refusal, and not kept', async () => {
    google.script(unauthorized);
    expect(failureOf(await ask(vertex, upstreamCall({})))).toMatchObject({
      kind: 'credential',
      status: 401,
      code: 'UNAUTHENTICATED',
    });
    expect(google.calls).toHaveLength(2);
    google.script(json(answer));
    await ask(vertex, upstreamCall({}));
    expect(google.calls.at(-1)?.authorization).toBe('Bearer token-3');
  });

  it.each<[string, Script, object]>([
    [
      'a deleted key',
      json({ error: 'invalid_grant', error_description: 'Invalid JWT Signature.' }, 400),
      { kind: 'credential', status: 400, code: 'invalid_grant', hint: expect.stringContaining('deleted or disabled') },
    ],
    ['a server error, once', json({ error: 'internal_failure' }, 500), { kind: 'overloaded', status: 500 }],
    [
      'too many exchanges',
      json({ error: 'rate_limit_exceeded' }, 429, { 'retry-after': '3' }),
      { kind: 'rate_limit', retryAfterMs: 3000 },
    ],
    ['a page', json('<html>', 502), { kind: 'overloaded', garbled: true }],
    ['an answer without token', json({}), { kind: 'overloaded', garbled: true }],
    [
      'a token that is no header',
      json({ access_token: 'a\r\nx: y', expires_in: 1 }),
      { kind: 'overloaded', garbled: true },
    ],
    ['a reset connection', (_request, response) => response.destroy(), { kind: 'network' }],
  ])('cannot be had: %s', async (_name, reply, expected) => {
    google.scriptToken(reply);
    expect(failureOf(await ask(vertex, upstreamCall({})))).toMatchObject(expected);
    // A reset on a connection that another call had left behind is tried once more on a new one.
    expect(google.assertions.length).toBeLessThanOrEqual('kind' in expected && expected.kind === 'network' ? 2 : 1);
    expect(google.calls).toHaveLength(0);
  });

  it('are not waited for when the caller leaves, and the exchange ends with the last who waits', async () => {
    const [first, second] = [new AbortController(), new AbortController()];
    const asked = Promise.withResolvers<Received>();
    google.scriptToken((request) => asked.resolve(request));
    const [left, stayed] = [
      ask(vertex, upstreamCall({}, { signal: first.signal })),
      ask(vertex, upstreamCall({}, { signal: second.signal })),
    ];
    const exchange = await asked.promise;
    first.abort();
    expect(failureOf(await left)).toMatchObject({ kind: 'cancelled' });
    second.abort();
    expect(failureOf(await stayed)).toMatchObject({ kind: 'cancelled' });
    await exchange.closed;
    expect(google.assertions).toHaveLength(1);
  });

  it('come to those who stay when another caller leaves', async () => {
    const leave = new AbortController();
    google.script(json(answer));
    google.scriptToken((request, response) => {
      leave.abort();
      json({ access_token: 'kept', expires_in: 3599 })(request, response);
    });
    const [left, stayed] = [ask(vertex, upstreamCall({}, { signal: leave.signal })), ask(vertex, upstreamCall({}))];
    expect(failureOf(await left)).toMatchObject({ kind: 'cancelled' });
    expect(await stayed).toMatchObject({ type: 'json' });
    expect(google.calls).toMatchObject([{ authorization: 'Bearer kept' }]);
  });

  it('cannot be had when the stored key does not sign, which says nothing against the key', async () => {
    const credential = new Secret<JsonObject>({ ...serviceAccount, private_key: 'spoilt' });
    const failure = failureOf(await ask(vertex, upstreamCall({}, { credential })));
    expect(failure).toMatchObject({ kind: 'secret_unavailable', local: true });
    expect(JSON.stringify(failure)).not.toContain('spoilt');
    expect(google.assertions).toHaveLength(0);
  });

  it('never show in a failure, nor does the private key', async () => {
    google.scriptToken(json({ error: 'invalid_grant', error_description: 'Invalid JWT Signature.' }, 400));
    const text = JSON.stringify(await ask(vertex, upstreamCall({})));
    for (const line of serviceAccount.private_key.split('\n').filter((line) => line.length > 40))
      expect(text).not.toContain(line);
  });
});
