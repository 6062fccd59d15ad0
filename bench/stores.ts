import { createServer, type IncomingHttpHeaders, request as send } from 'node:http';
import { startDynamoDb } from '../local/dynamodb.ts';
import { listen, readBody } from '../local/listening.ts';
import { startSecretsManager } from '../local/secrets-manager.ts';
import { report } from './child.ts';

/**
 * The stores in a process of their own, so that their CPU is not the gateway's. The embedded DynamoDB takes several times the
 * gateway's CPU, which the real one does not take from the same machine; so what repeats per request is answered at once: a read as
 * long as nothing was written, and writes of the log, which nobody reads here.
 */
const [dynamo, secrets] = await Promise.all([startDynamoDb({ folder: null }), startSecretsManager({ file: null })]);
/** Items by their keys, null where there is none; all as JSON. */
let known = new Map<string, string | null>();

const front = createServer(async (request, response) => {
  const body = (await readBody(request))?.toString() ?? '';
  const operation = String(request.headers['x-amz-target']).split('.')[1] ?? '';
  if (operation === 'PutItem' && body.includes('"TableName":"keyway-log"')) return answer(200, '{}');
  const read = operation === 'BatchGetItem' ? readingOf(body) : null;
  const found = read?.keys.map((key) => known.get(key));
  if (read && found?.every((item) => item !== undefined))
    return answer(
      200,
      `{"Responses":{${JSON.stringify(read.table)}:[${found.filter((item) => item !== null).join(',')}]},"UnprocessedKeys":{}}`,
    );
  const items = known;
  const { status, text } = await ask(request.headers, body);
  if (/^(Put|Update|Delete)/.test(operation)) known = new Map();
  else if (read && status === 200) {
    for (const key of read.keys) items.set(key, null);
    for (const item of JSON.parse(text).Responses[read.table]) items.set(nameOf(item), JSON.stringify(item));
  }
  answer(status, text);

  function answer(code: number, text: string) {
    response
      .writeHead(code, { 'content-type': 'application/x-amz-json-1.0', 'content-length': Buffer.byteLength(text) })
      .end(text);
  }
});

function readingOf(body: string): { table: string; keys: string[] } {
  const [[table, { Keys }]] = Object.entries(JSON.parse(body).RequestItems) as [[string, { Keys: object[] }]];
  return { table, keys: Keys.map(nameOf) };
}

function nameOf({ pk, sk }: { pk?: { S: string }; sk?: { S: string } }): string {
  return `${pk?.S} ${sk?.S}`;
}

function ask(headers: IncomingHttpHeaders, body: string): Promise<{ status: number; text: string }> {
  return new Promise((resolve, reject) => {
    const request = send(dynamo.url, { method: 'POST', headers }, async (answer) =>
      resolve({ status: answer.statusCode ?? 0, text: (await readBody(answer))?.toString() ?? '' }),
    );
    request.on('error', reject);
    request.end(body);
  });
}

const { url } = await listen(front);
const addresses = createServer((_request, response) =>
  response.end(JSON.stringify({ dynamo: url, secrets: secrets.url })),
);
report((await listen(addresses)).url);
