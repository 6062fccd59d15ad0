import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it, test } from 'vitest';
import type { ApiKey, Scope, Workspace } from '../../../functions/core/accounts/workspace.ts';
import { GatewayError } from '../../../functions/core/errors.ts';
import type { Directory } from '../../../functions/core/ports.ts';
import {
  authenticate,
  authenticateOperator,
  hashApiKey,
  refOf,
  requireOwner,
} from '../../../functions/gateway/access/authenticate.ts';
import { createLockout } from '../../../functions/gateway/access/lockout.ts';
import { createDirectory } from '../../../functions/stores/config/directory.ts';
import { createApiKeys, createWorkspaces } from '../../../functions/stores/config/workspaces.ts';
import { createHotCalls } from '../../../functions/stores/dynamodb/hot-calls.ts';
import { addWorkspace, newId, noLimits, openTables, type Tables } from '../../stores/tables.ts';

let tables: Tables;
let directory: Directory;
let reads = 0;
beforeAll(async () => {
  tables = await openTables();
  const real = createDirectory(createHotCalls(tables.client), tables.config);
  directory = {
    authenticate(...asked) {
      reads++;
      return real.authenticate(...asked);
    },
  };
});
afterAll(() => tables.close());

const now = Date.parse('2026-03-01T00:00:00Z');
const secretPart = () => randomBytes(32).toString('base64url');

/** A workspace's API key as it is shown once, stored with changes. */
async function issued(change: Partial<ApiKey> = {}, changeWorkspace: Partial<Workspace> = {}): Promise<string> {
  const { workspace, apiKey } = await addWorkspace(tables, 0);
  await createWorkspaces(tables.client, tables.config).update(workspace.id, (each) => ({
    ...each,
    ...changeWorkspace,
  }));
  const key = `kw_${workspace.id.slice(3)}_${secretPart()}`;
  const hash = hashApiKey(key);
  await createApiKeys(tables.client, tables.config).create({
    ...apiKey,
    id: `ak_${apiKey.id.slice(3, 13)}${refOf(hash)}`,
    hash,
    ...change,
  });
  return key;
}

async function told(bearer: string | null, scope: Scope | 'any' = 'inference'): Promise<string> {
  try {
    return `admitted ${(await authenticate(bearer, scope, directory, () => now)).apiKey.scopes.join(' ')}`;
  } catch (error) {
    if (!(error instanceof GatewayError)) throw error;
    expect(error.headers()['x-should-retry']).toBe('false');
    return `${error.status} ${error.code}: ${error.message}`;
  }
}

describe('an API key', () => {
  test.each<[string, Partial<ApiKey>, Partial<Workspace>, Scope | 'any', string]>([
    ['in order', {}, {}, 'inference', 'admitted inference manage'],
    [
      'without the scope',
      { scopes: ['manage'] },
      {},
      'inference',
      '403 forbidden: This API key lacks the scope inference.',
    ],
    ['where any scope will do', { scopes: ['manage'] }, {}, 'any', 'admitted manage'],
    ['that is disabled', { enabled: false }, {}, 'inference', '403 key_disabled: This API key is disabled.'],
    [
      'that was revoked',
      { enabled: false, revokedAt: '2026-02-01T00:00:00.000Z' },
      {},
      'inference',
      '403 key_disabled: This API key was revoked.',
    ],
    [
      'that has expired',
      { limits: { ...noLimits, expiresAt: '2026-03-01T00:00:00.000Z' } },
      {},
      'inference',
      '403 key_disabled: This API key has expired.',
    ],
    [
      'that will expire',
      { limits: { ...noLimits, expiresAt: '2026-03-01T00:00:00.001Z' } },
      {},
      'inference',
      'admitted inference manage',
    ],
    ['of a disabled workspace', {}, { enabled: false }, 'inference', '403 key_disabled: This workspace is disabled.'],
  ])('%s', async (_, change, changeWorkspace, scope, expected) => {
    expect(await told(await issued(change, changeWorkspace), scope)).toBe(expected);
  });

  test.each<[string, (key: string) => string | null]>([
    ['missing', () => null],
    ['empty', () => ''],
    ['of a provider', () => 'sk-FAKE-0123456789'],
    ['too short', (key) => key.slice(0, -1)],
    ['with a space', (key) => `${key} `],
    ['in lower case', (key) => key.toLowerCase()],
  ])('%s is refused without a read', async (_, change) => {
    const key = await issued();
    reads = 0;
    expect(await told(change(key))).toMatch(/^401 unauthorized: /);
    expect(reads).toBe(0);
  });

  it('that is wrong is told the same as one of a workspace that does not exist, after the same read', async () => {
    const key = await issued();
    const [, workspace] = key.split('_');
    const wrong = `kw_${workspace}_${secretPart()}`;
    const nowhere = `kw_${newId('ws').slice(3)}_${secretPart()}`;
    reads = 0;
    expect(await told(wrong)).toBe(await told(nowhere));
    expect(reads).toBe(2);
  });

  it('is refused when only the part that finds it is right', async () => {
    const key = await issued({ hash: hashApiKey('another key') });
    expect(await told(key)).toMatch(/^401 unauthorized: /);
  });

  it('of another workspace does not open this one', async () => {
    const [mine, theirs] = [await issued(), await issued()];
    expect(await told(`${mine.slice(0, 30)}${theirs.slice(30)}`)).toMatch(/^401 unauthorized: /);
  });

  it('never shows up in a refusal', async () => {
    const key = `kw_${newId('ws').slice(3)}_${secretPart()}`;
    const error: unknown = await authenticate(key, 'any', directory, () => now).catch((thrown: unknown) => thrown);
    expect(JSON.stringify([error, String(error), error instanceof GatewayError && error.details])).not.toContain(
      key.slice(-12),
    );
  });
});

describe('the admin token', () => {
  const ann = { name: 'ann', role: 'owner' } as const;
  const secrets = { operatorOf: async (given: string) => (given === 'admin-FAKE' ? ann : null) };
  const lines: object[] = [];
  const report = (event: string, details: object) => lines.push({ event, ...details });
  const open = () => ({ secrets, lockout: createLockout(() => now), report });
  const from = (bearer: string | null, ip: string | null = '192.0.2.1') => ({
    bearer,
    requestId: 'req_1',
    client: { ip },
  });

  it('tells which operator it is', async () => {
    await expect(authenticateOperator(from('admin-FAKE'), open())).resolves.toEqual(ann);
  });

  it('that is wrong leaves a line without it, and one that is missing leaves none', async () => {
    lines.length = 0;
    for (const bearer of ['wrong-FAKE', null, '', 'admin-FAKE'])
      await authenticateOperator(from(bearer), open()).catch(() => {});
    expect(lines).toEqual([{ event: 'operator_refused', request_id: 'req_1', ip: '192.0.2.1' }]);
  });

  it('of role support may change nothing', () => {
    expect(() => requireOwner(ann)).not.toThrow();
    expect(() => requireOwner({ name: 'sue', role: 'support' })).toThrow(
      expect.objectContaining({ code: 'forbidden' }),
    );
  });

  test.each([null, '', 'wrong', `kw_${newId('ws').slice(3)}_${'x'.repeat(43)}`])('is not %j', async (bearer) => {
    await expect(authenticateOperator(from(bearer), open())).rejects.toMatchObject({ code: 'unauthorized' });
  });

  /** Tries one after the other, at a time each (ms): what the caller is told. */
  async function tries(list: [at: number, source: string | null, token: string][]) {
    let time = 0;
    const deps = { secrets, lockout: createLockout(() => time), report };
    const answers: string[] = [];
    for (const [at, source, token] of list) {
      time = at;
      answers.push(
        await authenticateOperator(from(token, source), deps).then(
          () => 'in',
          (error: unknown) =>
            error instanceof GatewayError ? `${error.status} ${error.headers()['retry-after'] ?? ''}`.trim() : 'crash',
        ),
      );
    }
    return answers;
  }
  const wrong = (count: number, source: string | null = '192.0.2.1') =>
    Array.from({ length: count }, (): [number, string | null, string] => [0, source, 'wrong']);

  it('turns away who tried a hundred wrong ones from one address; the right one and other addresses pass', async () => {
    expect(
      await tries([
        ...wrong(101),
        [500, '192.0.2.1', 'wrong'],
        [500, '192.0.2.1', 'admin-FAKE'],
        [500, '192.0.2.2', 'wrong'],
        [1000, '192.0.2.1', 'wrong'],
      ]),
    ).toEqual([...wrong(100).map(() => '401'), '429 1', '429 1', 'in', '401', '429 2']);
  });

  it('never keeps an operator out who asks for much at once', async () => {
    const deps = open();
    const asked = Array.from({ length: 300 }, () => authenticateOperator(from('admin-FAKE'), deps));
    await expect(Promise.all(asked)).resolves.toHaveLength(300);
  });

  it('has those who guess wait longer and longer, a quarter of an hour at most, and starts afresh after an hour', () => {
    let at = 0;
    const lockout = createLockout(() => at);
    let longest = 0;
    for (let i = 0; i < 140; i++) {
      const wait = lockout.wrong('192.0.2.1');
      longest = Math.max(longest, wait);
      at += wait * 1000;
    }
    expect(longest).toBe(900);
    at += 2 * 3_600_000;
    expect(lockout.wrong('192.0.2.1')).toBe(0);
  });

  it('takes the addresses of one IPv6 network for one', () => {
    const lockout = createLockout(() => now);
    const waits = Array.from({ length: 101 }, (_, i) => lockout.wrong(`2001:db8:1:2::${i.toString(16)}`));
    expect(waits.at(-1)).toBe(1);
    expect(lockout.wrong('2001:db8:1:3::1')).toBe(0);
    expect(lockout.wrong('2001:0db8:0001:0002:ffff::')).toBeGreaterThan(0);
  });

  it('counts nothing while nobody can say whether a token is right', async () => {
    const down = { operatorOf: () => Promise.reject(new Error('down')) };
    const lockout = createLockout(() => now);
    for (let i = 0; i < 200; i++)
      await expect(authenticateOperator(from('admin-FAKE'), { secrets: down, lockout, report })).rejects.toThrow(
        'down',
      );
    expect(lockout.wrong('192.0.2.1')).toBe(0);
  });

  it('keeps a bounded number of addresses in mind', () => {
    const lockout = createLockout(() => now);
    for (let i = 0; i < 30_000; i++) lockout.wrong(`198.51.${i >> 8}.${i & 255}`);
    expect(lockout.size).toBe(10_000);
  });
});
