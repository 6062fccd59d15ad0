import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DynamoDBClient, ListTablesCommand } from '@aws-sdk/client-dynamodb';
import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Incoming } from '../../functions/http/incoming.ts';
import { type Listening, listen } from '../../local/listening.ts';
import type { Functions } from '../../local/server.ts';
import { createSimulatedProviders } from '../../local/simulated/providers.ts';
import { startLocal } from '../../local/start.ts';

const environment = { ...process.env };
const fail = (why: string) => {
  throw new Error(why);
};
const settable = /^(AWS_|AZURE_|GOOGLE_|PLATFORM_|KEYWAY_|PORT$)|_BASE_URL$/;

describe('the local server', () => {
  let folder: string;
  let printed: string;
  let reported: unknown[];
  let requests: { path: string; bearer: string; body: unknown }[];
  let opened: Listening[];

  beforeEach(() => {
    for (const name of Object.keys(process.env)) if (settable.test(name)) delete process.env[name];
    folder = mkdtempSync(join(tmpdir(), 'keyway-test-'));
    Object.assign(process.env, { PORT: '0', KEYWAY_DATA_DIR: join(folder, 'data') });
    printed = '';
    reported = [];
    requests = [];
    opened = [];
  });

  afterEach(async () => {
    for (const listening of opened) await listening.close();
    rmSync(folder, { recursive: true, force: true });
    for (const name of Object.keys(process.env)) if (settable.test(name)) delete process.env[name];
    Object.assign(process.env, environment);
  });

  /** A gateway that makes workspaces and knows their keys as long as `keys` remembers them. */
  function fakeFunctions(keys: Set<string>): Functions {
    const answer = (status: number, body: object) => ({ status, headers: {}, body: JSON.stringify(body) });
    const serve = async ({ path, bearer, body }: Incoming) => {
      const input = JSON.parse(body || 'null');
      requests.push({ path, bearer: bearer ?? '', body: input });
      if (path === '/v1/workspaces') {
        const key = `kw_${input.name}_${keys.size}`;
        keys.add(key);
        return answer(201, { api_key: { key } });
      }
      if (path === '/v1/balance') return answer(keys.has(bearer ?? '') ? 200 : 401, {});
      return answer(path === '/v1/provider-keys' ? 201 : 200, {});
    };
    const load = async () => ({ serve, handler: null });
    return { inference: load, 'provider-keys': load, workspace: load, operator: load, records: load, console: load };
  }

  async function start(keys = new Set<string>(), functions = fakeFunctions(keys)): Promise<Listening> {
    const print = (text: string) => {
      printed += `${text}\n`;
    };
    const gateway = await startLocal({
      functions,
      sweep: async () => undefined,
      exporter: async () => fail('nobody asked for an export'),
      simulated: createSimulatedProviders(),
      consoleFolder: 'console/dist',
      print,
      report: (error) => reported.push(error),
    });
    opened.push(gateway);
    return gateway;
  }

  async function stop(): Promise<void> {
    await opened.pop()?.close();
    // What the first start set for its own endpoints, a new process would not have.
    for (const name of Object.keys(process.env))
      if (/^(AWS_|GOOGLE_|AZURE_)|_BASE_URL$/.test(name)) delete process.env[name];
    printed = '';
    requests = [];
  }

  async function secret(name: string): Promise<string | undefined> {
    const client = new SecretsManagerClient({});
    try {
      return (await client.send(new GetSecretValueCommand({ SecretId: name }))).SecretString;
    } catch (error) {
      return error instanceof Error ? error.name : undefined;
    } finally {
      client.destroy();
    }
  }

  it('serves simulated providers when nothing is configured, and says what to paste', async () => {
    const gateway = await start();
    const lines = printed.split('\n');
    expect(lines[0]).toBe(`Keyway is ready at ${gateway.url}`);
    const token = /Admin token +(kwadmin_[\w-]{43})$/m.exec(printed)?.[1] ?? '';
    expect(await secret('keyway/admin-token')).toBe(token);
    expect(await secret('keyway/platform/openai')).toBe('sk-sim-platform');
    expect(requests.map(({ path, bearer, body }) => [path, bearer, body])).toEqual([
      ['/v1/workspaces', token, { name: 'demo', credit_usd: '10.0000000' }],
      ['/v1/provider-keys', 'kw_demo_0', { provider: 'openai', credential: 'sk-sim-demo', label: 'Demo key' }],
      ['/v1/workspaces', token, { name: 'demo-fallback', credit_usd: '10.0000000' }],
      [
        '/v1/provider-keys',
        'kw_demo-fallback_1',
        { provider: 'openai', credential: 'sk-sim-invalid', label: 'Revoked demo key' },
      ],
    ]);
    const curls = lines.filter((line) => line.startsWith('curl '));
    expect(curls.map((line) => /Bearer (\S+)'/.exec(line)?.[1])).toEqual([
      'kw_demo_0',
      'kw_demo-fallback_1',
      'kw_demo_0',
    ]);
    expect(printed).toContain('simulated');
    expect(printed).toMatch(/sk-sim-ratelimited +is throttled/);
    const models = await fetch(`${process.env.OPENAI_BASE_URL}/models`, {
      headers: { authorization: 'Bearer sk-sim-demo' },
    });
    expect(models.status).toBe(200);
    expect(reported).toEqual([]);
  });

  it('shows the same token and keys after a restart, without new workspaces', async () => {
    const keys = new Set<string>();
    await start(keys);
    const before = printed.split('\n').slice(1);
    await stop();
    await start(keys);
    expect(
      printed
        .split('\n')
        .slice(1)
        .map((line) => line.replace(/:\d+\//, ':0/')),
    ).toEqual(before.map((line) => line.replace(/:\d+\//, ':0/')));
    expect(requests.map(({ path }) => path)).toEqual(['/v1/balance', '/v1/balance']);
  });

  it('makes new demo workspaces when the database has lost the old ones', async () => {
    await start();
    await stop();
    await start(new Set(['unrelated']));
    expect(printed).toContain('kw_demo_1');
  });

  it('keeps secrets in one file for its owner alone, and nothing when ephemeral', async () => {
    await start();
    expect(readdirSync(join(folder, 'data')).sort()).toEqual([
      'dynamodb',
      'secrets.json',
      'simulated-service-account.json',
    ]);
    expect(statSync(join(folder, 'data/secrets.json')).mode & 0o777).toBe(0o600);
    await stop();
    Object.assign(process.env, { KEYWAY_EPHEMERAL: '1', KEYWAY_DATA_DIR: join(folder, 'none') });
    await start();
    expect(readdirSync(folder)).toEqual(['data']);
    expect(printed).toContain('in memory only');
  });

  it('has a KMS and a table more when secrets are to be encrypted, with a key that it keeps', async () => {
    process.env.KEYWAY_KEY_STORE = 'kms';
    await start();
    expect(process.env.AWS_ENDPOINT_URL_KMS).toMatch(/^http:\/\/127\.0\.0\.1:/);
    const file = join(folder, 'data/kms-key');
    const key = readFileSync(file, 'utf8');
    expect(statSync(file).mode & 0o777).toBe(0o600);
    const dynamodb = new DynamoDBClient({});
    const { TableNames } = await dynamodb.send(new ListTablesCommand({}));
    dynamodb.destroy();
    expect(TableNames).toEqual(['keyway-config', 'keyway-keys', 'keyway-log']);
    await stop();
    await start();
    expect(readFileSync(file, 'utf8')).toBe(key);
  });

  it('never prints what the operator gave, and has no demo when simulation is off', async () => {
    writeFileSync(join(folder, 'account.json'), '{"type":"service_account","note":"planted-account"}\n');
    Object.assign(process.env, {
      KEYWAY_ADMIN_TOKEN: 'planted-admin-token',
      KEYWAY_SIMULATE: '0',
      PLATFORM_OPENAI: 'planted-openai-key',
      PLATFORM_VERTEX: `@${join(folder, 'account.json')}`,
    });
    await start();
    expect(printed).toContain('ready');
    expect(printed).not.toMatch(/planted|kwadmin|curl|demo/);
    expect(requests).toEqual([]);
    expect(process.env).not.toHaveProperty('OPENAI_BASE_URL');
    expect(await secret('keyway/admin-token')).toBe('planted-admin-token');
    expect(await secret('keyway/platform/openai')).toBe('planted-openai-key');
    expect(await secret('keyway/platform/vertex')).toBe('{"type":"service_account","note":"planted-account"}');
    expect(await secret('keyway/platform/bedrock')).toBe('ResourceNotFoundException');
  });

  it('does not show a token later that was given once', async () => {
    process.env.KEYWAY_ADMIN_TOKEN = 'planted-admin-token';
    await start();
    await stop();
    delete process.env.KEYWAY_ADMIN_TOKEN;
    await start();
    expect(printed).not.toContain('planted');
    expect(printed).toMatch(/kwadmin_/);
  });

  it.each([
    ['OPENAI_BASE_URL', 'http://127.0.0.1:9'],
    ['GOOGLE_TOKEN_URL', 'http://127.0.0.1:9'],
    ['PLATFORM_BEDROCK', 'planted-bedrock-key'],
  ])('simulates nothing once %s is set, and drops the simulated platform credentials', async (name, value) => {
    await start();
    await stop();
    process.env[name] = value;
    await start();
    expect(printed).not.toMatch(/simulated|curl|planted/);
    expect(await secret('keyway/platform/openai')).toBe('ResourceNotFoundException');
  });

  it('uses the stores that are set already, and leaves the platform credentials of others alone', async () => {
    await start();
    const shared = {
      AWS_ENDPOINT_URL_DYNAMODB: process.env.AWS_ENDPOINT_URL_DYNAMODB,
      AWS_ENDPOINT_URL_SECRETS_MANAGER: process.env.AWS_ENDPOINT_URL_SECRETS_MANAGER,
    };
    process.env.KEYWAY_SIMULATE = '0';
    for (const name of Object.keys(process.env))
      if (/^(GOOGLE_|AZURE_|AWS_ENDPOINT_URL_BEDROCK)|_BASE_URL$/.test(name)) delete process.env[name];
    await start();
    expect(process.env).toMatchObject(shared);
    expect(await secret('keyway/platform/openai')).toBe('sk-sim-platform');
  });

  it('keeps the AWS credentials that the process has', async () => {
    Object.assign(process.env, { AWS_REGION: 'eu-west-1', AWS_ACCESS_KEY_ID: 'AKIAOWN', AWS_SECRET_ACCESS_KEY: 'own' });
    await start();
    expect(process.env).toMatchObject({
      AWS_REGION: 'eu-west-1',
      AWS_ACCESS_KEY_ID: 'AKIAOWN',
      AWS_SECRET_ACCESS_KEY: 'own',
    });
  });

  it('sets the environment before it imports the handlers', async () => {
    const seen: (string | undefined)[] = [];
    const functions = fakeFunctions(new Set());
    const workspace = functions.workspace;
    functions.workspace = () => {
      seen.push(
        process.env.OPENAI_BASE_URL,
        process.env.AWS_ENDPOINT_URL_DYNAMODB,
        typeof Reflect.get(globalThis, 'awslambda'),
      );
      return workspace();
    };
    await start(new Set(), functions);
    expect(seen.slice(0, 3)).toEqual([
      expect.stringContaining('/openai/v1'),
      expect.stringContaining('http://127.0.0.1:'),
      'object',
    ]);
  });

  it('says which port is in use', async () => {
    const other = await listen(createServer());
    opened.push(other);
    const port = new URL(other.url).port;
    process.env.PORT = port;
    await expect(start()).rejects.toThrow(`Port ${port} is in use.`);
  });

  it.each([
    ['PORT', 'eighty', /^PORT must be a number/],
    ['KEYWAY_LOCAL_SHELL', 'lambda', /^KEYWAY_LOCAL_SHELL must be web or events/],
    ['PLATFORM_VERTEX', '@/nowhere/account.json', /^PLATFORM_VERTEX names the file \/nowhere\/account.json/],
  ])('refuses a wrong %s', async (name, value, message) => {
    process.env[name] = value;
    await expect(start()).rejects.toThrow(message);
  });

  it('starts even when the demo cannot be made', async () => {
    const serve = async () => ({ status: 500, headers: {}, body: '{}' });
    const refusing = async () => ({ serve, handler: null });
    await start(new Set(), {
      inference: refusing,
      'provider-keys': refusing,
      workspace: refusing,
      operator: refusing,
      console: refusing,
      records: refusing,
    });
    expect(printed).toContain('Keyway is ready');
    expect(printed).not.toContain('curl');
    expect(reported).toHaveLength(1);
  });

  it('does not start when a handler cannot be imported, and gives everything back', async () => {
    const broken = fakeFunctions(new Set());
    broken.inference = () => Promise.reject(new Error('no such module'));
    await expect(start(new Set(), broken)).rejects.toThrow('no such module');
    expect(printed).toBe('');
    await stop();
    await start();
    expect(readFileSync(join(folder, 'data/secrets.json'), 'utf8')).toContain('keyway/admin-token');
  });
});
