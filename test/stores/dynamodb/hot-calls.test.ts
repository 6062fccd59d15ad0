import type { ServerResponse } from 'node:http';
import { BatchGetItemCommand, DynamoDBClient, PutItemCommand } from '@aws-sdk/client-dynamodb';
import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, it, test } from 'vitest';
import { createHotCalls } from '../../../functions/stores/dynamodb/hot-calls.ts';
import { createSigner, type SigningCredentials } from '../../../functions/stores/dynamodb/signature.ts';
import { isSignedWith, readSignature } from '../../../local/simulated/bedrock/aws-signature.ts';
import { openRecordingServer, type Received, type RecordingServer, says } from '../recording-server.ts';
import { openTables } from '../tables.ts';

let server: RecordingServer;
beforeAll(async () => {
  server = await openRecordingServer();
});
afterAll(() => server.close());
beforeEach(() => {
  server.received.length = 0;
  server.answers.length = 0;
});

const fixed: SigningCredentials = { accessKeyId: 'AKIAFAKEHOTCALLS', secretAccessKey: 'fake/secret+of the tests' };
const put = { TableName: 'log', Item: { pk: { S: 'a' }, n: { N: '1' } } };
const get = { RequestItems: { config: { Keys: [{ pk: { S: 'a' } }], ConsistentRead: true } } };

function createClient(
  credentials: SigningCredentials | (() => Promise<SigningCredentials & { expiration?: Date }>) = fixed,
): DynamoDBClient {
  return new DynamoDBClient({ endpoint: server.url, region: 'eu-central-1', credentials, maxAttempts: 2 });
}

/** Calls whose endpoint the SDK has settled; what it took is forgotten. */
async function warmCalls(client = createClient(), timeoutMs?: number) {
  const calls = createHotCalls(client, timeoutMs);
  await calls.putItem(put);
  server.received.length = 0;
  return calls;
}

function signatureOf({ headers }: Received) {
  const signature = readSignature(headers.authorization ?? '');
  if (signature === null) throw new Error('not signed');
  return signature;
}

describe('the signature', () => {
  test.each<[string, SigningCredentials]>([
    ['long-lived credentials', fixed],
    ['temporary credentials', { ...fixed, sessionToken: 'fake-session/token+==' }],
  ])('is the one that the SDK makes, with %s', async (_, credentials) => {
    const client = createClient(credentials);
    const sign = createSigner('dynamodb');
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: 'grapheme', maxLength: 200 }), async (text) => {
        server.received.length = 0;
        await client.send(new PutItemCommand({ TableName: 'log', Item: { pk: { S: text } } }));
        const [sent] = server.received;
        if (sent === undefined) throw new Error('nothing sent');
        const headers = Object.fromEntries(
          signatureOf(sent).signedHeaders.map((name) => [name, String(sent.headers[name])]),
        );
        const ours = sign(credentials, 'eu-central-1', headers['x-amz-date'] ?? '', headers, sent.body.toString());
        expect(ours).toBe(sent.headers.authorization);
      }),
      { numRuns: 25 },
    );
  });

  it('changes with the day, the region and the secret', () => {
    const sign = createSigner('dynamodb');
    const of = (secret: string, region: string, day: string) =>
      sign({ ...fixed, secretAccessKey: secret }, region, `${day}T000000Z`, { host: 'h' }, '{}').split('Signature=')[1];
    const all = [
      of('s', 'eu-central-1', '20260101'),
      of('t', 'eu-central-1', '20260101'),
      of('s', 'us-east-1', '20260101'),
      of('s', 'eu-central-1', '20260102'),
    ];
    expect(new Set(all).size).toBe(4);
    expect(of('s', 'eu-central-1', '20260101')).toBe(all[0]);
  });
});

describe('a direct call', () => {
  it('is made from the second one on; the first is the SDK’s', async () => {
    const calls = createHotCalls(createClient());
    await calls.batchGetItem(get);
    await calls.batchGetItem(get);
    await calls.putItem(put);
    expect(server.received.map(({ bySdk, headers }) => [bySdk, headers['x-amz-target']])).toEqual([
      [true, 'DynamoDB_20120810.BatchGetItem'],
      [false, 'DynamoDB_20120810.BatchGetItem'],
      [false, 'DynamoDB_20120810.PutItem'],
    ]);
  });

  it('sends what the SDK sends, signed as AWS checks it', async () => {
    const calls = createHotCalls(createClient());
    await calls.putItem(put);
    await calls.putItem(put);
    const [bySdk, direct] = server.received;
    if (bySdk === undefined || direct === undefined) throw new Error('not sent');
    expect(JSON.parse(direct.body.toString())).toEqual(JSON.parse(bySdk.body.toString()));
    expect(direct.headers).toMatchObject({
      host: bySdk.headers.host,
      'content-type': bySdk.headers['content-type'],
      'content-length': String(direct.body.length),
    });
    expect(signatureOf(direct)).toMatchObject({
      region: 'eu-central-1',
      service: 'dynamodb',
      signedHeaders: ['content-type', 'host', 'x-amz-date', 'x-amz-target'],
    });
    expect(isSignedWith(direct, signatureOf(direct), fixed.secretAccessKey)).toBe(true);
    expect(
      Math.abs(
        Date.now() - Date.parse(String(direct.headers['x-amz-date']).replace(/^(....)(..)(..T..)(..)/, '$1-$2-$3:$4:')),
      ),
    ).toBeLessThan(60_000);
  });

  it('follows credentials that rotate, session token included', async () => {
    let round = 0;
    // What is about to expire is asked for anew each time.
    const rotating = async () => ({
      accessKeyId: `AKIAROUND${++round}`,
      secretAccessKey: `secret-${round}`,
      sessionToken: `token-${round}`,
      expiration: new Date(Date.now() + 1000),
    });
    const calls = await warmCalls(createClient(rotating));
    await calls.putItem(put);
    await calls.putItem(put);
    const seen = server.received.map((sent) => {
      const [, number = ''] = /AKIAROUND(\d+)/.exec(signatureOf(sent).accessKeyId) ?? [];
      expect(sent.headers['x-amz-security-token']).toBe(`token-${number}`);
      expect(isSignedWith(sent, signatureOf(sent), `secret-${number}`)).toBe(true);
      return Number(number);
    });
    expect(seen).toHaveLength(2);
    expect(seen[1]).toBeGreaterThan(seen[0] ?? 0);
    expect(server.received.every(({ bySdk }) => !bySdk)).toBe(true);
  });

  it('reads what the SDK reads', async () => {
    const tables = await openTables();
    try {
      const calls = createHotCalls(tables.client);
      const item = {
        pk: { S: 'Grüße 😀' },
        sk: { S: '\u2028"\\' },
        n: { N: '1.5' },
        none: { NULL: true },
        deep: { M: { l: { L: [{ BOOL: false }] } } },
      };
      await calls.putItem({ TableName: tables.log, Item: item });
      const read = { RequestItems: { [tables.log]: { Keys: [{ pk: item.pk, sk: item.sk }], ConsistentRead: true } } };
      const direct = await calls.batchGetItem(read);
      const bySdk = await tables.client.send(new BatchGetItemCommand(read));
      expect(direct.Responses).toEqual({ [tables.log]: [item] });
      expect(direct.Responses).toEqual(bySdk.Responses);
    } finally {
      await tables.close();
    }
  });
});

describe('a direct call that fails is made again by the SDK', () => {
  const error = (type: string) => JSON.stringify({ __type: `com.amazonaws.dynamodb.v20120810#${type}`, message: 'no' });
  const troubles: [string, (response: ServerResponse) => void][] = [
    ['a throttled table', says(400, error('ProvisionedThroughputExceededException'))],
    ['a throttled account', says(400, error('ThrottlingException'))],
    ['a refused signature', says(400, error('InvalidSignatureException'))],
    ['an internal error', says(500, error('InternalServerError'))],
    ['a page of a proxy', says(200, '<html>')],
    ['a broken connection', (response) => response.destroy()],
    [
      'an answer that breaks off',
      (response) => {
        response.writeHead(200, { 'content-length': 100 });
        response.write('{"Responses":', () => response.destroy());
      },
    ],
  ];

  test.each(troubles)('after %s', async (_, trouble) => {
    const calls = await warmCalls();
    server.answers.push(trouble, says(200, '{"Responses":{"config":[]}}'));
    expect((await calls.batchGetItem(get)).Responses).toEqual({ config: [] });
    expect(server.received.map(({ bySdk }) => bySdk)).toEqual([false, true]);
    await calls.putItem(put);
    expect(server.received.at(-1)?.bySdk).toBe(false);
  });

  it('after a silence', async () => {
    const calls = await warmCalls(createClient(), 20);
    server.answers.push(() => undefined);
    await calls.putItem(put);
    expect(server.received.map(({ bySdk }) => bySdk)).toEqual([false, true]);
  });

  it('and it is the SDK’s error that is thrown when that fails, too', async () => {
    const calls = await warmCalls();
    const refused = says(400, error('ResourceNotFoundException'));
    server.answers.push(refused, refused);
    await expect(calls.putItem(put)).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
  });
});
