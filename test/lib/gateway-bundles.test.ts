import { readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { brotliDecompressSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Entry, endpoints } from '../../functions/endpoints.ts';
import type { Listening } from '../../local/listening.ts';
import { simulatedEndpoints } from '../../local/settings.ts';
import { simulatedApiKey } from '../../local/simulated/bedrock/credentials.ts';
import { createSimulatedProviders } from '../../local/simulated/providers.ts';
import { startSimulatedProviders } from '../../local/simulated/server.ts';
import { simulatedServiceAccount } from '../../local/simulated/vertex/server.ts';
import { type FakeCloudWatch, startFakeCloudWatch } from '../embedded/fake-cloudwatch.ts';
import { adminToken, aws, type Stores, startStores } from '../embedded-gateway.ts';
import { type Bundle, bundleFunction } from './bundle-function.ts';
import { type LambdaProcess, readFraming, readText, startLambda } from './runtime-api.ts';

const entries = [...new Set(endpoints.map(({ entry }) => entry))];
const messages = [{ role: 'user', content: 'one two three four' }];

describe('the gateway as CDK bundles it', () => {
  let stores: Stores;
  let providers: Listening;
  let cloudWatch: FakeCloudWatch;
  const bundles: Bundle[] = [];
  const lambdas = {} as Record<Entry | 'sweep', LambdaProcess>;
  let key = '';

  beforeAll(async () => {
    stores = await startStores();
    cloudWatch = await startFakeCloudWatch();
    providers = await startSimulatedProviders(createSimulatedProviders().handlers);
    const environment = {
      AWS_REGION: aws.region,
      AWS_ACCESS_KEY_ID: aws.credentials.accessKeyId,
      AWS_SECRET_ACCESS_KEY: aws.credentials.secretAccessKey,
      AWS_ENDPOINT_URL_DYNAMODB: stores.dynamo.url,
      AWS_ENDPOINT_URL_SECRETS_MANAGER: stores.secrets.url,
      AWS_ENDPOINT_URL_CLOUDWATCH: cloudWatch.url,
      KEYWAY_ALARM_PREFIXES: 'keyway-prod-Observability',
      ...simulatedEndpoints(providers.url),
    };
    for (const entry of [...entries, 'sweep'] as const) {
      const bundle = bundleFunction(`functions/${entry}.ts`, entry === 'console' ? { console: 'console/dist' } : {});
      bundles.push(bundle);
      lambdas[entry] = await startLambda(bundle.file, { ...environment, LAMBDA_TASK_ROOT: dirname(bundle.file) });
    }
  }, 180_000);

  afterAll(async () => {
    for (const lambda of Object.values(lambdas)) await lambda.stop();
    for (const bundle of bundles) bundle.remove();
    await providers.close();
    await cloudWatch.close();
    await stores.close();
  });

  /** What API Gateway would send for a request. */
  function event(httpMethod: string, path: string, bearer: string, body?: object) {
    return {
      resource: path,
      path,
      httpMethod,
      headers: { Authorization: `Bearer ${bearer}`, 'Content-Type': 'application/json' },
      queryStringParameters: null,
      requestContext: { requestId: '11111111-1111-4111-8111-111111111111', identity: { sourceIp: '127.0.0.1' } },
      body: body === undefined ? null : JSON.stringify(body),
      isBase64Encoded: false,
    };
  }

  async function buffered(entry: Entry, method: string, path: string, bearer: string, body?: object) {
    const { mode, chunks } = await lambdas[entry].invoke(event(method, path, bearer, body));
    expect(mode).toBeUndefined();
    const answer = JSON.parse(await readText(chunks)) as {
      statusCode: number;
      headers: Record<string, string>;
      body: string;
    };
    expect(answer.headers['x-request-id']).toMatch(/^req_/);
    return { status: answer.statusCode, body: answer.body === '' ? null : JSON.parse(answer.body) };
  }

  async function chat(model: string, bearer = key) {
    const { mode, contentType, chunks } = await lambdas.inference.invoke(
      event('POST', '/v1/chat/completions', bearer, { model, messages, stream: true }),
    );
    expect([mode, contentType]).toEqual(['streaming', 'application/vnd.awslambda.http-integration-response']);
    const { prelude, body } = await readFraming(chunks);
    const pieces: string[] = [];
    for await (const piece of body) pieces.push(piece.toString());
    return { prelude, pieces, text: pieces.join('') };
  }

  it('console: streams the page from beside its code, compressed', async () => {
    const sent = { ...event('GET', '/console', ''), headers: { 'Accept-Encoding': 'gzip, br' } };
    const { mode, chunks } = await lambdas.console.invoke(sent);
    const { prelude, body } = await readFraming(chunks);
    const bytes: Uint8Array[] = [];
    for await (const piece of body) bytes.push(piece);
    expect([mode, prelude.statusCode, prelude.headers['content-encoding']]).toEqual(['streaming', 200, 'br']);
    expect(String(brotliDecompressSync(Buffer.concat(bytes)))).toBe(readFileSync('console/dist/index.html', 'utf8'));
  });

  it('operator: makes a workspace with its first key', async () => {
    const { status, body } = await buffered('operator', 'POST', '/v1/workspaces', adminToken, { name: 'bundled' });
    expect(status).toBe(201);
    key = body.api_key.key;
    expect((await buffered('operator', 'GET', '/v1/workspaces', 'not-the-token')).status).toBe(401);
  });

  it('operator: asks CloudWatch for the alarms, with a client that no other request loads', async () => {
    cloudWatch.alarms = [{ name: 'keyway-prod-ObservabilityBellsThrottles', description: 'mine', state: 'ALARM' }];
    const { body } = await buffered('operator', 'GET', '/v1/operator/alarms', adminToken);
    expect(body).toMatchObject({ source: 'cloudwatch', problem: null, data: [{ says: 'mine', state: 'alarm' }] });
  });

  it.each([
    ['openai', 'sk-sim-bundled'],
    ['bedrock', simulatedApiKey()],
    ['vertex', simulatedServiceAccount('bundled')],
  ])('provider-keys: stores a key for %s', async (provider, credential) => {
    const { status, body } = await buffered('provider-keys', 'POST', '/v1/provider-keys', key, {
      provider,
      credential,
      fallback_enabled: false,
    });
    expect([status, body.provider]).toEqual([201, provider]);
  });

  it.each([
    'openai/gpt-4o-mini',
    'bedrock/amazon.nova-lite-v1:0',
    'vertex/gemini-2.5-flash',
    'vertex/anthropic/claude-sonnet-4-5@20250929',
  ])("inference: streams %s with the workspace's own key, its SDK loaded on first use", async (model) => {
    const { prelude, pieces, text } = await chat(model);
    expect(prelude).toMatchObject({
      statusCode: 200,
      headers: {
        'content-type': 'text/event-stream; charset=utf-8',
        'x-request-id': expect.stringMatching(/^req_/),
        'x-keyway-credential': 'byok',
        'x-keyway-provider': model.split('/')[0],
      },
    });
    expect(pieces.length).toBeGreaterThan(1);
    const events = text.split('\n\n').filter(Boolean);
    expect(events.at(-1)).toBe('data: [DONE]');
    const chunks = events.slice(0, -1).map((line) => JSON.parse(line.replace(/^data: /, '')));
    expect(chunks.map((chunk) => chunk.choices[0].delta.content ?? '').join('')).toContain('one two three four');
    // Lambda freezes the function once the answer has ended: the record is there by then.
    const log = await buffered('records', 'GET', `/v1/logs/${prelude.headers['x-request-id']}`, key);
    expect(log).toMatchObject({
      status: 200,
      body: { model, status: 200, stream: true, credential: 'byok', finish_reason: 'stop' },
    });
  });

  it('inference: refuses in the same framing, as JSON', async () => {
    const { prelude, text } = await chat('openai/gpt-4o-mini', 'kw_unknown');
    expect(prelude).toMatchObject({
      statusCode: 401,
      headers: { 'content-type': 'application/json', 'x-should-retry': 'false' },
    });
    expect(JSON.parse(text)).toMatchObject({
      error: { code: 'unauthorized' },
      request_id: prelude.headers['x-request-id'],
    });
  });

  it('records: shows the audit trail to both, each with what it may see', async () => {
    for (const [bearer, id] of [
      [adminToken, 'admin'],
      [key, null],
    ] as const) {
      const { status, body } = await buffered('records', 'GET', '/v1/audit', bearer);
      expect(status).toBe(200);
      expect(body.data.at(-1)).toMatchObject({ operation: 'createWorkspace', actor: { type: 'operator', id } });
    }
  });

  it('records: refuses whoever is neither', async () => {
    expect((await buffered('records', 'GET', '/v1/audit', 'not-the-token')).status).toBe(401);
    expect((await buffered('records', 'GET', '/v1/audit', 'kw_unknown')).status).toBe(401);
  });

  it('workspace: answers from the catalogue, the schemas and the stores', async () => {
    expect((await buffered('workspace', 'GET', '/healthz', '')).status).toBe(200);
    expect((await buffered('workspace', 'GET', '/openapi.json', '')).body).toMatchObject({ openapi: '3.1.0' });
    expect((await buffered('workspace', 'GET', '/v1/models', key)).body.data.length).toBeGreaterThan(100);
    expect((await buffered('records', 'GET', '/v1/logs', key)).body.data).toHaveLength(4);
    expect((await buffered('workspace', 'GET', '/nowhere', key)).body).toMatchObject({ error: { code: 'not_found' } });
  });

  it('sweep: runs, and says what it did', async () => {
    await lambdas.sweep.invoke({});
    expect(printedBy('sweep')).toContainEqual(
      expect.objectContaining({ level: 'INFO', message: expect.objectContaining({ event: 'swept', what: 'holds' }) }),
    );
  });

  it('inference: prints one line for each request, with its metrics at the root, where CloudWatch looks for them', () => {
    const lines = printedBy('inference');
    expect(lines).toHaveLength(5);
    for (const line of lines)
      expect(line).toMatchObject({
        _aws: { CloudWatchMetrics: expect.any(Array) },
        request_id: expect.stringMatching(/^req_/),
        gateway_request_id: '11111111-1111-4111-8111-111111111111',
        lambda_request_id: 'invocation',
      });
    expect(lines.map(({ provider }) => provider)).toEqual(['openai', 'bedrock', 'vertex', 'vertex', undefined]);
    expect(lines.at(-1)).toMatchObject({ error_code: 'unauthorized', refusals: 1 });
  });

  it('the others print nothing but refusals', () => {
    expect(printedBy('provider-keys')).toEqual([]);
    const wrongToken = [
      { level: 'ERROR', message: { event: 'operator_refused', ip: '127.0.0.1' } },
      { error_code: 'unauthorized', refusals: 1 },
    ];
    expect(printedBy('operator')).toMatchObject(wrongToken);
    expect(printedBy('operator')).toMatchObject([{}, { resource: '/v1/workspaces' }]);
    expect(printedBy('records')).toMatchObject([...wrongToken, { resource: '/v1/audit', error_code: 'unauthorized' }]);
    expect(printedBy('workspace')).toMatchObject([{ resource: '/nowhere', error_code: 'not_found' }]);
  });

  function printedBy(entry: Entry | 'sweep'): Record<string, unknown>[] {
    return lambdas[entry]
      .output()
      .split('\n')
      .filter(Boolean)
      .map((line) => JSON.parse(line) as Record<string, unknown>);
  }
});
