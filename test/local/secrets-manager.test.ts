import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  CreateSecretCommand,
  DeleteSecretCommand,
  DescribeSecretCommand,
  GetSecretValueCommand,
  ListSecretsCommand,
  PutSecretValueCommand,
  SecretsManagerClient,
  UpdateSecretVersionStageCommand,
} from '@aws-sdk/client-secrets-manager';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Listening } from '../../local/listening.ts';
import { startSecretsManager } from '../../local/secrets-manager.ts';

const first = '11111111-1111-4111-8111-111111111111';
const second = '22222222-2222-4222-8222-222222222222';
const third = '33333333-3333-4333-8333-333333333333';

function clientOf(server: Listening): SecretsManagerClient {
  return new SecretsManagerClient({
    endpoint: server.url,
    region: 'us-east-1',
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
    maxAttempts: 1,
  });
}

describe('the local Secrets Manager', () => {
  let server: Listening;
  let client: SecretsManagerClient;

  beforeEach(async () => {
    server = await startSecretsManager({ file: null });
    client = clientOf(server);
  });

  afterEach(async () => {
    client.destroy();
    await server.close();
  });

  const create = (name = 'keyway/a', token = first, value = 'one') =>
    client.send(new CreateSecretCommand({ Name: name, SecretString: value, ClientRequestToken: token }));
  const put = (token: string, value: string, stages?: string[]) =>
    client.send(
      new PutSecretValueCommand({
        SecretId: 'keyway/a',
        SecretString: value,
        ClientRequestToken: token,
        VersionStages: stages,
      }),
    );
  const get = (more: { VersionId?: string; VersionStage?: string } = {}, id = 'keyway/a') =>
    client.send(new GetSecretValueCommand({ SecretId: id, ...more }));

  it('takes the request token of a creation as its version id', async () => {
    const created = await create();
    expect(created).toMatchObject({
      Name: 'keyway/a',
      VersionId: first,
      ARN: expect.stringMatching(/:secret:keyway\/a-\w{6}$/),
    });
    expect(await get()).toMatchObject({
      SecretString: 'one',
      VersionId: first,
      VersionStages: ['AWSCURRENT'],
      CreatedDate: expect.any(Date),
    });
    expect(await get({}, created.ARN)).toMatchObject({ SecretString: 'one' });
  });

  it('keeps binary values byte for byte', async () => {
    await client.send(new CreateSecretCommand({ Name: 'keyway/b', SecretBinary: Uint8Array.of(0, 255, 7) }));
    expect((await get({}, 'keyway/b')).SecretBinary).toEqual(Uint8Array.of(0, 255, 7));
  });

  it('repeats a creation with the same token and value, and refuses any other', async () => {
    await create();
    expect(await create()).toMatchObject({ VersionId: first });
    await expect(create('keyway/a', second)).rejects.toMatchObject({
      name: 'ResourceExistsException',
      message: 'The operation failed because the secret keyway/a already exists.',
    });
    await expect(create('keyway/a', first, 'other')).rejects.toMatchObject({ name: 'ResourceExistsException' });
  });

  it('moves AWSCURRENT to a new value and leaves AWSPREVIOUS behind', async () => {
    await create();
    expect(await put(second, 'two')).toMatchObject({ VersionId: second, VersionStages: ['AWSCURRENT'] });
    expect(await get()).toMatchObject({ SecretString: 'two', VersionStages: ['AWSCURRENT'] });
    expect(await get({ VersionStage: 'AWSPREVIOUS' })).toMatchObject({ SecretString: 'one', VersionId: first });
    await put(third, 'three');
    expect(await get({ VersionStage: 'AWSPREVIOUS' })).toMatchObject({ SecretString: 'two' });
    expect(await get({ VersionId: first })).toMatchObject({ SecretString: 'one', VersionStages: [] });
    const described = await client.send(new DescribeSecretCommand({ SecretId: 'keyway/a' }));
    expect(described.VersionIdsToStages).toEqual({ [second]: ['AWSPREVIOUS'], [third]: ['AWSCURRENT'] });
  });

  it('puts a value once per token', async () => {
    await create();
    await put(second, 'two');
    await put(third, 'three');
    await put(second, 'two');
    expect(await get()).toMatchObject({ SecretString: 'three' });
    await expect(put(second, 'else')).rejects.toMatchObject({ name: 'ResourceExistsException' });
  });

  it('puts a value under other labels without touching the current one', async () => {
    await create();
    await put(second, 'two', ['AWSPENDING']);
    expect(await get()).toMatchObject({ SecretString: 'one' });
    expect(await get({ VersionStage: 'AWSPENDING' })).toMatchObject({ SecretString: 'two' });
  });

  it('finishes a rotation by moving the label, which needs the version that has it', async () => {
    await create();
    await put(second, 'two', ['AWSPENDING']);
    const move = (RemoveFromVersionId?: string) =>
      client.send(
        new UpdateSecretVersionStageCommand({
          SecretId: 'keyway/a',
          VersionStage: 'AWSCURRENT',
          MoveToVersionId: second,
          RemoveFromVersionId,
        }),
      );
    await expect(move()).rejects.toMatchObject({ name: 'InvalidParameterException' });
    await expect(move(second)).rejects.toMatchObject({ name: 'InvalidParameterException' });
    await move(first);
    expect(await get()).toMatchObject({ SecretString: 'two', VersionStages: ['AWSPENDING', 'AWSCURRENT'] });
    expect(await get({ VersionStage: 'AWSPREVIOUS' })).toMatchObject({ VersionId: first });
    await client.send(
      new UpdateSecretVersionStageCommand({
        SecretId: 'keyway/a',
        VersionStage: 'AWSPENDING',
        RemoveFromVersionId: second,
      }),
    );
    expect(await get()).toMatchObject({ VersionStages: ['AWSCURRENT'] });
  });

  it('forgets the oldest unlabelled versions above a hundred', async () => {
    await create();
    for (let i = 0; i < 102; i++) await put(`${String(i).padStart(32, '0')}`, `value ${i}`);
    await expect(get({ VersionId: first })).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
    expect(await get({ VersionId: '1'.padStart(32, '0') })).toMatchObject({ SecretString: 'value 1' });
  });

  it('deletes by force at once, also what is not there', async () => {
    await create();
    const remove = () =>
      client.send(new DeleteSecretCommand({ SecretId: 'keyway/a', ForceDeleteWithoutRecovery: true }));
    await remove();
    await remove();
    await expect(get()).rejects.toMatchObject({
      name: 'ResourceNotFoundException',
      message: "Secrets Manager can't find the specified secret.",
    });
    expect(await create('keyway/a', second, 'again')).toMatchObject({ VersionId: second });
  });

  it('deletes with a recovery window in which the secret can only be described', async () => {
    await create();
    const deleted = await client.send(new DeleteSecretCommand({ SecretId: 'keyway/a', RecoveryWindowInDays: 7 }));
    expect(Number(deleted.DeletionDate) - Date.now()).toBeGreaterThan(6.9 * 86_400_000);
    await expect(get()).rejects.toMatchObject({ name: 'InvalidRequestException' });
    await expect(create('keyway/a', second)).rejects.toMatchObject({ name: 'InvalidRequestException' });
    expect(await client.send(new DescribeSecretCommand({ SecretId: 'keyway/a' }))).toMatchObject({
      DeletedDate: deleted.DeletionDate,
    });
    expect((await client.send(new ListSecretsCommand({}))).SecretList).toEqual([]);
  });

  it('lists by prefix, page by page, without values', async () => {
    for (const name of ['keyway/x/2', 'keyway/x/1', 'keyway/y/1', 'keyway/x/3']) await create(name);
    const names: string[] = [];
    let token: string | undefined;
    do {
      const page = await client.send(
        new ListSecretsCommand({ Filters: [{ Key: 'name', Values: ['keyway/x/'] }], MaxResults: 2, NextToken: token }),
      );
      expect(JSON.stringify(page)).not.toContain('one');
      names.push(...(page.SecretList ?? []).map((secret) => secret.Name ?? ''));
      token = page.NextToken;
    } while (token);
    expect(names).toEqual(['keyway/x/1', 'keyway/x/2', 'keyway/x/3']);
  });

  it.each([
    ['an unknown secret', () => get({}, 'keyway/none'), 'ResourceNotFoundException'],
    ['an unknown version', () => get({ VersionId: third }), 'ResourceNotFoundException'],
    ['an unknown label', () => get({ VersionStage: 'AWSPENDING' }), 'ResourceNotFoundException'],
    [
      'a label on another version',
      () => get({ VersionId: first, VersionStage: 'AWSPENDING' }),
      'InvalidRequestException',
    ],
    [
      'a value for an unknown secret',
      () => client.send(new PutSecretValueCommand({ SecretId: 'keyway/none', SecretString: 'x' })),
      'ResourceNotFoundException',
    ],
    ['no value', () => client.send(new PutSecretValueCommand({ SecretId: 'keyway/a' })), 'InvalidParameterException'],
    ['too long a value', () => put(second, 'x'.repeat(65_537)), 'InvalidParameterException'],
    ['a name with spaces', () => create('keyway a'), 'InvalidParameterException'],
    ['a short token', () => put('short', 'x'), 'InvalidParameterException'],
    ['a missing id', () => client.send(new GetSecretValueCommand({ SecretId: undefined })), 'ValidationException'],
    ['a wrong page token', () => client.send(new ListSecretsCommand({ NextToken: 'x' })), 'InvalidNextTokenException'],
  ])('answers %s with the exception of the service', async (_, call, name) => {
    await create();
    await expect(call()).rejects.toMatchObject({
      name,
      $metadata: { httpStatusCode: 400, requestId: expect.any(String) },
    });
  });
});

describe("the local Secrets Manager's file", () => {
  let folder: string;
  let file: string;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'keyway-test-'));
    file = join(folder, 'data', 'secrets.json');
  });

  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  async function withClient<T>(use: (client: SecretsManagerClient) => Promise<T>): Promise<T> {
    const server = await startSecretsManager({ file });
    const client = clientOf(server);
    try {
      return await use(client);
    } finally {
      client.destroy();
      await server.close();
    }
  }

  const store = () =>
    withClient((client) => client.send(new CreateSecretCommand({ Name: 'keyway/a', SecretString: 'kept' })));
  const read = () => withClient((client) => client.send(new GetSecretValueCommand({ SecretId: 'keyway/a' })));

  it('brings secrets through a restart, readable by its owner alone', async () => {
    await store();
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(readdirSync(join(folder, 'data'))).toEqual(['secrets.json']);
    expect((await read()).SecretString).toBe('kept');
  });

  it('is the only place: without it there are no secrets', async () => {
    await store();
    rmSync(file);
    await expect(read()).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
  });

  it('is not thrown away when it is damaged', async () => {
    await store();
    writeFileSync(file, '{"secrets":');
    await expect(startSecretsManager({ file })).rejects.toThrow(/is damaged/);
    expect(readFileSync(file, 'utf8')).toBe('{"secrets":');
  });
});
