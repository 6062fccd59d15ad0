import { createServer, request as httpRequest, type IncomingMessage, type ServerResponse } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { isObject, type JsonObject, parseJson } from '../functions/core/json.ts';
import { listen, readBody } from '../local/listening.ts';
import { report } from './child.ts';

/**
 * Stands in front of a DynamoDB of this machine and gives what one partition of the real one gives, 1,000 write units and 3,000 read
 * units a second (docs.aws.amazon.com/amazondynamodb/latest/developerguide/bp-partition-key-design.html), without any burst: to each
 * item, as when DynamoDB has split a busy partition (…/burst-adaptive-capacity.html), or with `unsplit` to all items of a partition
 * key together. Units are those that the DynamoDB behind it says. What is beyond is refused as the real one does. Arguments: its
 * address, by how much slower than in truth everything is, and `unsplit`. GET tells how many calls of each kind came and were refused.
 */
const [target = '', slow = '1', split = ''] = process.argv.slice(2);
const limits = { write: 1000 / Number(slow), read: 3000 / Number(slow) };
const partitions = new Map<string, { units: number; at: number }>();
const counts: Record<string, number> = {};

const server = createServer(async (incoming, response) => {
  if (incoming.method === 'GET') return void response.end(JSON.stringify({ counts, partitions: partitions.size }));
  const operation = String(incoming.headers['x-amz-target']).split('.').at(-1) ?? '';
  const body = parseJson(String(await readBody(incoming))) as JsonObject;
  const kind = operation.startsWith('BatchGet') || operation === 'GetItem' ? 'read' : 'write';
  const names = placesOf(body).map((place) => `${kind} ${place}`);
  count(operation);
  if (names.some((name) => unitsLeft(name, limits[kind]) <= 0)) {
    count(`${kind}s refused`);
    // The SDK waits for 250 ms on average before it tries a throttled call again: so much longer in a slower world.
    await delay(500 * Math.random() * (Number(slow) - 1));
    response.writeHead(400, { 'content-type': 'application/x-amz-json-1.0' });
    return void response.end(
      JSON.stringify({
        __type: 'com.amazonaws.dynamodb.v20120810#ProvisionedThroughputExceededException',
        message: 'The level of configured provisioned throughput for one or more partitions was exceeded.',
      }),
    );
  }
  const units = consumed(
    await forward(incoming, JSON.stringify({ ...body, ReturnConsumedCapacity: 'TOTAL' }), response),
  );
  count(`${kind} units`, units);
  for (const name of names) spend(name, units / names.length);
});
server.keepAliveTimeout = 60_000;

function count(what: string, by = 1): void {
  counts[what] = (counts[what] ?? 0) + by;
}

/** What throughput is taken from: the items of a call, or their partition keys. */
function placesOf(body: JsonObject): string[] {
  const tables = isObject(body.RequestItems) ? Object.values(body.RequestItems) : [];
  const keys = tables.flatMap((table) => (isObject(table) && Array.isArray(table.Keys) ? table.Keys : []));
  const all = [body.Key, body.Item, ...keys] as ({ pk?: { S?: string }; sk?: { S?: string } } | undefined)[];
  const places = all.flatMap((each) =>
    each?.pk?.S === undefined ? [] : [split === 'unsplit' ? each.pk.S : `${each.pk.S} ${each.sk?.S}`],
  );
  return [...new Set(places)];
}

function unitsLeft(name: string, limit: number): number {
  const now = performance.now();
  const known = partitions.get(name) ?? { units: limit, at: now };
  const units = Math.min(limit, known.units + ((now - known.at) / 1000) * limit);
  partitions.set(name, { units, at: now });
  return units;
}

function spend(name: string, units: number): void {
  const known = partitions.get(name);
  if (known) known.units -= units;
}

function consumed({ ConsumedCapacity }: JsonObject): number {
  const all = (Array.isArray(ConsumedCapacity) ? ConsumedCapacity : [ConsumedCapacity]) as (
    | { CapacityUnits?: number }
    | undefined
  )[];
  // A conditional write that is refused costs as well.
  return all.reduce((sum, each) => sum + (each?.CapacityUnits ?? 1), 0);
}

function forward(incoming: IncomingMessage, body: string, response: ServerResponse): Promise<JsonObject> {
  return new Promise((resolve) => {
    const headers = { ...incoming.headers, 'content-length': String(Buffer.byteLength(body)) };
    const onward = httpRequest(target, { method: 'POST', headers, path: '/' }, async (answer) => {
      const given = await readBody(answer);
      response.writeHead(answer.statusCode ?? 500, answer.headers).end(given);
      const parsed = parseJson(String(given));
      resolve(isObject(parsed) ? parsed : {});
    });
    onward.on('error', () => {
      response.socket?.destroy();
      resolve({});
    });
    onward.end(body);
  });
}

report((await listen(server)).url);
