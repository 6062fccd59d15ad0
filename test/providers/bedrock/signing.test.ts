import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import type { JsonObject } from '../../../functions/core/json.ts';
import { createBedrockUpstream } from '../../../functions/providers/bedrock/upstream.ts';
import {
  simulatedApiKey,
  simulatedSecretAccessKey,
  simulatedShortTermKey,
} from '../../../local/simulated/bedrock/credentials.ts';
import { simulateBedrock } from '../../../local/simulated/bedrock/server.ts';
import { ask as send, upstreamCall } from './call.ts';

// The simulated service verifies bearer keys and recomputes signatures, so an answer is the proof of the right credential.
const seen: { authorization: string; url: string; token: unknown }[] = [];
const server = createServer(async (request, response) => {
  const pieces: Buffer[] = [];
  for await (const piece of request) pieces.push(piece as Buffer);
  seen.push({
    authorization: request.headers.authorization ?? '',
    url: request.url ?? '',
    token: request.headers['x-amz-security-token'],
  });
  await simulateBedrock(request, Buffer.concat(pieces), response);
});
let endpoint = '';
beforeAll(async () => {
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}/bedrock`;
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});
afterEach(() => {
  seen.length = 0;
  vi.unstubAllEnvs();
});

const pair = { accessKeyId: 'AKIASIMKEYWAYTENANT1', secretAccessKey: simulatedSecretAccessKey, region: 'eu-central-1' };

/** Credentials of the function itself: its role's, and a key that someone left in the environment. */
function ambient(withKey = true) {
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'AKIASIMKEYWAYAMBIENT');
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', simulatedSecretAccessKey);
  vi.stubEnv('AWS_SESSION_TOKEN', 'ambient-session-token');
  vi.stubEnv('AWS_BEARER_TOKEN_BEDROCK', withKey ? simulatedApiKey('sim-ambient') : undefined);
  vi.stubEnv('AWS_REGION', 'us-west-1');
}

async function ask(credential: JsonObject, more: Parameters<typeof upstreamCall>[0] = {}) {
  return send(createBedrockUpstream({ endpoint, defaultRegion: 'us-east-1' }), upstreamCall({ credential, ...more }));
}

describe('whose credential a call goes out with', () => {
  it.each([
    ['a long-term key', { apiKey: simulatedApiKey() }],
    ['a short-term key', { apiKey: simulatedShortTermKey('us-east-1', new Date()) }],
  ])('%s is the bearer, whatever the environment holds', async (_name, credential) => {
    for (const withKey of [true, false]) {
      ambient(withKey);
      expect(await ask(credential)).toMatchObject({ type: 'json' });
      expect(seen.pop()).toEqual({
        authorization: `Bearer ${credential.apiKey}`,
        url: '/bedrock/model/anthropic.claude-test/converse',
        token: undefined,
      });
    }
  });

  it.each([
    ['AWS credentials', pair, undefined],
    [
      'session credentials',
      { ...pair, accessKeyId: 'ASIASIMKEYWAYTENANT1', sessionToken: 'tenant-session-token' },
      'tenant-session-token',
    ],
  ])('%s sign for their region, whatever the environment holds', async (_name, credential, token) => {
    ambient();
    expect(
      await ask(credential, {
        region: 'eu-central-1',
        model: 'arn:aws:bedrock:eu-central-1:000000000000:inference-profile/eu.anthropic.claude-x-v1:0',
      }),
    ).toMatchObject({
      type: 'json',
    });
    expect(seen[0]?.authorization).toMatch(
      new RegExp(`Credential=${credential.accessKeyId}/\\d{8}/eu-central-1/bedrock/aws4_request`),
    );
    expect(seen[0]?.token).toBe(token);
  });

  it('the function’s own role signs only where the platform says so, and never as a bearer', async () => {
    ambient();
    vi.stubEnv('AWS_ACCESS_KEY_ID', 'ASIASIMKEYWAYAMBIENT');
    expect(await ask({ ambient: true })).toMatchObject({ type: 'json' });
    expect(seen[0]?.authorization).toMatch(/^AWS4-HMAC-SHA256 Credential=ASIASIMKEYWAYAMBIENT\//);
    expect(seen[0]?.token).toBe('ambient-session-token');
  });

  it('a wrong secret is refused, and so is a key that nobody made', async () => {
    expect(await ask({ ...pair, secretAccessKey: 'another-secret-access-key' })).toMatchObject({
      failure: { kind: 'credential', code: 'InvalidSignatureException' },
    });
    expect(await ask({ apiKey: `ABSK${Buffer.from('nobody-at-000000000000:x').toString('base64')}` })).toMatchObject({
      failure: { kind: 'credential', code: 'AccessDeniedException' },
    });
  });

  it('a rotated key is used from the next request on, and two keys never mix', async () => {
    const bedrock = createBedrockUpstream({ endpoint, defaultRegion: 'us-east-1' });
    const asked = [
      ['pk_1@1', 'sim-one'],
      ['pk_1@2', 'sim-two'],
      ['pk_2@1', 'sim-three'],
      ['pk_1@2', 'sim-two'],
      ['pk_2@1', 'sim-three'],
    ] as const;
    for (const [credentialKey, user] of asked)
      await send(bedrock, upstreamCall({ credential: { apiKey: simulatedApiKey(user) }, credentialKey }));
    expect(seen.map(({ authorization }) => authorization)).toEqual(
      asked.map(([, user]) => `Bearer ${simulatedApiKey(user)}`),
    );
  });

  it('keeps serving when there are more keys than it keeps clients for', async () => {
    const bedrock = createBedrockUpstream({ endpoint, defaultRegion: 'us-east-1' });
    for (let index = 0; index < 205; index++)
      await send(
        bedrock,
        upstreamCall({ credential: { apiKey: simulatedApiKey(`sim-${index}`) }, credentialKey: `pk_${index}@1` }),
      );
    await send(bedrock, upstreamCall({ credential: { apiKey: simulatedApiKey('sim-0') }, credentialKey: 'pk_0@1' }));
    expect(seen.at(-1)?.authorization).toBe(`Bearer ${simulatedApiKey('sim-0')}`);
  });

  it('an expired short-term key is refused without a call, and says when it expired', async () => {
    const apiKey = simulatedShortTermKey('us-east-1', new Date('2026-01-02T03:04:05Z'), 3600);
    const result = await ask({ apiKey });
    expect(result).toMatchObject({
      type: 'failure',
      failure: { kind: 'credential', local: true, hint: expect.stringContaining('2026-01-02T04:04:05') },
    });
    expect(JSON.stringify(result)).not.toContain(apiKey);
    expect(seen).toEqual([]);
  });

  it('no host is ever built from a region that is none', async () => {
    expect(await ask(pair, { region: 'evil.example/' })).toMatchObject({
      type: 'failure',
      failure: { kind: 'credential', local: true },
    });
    expect(seen).toEqual([]);
  });
});
