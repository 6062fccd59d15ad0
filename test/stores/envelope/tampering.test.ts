import { randomUUID } from 'node:crypto';
import { type AttributeValue, GetItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SecretUnavailable } from '../../../functions/core/ports.ts';
import { Secret } from '../../../functions/core/secret.ts';
import { createDataKeys } from '../../../functions/stores/envelope/data-keys.ts';
import { encryptionContext, open, seal, TamperedSecretError } from '../../../functions/stores/envelope/seal.ts';
import { itemKey, type SealedItem, versionName } from '../../../functions/stores/envelope/sealed-items.ts';
import { createSealedReader } from '../../../functions/stores/envelope/sealed-reader.ts';
import { createSealedWriter } from '../../../functions/stores/envelope/sealed-writer.ts';
import { localKmsKey, startKms } from '../../../local/kms.ts';
import type { Listening } from '../../../local/listening.ts';
import { newId, openTables, type Tables } from '../tables.ts';

let tables: Tables;
let kms: Listening;
let otherKms: Listening;
let time = Date.now();
beforeAll(async () => {
  const grants = { AKIDREADER: ['Decrypt'], AKIDWRITER: ['GenerateDataKey'] };
  [tables, kms, otherKms] = await Promise.all([
    openTables(),
    startKms({ file: null, grants }),
    startKms({ file: null }),
  ]);
});
afterAll(async () => {
  await Promise.all([tables.close(), kms.close(), otherKms.close()]);
});

const dataKeysOf = (accessKeyId: string, url = kms.url) =>
  createDataKeys(localKmsKey, {
    endpoint: url,
    region: 'us-east-1',
    credentials: { accessKeyId, secretAccessKey: 'local' },
  });
const writer = (dataKeys = dataKeysOf('AKIDWRITER')) =>
  createSealedWriter({
    client: tables.client,
    table: tables.keys,
    dataKeys,
    owner: async () => 'table-1',
    now: () => time,
  });
const reported: [string, object][] = [];
const reader = (dataKeys = dataKeysOf('AKIDREADER')) =>
  createSealedReader({
    client: tables.client,
    table: tables.keys,
    dataKeys,
    now: () => time,
    report: (event, details) => reported.push([event, details]),
  });

interface Stored {
  workspace: string;
  key: string;
  version: string;
  text: string;
}

async function store(more: Partial<Stored> = {}): Promise<Stored> {
  const named = {
    workspace: newId('ws'),
    key: newId('pk'),
    version: randomUUID(),
    text: `sk-${randomUUID()}`,
    ...more,
  };
  await writer().write(named.workspace, named.key, new Secret(named.text), named.version, true);
  return named;
}
const read = ({ workspace, key, version }: Stored, from = reader()) => from.readTenant(workspace, key, version);
const itemOf = async ({ workspace, key }: Stored): Promise<SealedItem> =>
  (
    await tables.client.send(
      new GetItemCommand({ TableName: tables.keys, Key: itemKey(workspace, key), ConsistentRead: true }),
    )
  ).Item ?? {};
const put = (Item: SealedItem) => tables.client.send(new PutItemCommand({ TableName: tables.keys, Item }));
const sealedOf = (item: SealedItem, version: string) => item[versionName(version)]?.M ?? {};
const withSealed = (item: SealedItem, version: string, change: Record<string, AttributeValue>): SealedItem => ({
  ...item,
  [versionName(version)]: { M: { ...sealedOf(item, version), ...change } },
});

const tampered = /changed by something else than the gateway/;

/** What a reader that has never seen it makes of an item. */
async function expectRefused(named: Stored, item: SealedItem): Promise<void> {
  await put(item);
  reported.length = 0;
  const outcome = await read(named).then(
    (found) => found.text.reveal(),
    (error: unknown) => error,
  );
  expect(outcome).toBeInstanceOf(SecretUnavailable);
  expect(outcome).toMatchObject({ message: expect.stringMatching(tampered), missing: false });
  expect(reported).toEqual([
    [
      'secret_tampered',
      expect.objectContaining({ workspace_id: named.workspace, key: named.key, version: named.version }),
    ],
  ]);
  expect(JSON.stringify([reported, String(outcome)])).not.toContain(named.text);
}

describe('an encrypted secret', () => {
  it('whose every byte is flipped, one at a time, is refused and never a wrong text', async () => {
    const named = await store();
    const item = await itemOf(named);
    const fields = ['k', 'n', 'c'] as const;
    const places = fields.flatMap((field) =>
      Array.from({ length: sealedOf(item, named.version)[field]?.B?.length ?? 0 }, (_, at) => [field, at] as const),
    );
    expect(places.length).toBeGreaterThan(100);
    for (const [field, at] of places) {
      const bytes = Uint8Array.from(sealedOf(item, named.version)[field]?.B ?? []);
      bytes[at] = (bytes[at] ?? 0) ^ (1 << (at % 8));
      await expectRefused(named, withSealed(item, named.version, { [field]: { B: bytes } }));
    }
    await put(item);
    expect((await read(named)).text.reveal()).toBe(named.text);
  });

  it('that is cut, lengthened, or lacks or changes a field is refused', async () => {
    const named = await store();
    const item = await itemOf(named);
    const field = fc.constantFrom('k', 'n', 'c');
    const bytes = fc.uint8Array({ maxLength: 100 });
    const changes = fc.oneof(
      fc.tuple(field, bytes).map(([name, B]) => ({ [name]: { B } })),
      fc.tuple(field, fc.integer({ min: 0, max: 200 })).map(([name, length]) => {
        const whole = sealedOf(item, named.version)[name]?.B ?? new Uint8Array();
        return { [name]: { B: whole.slice(0, Math.min(length, whole.length - 1)) } };
      }),
      fc
        .tuple(
          field,
          bytes.filter(({ length }) => length > 0),
        )
        .map(([name, more]) => ({
          [name]: { B: Buffer.concat([sealedOf(item, named.version)[name]?.B ?? new Uint8Array(), more]) },
        })),
      fc.constantFrom('f', 'at').chain((name) =>
        fc
          .integer()
          .filter((value) => String(value) !== sealedOf(item, named.version)[name]?.N)
          .map((value) => ({ [name]: { N: String(value) } })),
      ),
      fc.constantFrom('k', 'n', 'c', 'f', 'at').map((name) => ({ [name]: { NULL: true as const } })),
    );
    await fc.assert(
      fc.asyncProperty(changes, async (change) => {
        await expectRefused(named, withSealed(item, named.version, change as Record<string, AttributeValue>));
      }),
      { numRuns: 120 },
    );
  });

  it('that was swapped with one of another workspace, key or version is refused, whole or in part', async () => {
    const [workspace, key] = [newId('ws'), newId('pk')];
    const mine = await store({ workspace, key });
    const others = await Promise.all([
      store({ workspace }),
      store({ key }),
      store({ workspace, key }),
      store({ version: mine.version }),
    ]);
    const item = await itemOf(mine);
    const parts = fc
      .subarray(['k', 'n', 'c', 'f', 'at'], { minLength: 1 })
      .filter((names) => /[knc]/.test(names.join('')));
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...others), parts, async (other, names) => {
        const theirs = sealedOf(await itemOf(other), other.version);
        const taken = Object.fromEntries(names.map((name) => [name, theirs[name] ?? { NULL: true }]));
        await expectRefused(mine, withSealed(item, mine.version, taken));
        await put(item);
      }),
      { numRuns: 60 },
    );
    expect((await read(mine)).text.reveal()).toBe(mine.text);
  });

  it('that names another version as its current one is another version of the same key, with its own age', async () => {
    const mine = await store();
    time += 1000;
    const next = await store({ ...mine, version: randomUUID(), text: 'next' });
    const item = await itemOf(mine);
    await put({ ...item, current: { S: next.version } });
    const found = await reader().readTenant(mine.workspace, mine.key, null);
    expect([found.version, found.text.reveal(), found.createdAt]).toEqual([next.version, 'next', time]);
    await put({ ...item, current: { S: randomUUID() } });
    await expect(reader().readTenant(mine.workspace, mine.key, null)).rejects.toMatchObject({ missing: true });
  });

  it('is unreadable with another KMS key, and for who may only write', async () => {
    const mine = await store();
    await expect(read(mine, reader(dataKeysOf('AKIDREADER', otherKms.url)))).rejects.toThrow(tampered);
    await expect(read(mine, reader(dataKeysOf('AKIDWRITER')))).rejects.toThrow('KMS: AccessDeniedException.');
    await expect(writer(dataKeysOf('AKIDREADER')).write('ws_1', 'pk_1', new Secret('x'), 'v', true)).rejects.toThrow();
  });

  it('leaves no data key in the table, and not in the memory of its writer', async () => {
    const plaintext = Uint8Array.from({ length: 32 }, (_, i) => i + 1);
    const given = Buffer.from(plaintext);
    const mine = { workspace: newId('ws'), key: newId('pk'), version: randomUUID(), text: 'x' };
    const dataKeys = { generate: async () => ({ plaintext, wrapped: new Uint8Array(8) }), unwrap: async () => given };
    await writer(dataKeys).write(mine.workspace, mine.key, new Secret('x'), mine.version, true);
    const sealed = Object.values(sealedOf(await itemOf(mine), mine.version));
    expect(sealed.some(({ B }) => Buffer.from(B ?? []).includes(given))).toBe(false);
    expect(plaintext).toEqual(new Uint8Array(32));
    expect((await read(mine, reader(dataKeys))).text.reveal()).toBe('x');
  });

  it('leaves no trace of its text in the table', async () => {
    const mine = await store({ text: 'a text that must not be found anywhere' });
    const stored = await itemOf(mine);
    const bytes = Object.values(sealedOf(stored, mine.version)).map(({ B }) => Buffer.from(B ?? []).toString('latin1'));
    expect(JSON.stringify([stored, bytes])).not.toMatch(/must not be/);
  });

  it('takes less than a kilobyte for an API key', async () => {
    const mine = await store({ text: JSON.stringify({ apiKey: `sk-proj-${'x'.repeat(156)}` }) });
    const size = JSON.stringify(await itemOf(mine), (_, value: unknown) =>
      value instanceof Uint8Array ? 'x'.repeat(value.length) : value,
    ).length;
    // KMS's own blobs have 184 bytes, the local one's 60.
    expect(size + 124).toBeLessThan(1024);
  });
});

describe('the sealing', () => {
  const ids = fc.string({ maxLength: 12 });
  const names = fc.record({ workspaceId: ids, keyId: ids, version: ids });

  it('gives every text back under its own name, and under no other', () => {
    fc.assert(
      fc.property(
        names,
        names,
        fc.string({ unit: 'binary' }),
        fc.nat(),
        fc.uint8Array({ minLength: 32, maxLength: 32 }),
        (name, other, text, at, key) => {
          const sealed = seal(key, new Uint8Array(), name, at, text);
          expect(open(key, name, sealed)).toBe(text);
          if (JSON.stringify(other) !== JSON.stringify(name))
            expect(() => open(key, other, sealed)).toThrow(TamperedSecretError);
        },
      ),
    );
  });

  it('binds names that look the same when they are written one after the other', () => {
    const key = new Uint8Array(32);
    const sealed = seal(key, key, { workspaceId: 'a","b', keyId: 'c', version: 'd' }, 1, 'text');
    expect(() => open(key, { workspaceId: 'a', keyId: 'b","c', version: 'd' }, sealed)).toThrow(TamperedSecretError);
  });

  it('takes another nonce each time, and tells KMS whose key it is for', () => {
    const key = new Uint8Array(32);
    const name = { workspaceId: 'ws_1', keyId: 'pk_1', version: 'v1' };
    const nonces = Array.from({ length: 100 }, () => Buffer.from(seal(key, key, name, 1, '').nonce).toString('hex'));
    expect(new Set(nonces).size).toBe(100);
    expect(nonces.every((nonce) => nonce.length === 24)).toBe(true);
    expect(encryptionContext(name)).toEqual({
      'keyway:purpose': 'provider-key',
      'keyway:workspace': 'ws_1',
      'keyway:key': 'pk_1',
      'keyway:version': 'v1',
    });
  });
});

describe('data keys that are kept', () => {
  it('save calls for five minutes, a thousand of them, and one call serves all who wait', async () => {
    const real = dataKeysOf('AKIDREADER');
    let calls = 0;
    const counting = {
      ...real,
      unwrap: (...asked: Parameters<typeof real.unwrap>) => {
        calls++;
        return real.unwrap(...asked);
      },
    };
    const mine = await store();
    const from = reader(counting);
    await Promise.all(Array.from({ length: 20 }, () => read(mine, from)));
    await read(mine, from);
    expect(calls).toBe(1);
    time += 5 * 60_000;
    await read(mine, from);
    expect(calls).toBe(2);
  });

  it('forget the oldest, and what failed', async () => {
    let calls = 0;
    let down = true;
    const key = new Uint8Array(32);
    const from = reader({
      generate: async () => ({ plaintext: key, wrapped: key }),
      unwrap: async () => {
        calls++;
        if (down) throw new Error('down');
        return new Uint8Array(32);
      },
    });
    const sealer = writer({
      generate: async () => ({ plaintext: new Uint8Array(32), wrapped: new Uint8Array(8) }),
    } as never);
    const mine = { workspace: newId('ws'), key: newId('pk'), version: randomUUID(), text: 'x' };
    await sealer.write(mine.workspace, mine.key, new Secret('x'), mine.version, true);
    await expect(read(mine, from)).rejects.toThrow('KMS: Error.');
    down = false;
    await read(mine, from);
    expect(calls).toBe(2);
    const many = Array.from({ length: 1000 }, () => ({ ...mine, key: newId('pk'), version: randomUUID() }));
    for (let start = 0; start < many.length; start += 50)
      await Promise.all(
        many.slice(start, start + 50).map(async (each) => {
          await sealer.write(each.workspace, each.key, new Secret('x'), each.version, true);
          await read(each, from);
        }),
      );
    expect(calls).toBe(1002);
    await read(mine, from);
    expect(calls).toBe(1003);
  });
});
