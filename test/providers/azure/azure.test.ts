import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { CredentialIssue } from '../../../functions/core/accounts/credential-form.ts';
import type { JsonObject } from '../../../functions/core/json.ts';
import type { Upstream } from '../../../functions/core/routing/upstream.ts';
import { Secret } from '../../../functions/core/secret.ts';
import { openaiResponses } from '../../../functions/dialects/openai-responses/door.ts';
import { readEnvironment } from '../../../functions/environment.ts';
import { azureCredentialForm } from '../../../functions/providers/azure/credential.ts';
import { cloudOf, readEndpoint } from '../../../functions/providers/azure/endpoint.ts';
import { createUpstreamLoader } from '../../../functions/providers/upstreams.ts';
import { failureOf, sendTo, upstreamCall } from '../openai/call.ts';
import { bodyOf, jsonAnswer, type ScriptedServer, startScriptedServer } from '../openai/scripted-server.ts';

const endpoint = 'https://contoso.openai.azure.com';
const tenantId = '11111111-2222-3333-4444-555555555555';
const clientId = '66666666-7777-8888-9999-000000000000';
const clientSecret = 'FAKE-client-secret';

describe('an endpoint of Azure', () => {
  it.each([
    'https://contoso.openai.azure.com',
    'https://contoso.openai.azure.com/',
    'https://contoso.openai.azure.com/openai/v1/',
    'https://Contoso.openai.azure.com/openai',
    'https://contoso.services.ai.azure.com/api/projects/one',
    'https://contoso.services.ai.azure.com/models',
    'https://contoso.cognitiveservices.azure.com/',
    'https://contoso.openai.azure.us',
    'https://contoso.openai.azure.cn',
  ])('is taken: %s', (text) => {
    expect(readEndpoint(text)).toBe(new URL(text).origin);
  });

  it.each([
    'http://contoso.openai.azure.com',
    'https://contoso.openai.azure.com:8443',
    'https://openai.azure.com',
    'https://a.b.openai.azure.com',
    'https://contoso.openai.azure.com.evil.example',
    'https://evil.example/contoso.openai.azure.com',
    'https://contosoopenai.azure.com',
    'https://user@contoso.openai.azure.com',
    'https://contoso.openai.azure.com@evil.example',
    'https://contoso.openai.azure.com/openai/deployments/x',
    'https://contoso.openai.azure.com/../x',
    'https://contoso.openai.azure.com?x=1',
    'https://127.0.0.1',
    'https://2130706433',
    'https://0x7f.1',
    'https://0177.0.0.1',
    'https://[::1]',
    'https://[::ffff:127.0.0.1]',
    'https://169.254.169.254',
    'https://contoso.openai.azure.com.',
    'https://-.openai.azure.com',
    'contoso.openai.azure.com',
  ])('is refused: %s', (text) => {
    expect(readEndpoint(text)).toBeNull();
  });

  it('says which cloud it stands in', () => {
    expect(cloudOf('a.openai.azure.us')).toMatchObject({
      authority: 'https://login.microsoftonline.us',
      scope: 'https://cognitiveservices.azure.us/.default',
    });
    expect(cloudOf('a.openai.azure.cn')?.authority).toBe('https://login.partner.microsoftonline.cn');
    expect(cloudOf('a.example')).toBeNull();
  });
});

describe('an Azure credential', () => {
  const entra = { endpoint, tenantId, clientId, clientSecret };

  it('is a key or an application, in one shape', () => {
    expect(
      azureCredentialForm.parse(JSON.stringify({ endpoint: `${endpoint}/`, apiKey: 'FAKE-key-1234', x: 1 })),
    ).toEqual({
      value: { endpoint, apiKey: 'FAKE-key-1234' },
      type: 'api_key',
      hint: '…1234',
      region: null,
      names: { endpoint },
    });
    expect(azureCredentialForm.parse({ ...entra, deployments: { 'gpt-4o': 'mine' } })).toMatchObject({
      value: { ...entra, deployments: { 'gpt-4o': 'mine' } },
      type: 'service_account',
    });
    expect(azureCredentialForm.parse({ ...entra, tenantId: 'contoso.onmicrosoft.com' }).value.tenantId).toBe(
      'contoso.onmicrosoft.com',
    );
  });

  it.each<[string, JsonObject]>([
    ['credential', { endpoint }],
    ['credential', { ...entra, apiKey: 'FAKE-key-1234' }],
    ['credential.endpoint', { ...entra, endpoint: 'https://evil.example' }],
    ['credential.apiKey', { endpoint, apiKey: 'a\r\nb: c1234' }],
    ['credential.tenantId', { ...entra, tenantId: '../common' }],
    ['credential.tenantId', { ...entra, tenantId: 'common' }],
    ['credential.tenantId', { ...entra, tenantId: 'a/b.example' }],
    ['credential.clientId', { ...entra, clientId: 'not-a-guid' }],
    ['credential.clientSecret', { ...entra, clientSecret: 'a b c d e f g' }],
    ['credential.apiVersion', { ...entra, apiVersion: '2024-10-21&x=1' }],
    ['credential.deployments', { ...entra, deployments: { a: '../x' } }],
    ['credential.deployments', { ...entra, deployments: ['a'] }],
  ])('is refused at %s: %j', (param, given) => {
    let issue: unknown;
    try {
      azureCredentialForm.parse(given);
    } catch (error) {
      issue = error;
    }
    expect(issue).toBeInstanceOf(CredentialIssue);
    expect(issue).toMatchObject({ param });
    expect(String(issue)).not.toContain('evil.example');
  });
});

describe('Azure', () => {
  let server: ScriptedServer;
  let upstream: Upstream;
  const answer = { choices: [{ index: 0, message: { content: 'pong' }, finish_reason: 'stop' }] };
  beforeAll(async () => {
    server = await startScriptedServer();
  });
  beforeEach(async () => {
    server.received.length = 0;
    server.answer = jsonAnswer(200, answer);
    const settings = { AZURE_BASE_URL: server.url, AZURE_AUTHORITY_HOST: server.url };
    upstream = await createUpstreamLoader(readEnvironment(settings))('azure');
  });
  afterAll(() => server.close());

  const call = (credential: JsonObject = {}, change: Parameters<typeof upstreamCall>[0] = {}) =>
    upstreamCall({
      model: 'gpt-4o',
      credential: new Secret({ endpoint, apiKey: 'FAKE-key-1234', ...credential }),
      ...change,
    });
  const entra = (change: Parameters<typeof upstreamCall>[0] = {}) =>
    call({}, { credential: new Secret({ endpoint, tenantId, clientId, clientSecret }), ...change });

  it('is called through the v1 API by the name of the deployment', async () => {
    await sendTo(upstream, call({ deployments: { 'gpt-4o': 'mine' } }));
    expect(server.received[0]).toMatchObject({
      path: '/openai/v1/chat/completions',
      headers: { 'api-key': 'FAKE-key-1234' },
    });
    expect(server.received[0]?.headers).not.toHaveProperty('authorization');
    expect(bodyOf(server.received[0]).model).toBe('mine');
  });

  it('is called through the deployment where a version is given, and by no path that the caller writes', async () => {
    await sendTo(upstream, call({ apiVersion: '2024-10-21' }));
    await sendTo(
      upstream,
      call({ apiVersion: '2024-10-21' }, { operation: 'embed', door: null, body: { input: 'a' } }),
    );
    expect(server.received.map(({ path }) => path)).toEqual([
      '/openai/deployments/gpt-4o/chat/completions?api-version=2024-10-21',
      '/openai/deployments/gpt-4o/embeddings?api-version=2024-10-21',
    ]);
    for (const model of ['../../x', 'a/b', 'a?b', 'a%2fb'])
      expect(await failureOf(sendTo(upstream, call({ apiVersion: '2024-10-21' }, { model })))).toMatchObject({
        kind: 'bad_request',
        local: true,
      });
    expect(server.received).toHaveLength(2);
  });

  it('serves Responses natively', async () => {
    server.answer = jsonAnswer(200, { object: 'response', output: [], status: 'completed' });
    await sendTo(upstream, call({}, { door: openaiResponses, body: { model: 'x', input: 'ping' } }));
    expect(server.received[0]?.path).toBe('/openai/v1/responses');
  });

  it.each<[number, JsonObject, Record<string, string>, JsonObject]>([
    [400, { code: 'content_filter', message: 'filtered' }, {}, { kind: 'content_filter' }],
    [
      400,
      { code: null, message: 'm', innererror: { code: 'ResponsibleAIPolicyViolation' } },
      {},
      { kind: 'content_filter' },
    ],
    [401, { code: '401', message: 'Access denied due to invalid subscription key' }, {}, { kind: 'credential' }],
    [
      401,
      { code: 'PermissionDenied', message: 'The principal lacks the required data action' },
      {},
      { kind: 'permission' },
    ],
    [403, { code: '403', message: 'Access denied due to Virtual Network/Firewall rules.' }, {}, { kind: 'permission' }],
    [404, { code: 'DeploymentNotFound', message: 'The API deployment does not exist' }, {}, { kind: 'model_access' }],
    [
      429,
      { code: '429', message: 'exceeded token rate limit' },
      { 'retry-after': '7' },
      { kind: 'rate_limit', retryAfterMs: 7000 },
    ],
    [429, { code: '429', message: 'slow' }, { 'retry-after-ms': '250' }, { kind: 'rate_limit', retryAfterMs: 250 }],
    [429, { code: 'insufficient_quota', message: 'quota' }, {}, { kind: 'quota' }],
    [503, { code: 'InternalServerError', message: 'down' }, {}, { kind: 'overloaded' }],
  ])('says with %d %j what is wrong', async (status, error, headers, expected) => {
    server.answer = jsonAnswer(status, { error }, { ...headers, 'apim-request-id': 'azure-1' });
    expect(await failureOf(sendTo(upstream, call()))).toMatchObject({
      status,
      providerRequestId: 'azure-1',
      ...expected,
    });
  });

  const withTokens = (token: () => string, refuse: (authorization: string) => boolean = () => false) => {
    server.answer = (response, received) =>
      received.path.includes('/oauth2/')
        ? jsonAnswer(200, { access_token: token(), expires_in: 3600 })(response, received)
        : refuse(String(received.headers.authorization))
          ? jsonAnswer(401, { error: { code: 'Unauthorized', message: 'expired' } })(response, received)
          : jsonAnswer(200, answer)(response, received);
  };
  const exchanges = () => server.received.filter(({ path }) => path.includes('/oauth2/'));

  it('is called with a token of Entra ID, which is told and kept under the key alone', async () => {
    let count = 0;
    withTokens(() => `FAKE-token-${++count}`);
    const told: string[] = [];
    const authenticated = (derived: Secret<string>) => void told.push(derived.reveal());
    await sendTo(upstream, entra({ authenticated }));
    await sendTo(upstream, entra({ authenticated }));
    await sendTo(upstream, entra({ authenticated, credentialKey: 'pk_2@1' }));
    expect(told).toEqual(['FAKE-token-1', 'FAKE-token-1', 'FAKE-token-2']);
    expect(exchanges().map(({ path }) => path)).toEqual(Array(2).fill(`/${tenantId}/oauth2/v2.0/token`));
    expect(Object.fromEntries(new URLSearchParams(exchanges()[0]?.text))).toEqual({
      grant_type: 'client_credentials',
      client_id: clientId,
      client_secret: clientSecret,
      scope: 'https://cognitiveservices.azure.com/.default',
    });
    expect(server.received.at(-1)?.headers).toMatchObject({ authorization: 'Bearer FAKE-token-2' });
    expect(server.received.at(-1)?.headers).not.toHaveProperty('api-key');
  });

  it('gets another token once, when one that was kept is refused', async () => {
    let count = 0;
    let refused = '';
    withTokens(
      () => `FAKE-token-${++count}`,
      (authorization) => authorization === refused,
    );
    await sendTo(upstream, entra());
    refused = 'Bearer FAKE-token-1';
    expect((await sendTo(upstream, entra())).type).toBe('json');
    withTokens(
      () => 'FAKE-token-3',
      () => true,
    );
    expect(await failureOf(sendTo(upstream, entra({ credentialKey: 'pk_3@1' })))).toMatchObject({ kind: 'credential' });
    expect(exchanges()).toHaveLength(3);
  });

  it.each<[number, JsonObject, string]>([
    [
      401,
      { error: 'invalid_client', error_description: 'AADSTS7000215: Invalid client secret.\r\nTrace ID: x' },
      'credential',
    ],
    [400, { error: 'unauthorized_client', error_description: 'AADSTS700016: no such application' }, 'credential'],
    [400, { error: 'invalid_request', error_description: 'AADSTS90002: no such tenant' }, 'credential'],
    [429, {}, 'rate_limit'],
    [503, { error: 'temporarily_unavailable' }, 'overloaded'],
    [200, { access_token: 'a\nb' }, 'overloaded'],
  ])('says with %d %j of Entra ID what is wrong', async (status, body, kind) => {
    server.answer = jsonAnswer(status, body);
    const failure = await failureOf(sendTo(upstream, entra()));
    expect(failure).toMatchObject({ kind, status });
    expect(failure.message).not.toMatch(/Trace|FAKE/);
    expect(server.received).toHaveLength(1);
  });
});
