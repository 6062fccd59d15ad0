import { CreateSecretCommand, PutSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createOtlpHeaders } from '../../../functions/stores/secrets/otlp-headers.ts';
import type { Listening } from '../../../local/listening.ts';
import { startSecretsManager } from '../../../local/secrets-manager.ts';
import { aws } from '../../embedded-gateway.ts';

let secrets: Listening;
let client: SecretsManagerClient;
let now: number;

beforeEach(async () => {
  secrets = await startSecretsManager({ file: null });
  client = new SecretsManagerClient({ ...aws, endpoint: secrets.url });
  now = 0;
});
afterEach(async () => {
  client.destroy();
  await secrets.close();
});

const store = (SecretString: string) =>
  client.send(new CreateSecretCommand({ Name: 'keyway/otlp-headers', SecretString }));
const change = (SecretString: string) =>
  client.send(new PutSecretValueCommand({ SecretId: 'keyway/otlp-headers', SecretString }));
const open = () => createOtlpHeaders(client, 'keyway', () => now);

describe("a collector's headers", () => {
  it('are none without the secret', async () => {
    expect(await open()(false)).toEqual({});
  });

  it('are what the secret says, believed for a minute', async () => {
    await store('{"Authorization": "Basic abc", "x-scope": "1"}');
    const headers = open();
    expect(await headers(false)).toEqual({ authorization: 'Basic abc', 'x-scope': '1' });
    await change('{"authorization": "Basic def"}');
    now = 60_000;
    expect(await headers(false)).toMatchObject({ authorization: 'Basic abc' });
    now = 60_001;
    expect(await headers(false)).toEqual({ authorization: 'Basic def' });
  });

  it('are read at once when those in memory are refused', async () => {
    await store('{"authorization": "Basic abc"}');
    const headers = open();
    await headers(false);
    await change('{"authorization": "Basic def"}');
    expect(await headers(true)).toEqual({ authorization: 'Basic def' });
    expect(await headers(false)).toEqual({ authorization: 'Basic def' });
  });

  it.each([
    'Basic c2VjcmV0',
    '["c2VjcmV0"]',
    '{"authorization": {"c2VjcmV0": 1}}',
    '{"authorization": "c2VjcmV0\\r\\nx: y"}',
    '{"authorization": ""}',
    '{"c2VjcmV0: x": "y"}',
    '{"content-type": "c2VjcmV0"}',
    '{"Host": "c2VjcmV0"}',
  ])('are refused, and not repeated: %s', async (text) => {
    await store(text);
    const told = await open()(false).catch((error: unknown) => error);
    expect(told).toMatchObject({ name: 'OtlpHeadersError', message: expect.not.stringContaining('c2VjcmV0') });
  });
});
