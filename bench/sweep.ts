import { createServer } from 'node:http';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { createUsageTable } from '../functions/core/billing/usage-rows.ts';
import { formatTime } from '../functions/core/ids.ts';
import { coordinate } from '../functions/gateway/sweep/coordinate.ts';
import { doWork, readWork, type Work } from '../functions/gateway/sweep/work.ts';
import { createUsagePages } from '../functions/stores/log/usage-pages.ts';
import { createSimulatedStores } from './simulated-stores.ts';
import { idOf, model, type Stored, type World } from './simulated-world.ts';
import { createVirtualTime } from './virtual-time.ts';

/**
 * The sweep over 100,000 workspaces, of which 3,000 are active in an hour and one has a thousand requests a second: the very code, over stores
 * that take as long as DynamoDB and SQS do, in time that passes by itself. What reading a record costs of CPU is measured first.
 */
const workspaces = Number(process.argv[2] ?? 100_000);
const hours = Number(process.argv[3] ?? 2);
const activeShare = 0.03;
/** Bytes of a record in the log table: scripts/costs.ts. */
const recordBytes = 1100;
/** One vCPU of Lambda beside one of this machine. */
const slower = 1.5;
const workers = 4;
const hourMs = 3_600_000;
const minute = 60_000;
const start = Date.parse('2026-03-02T00:00:00Z');

const recordCpu = (await measureRecord()) * slower;
const random = (workspace: number, hour: number) => {
  let x = (workspace * 2_654_435_761 + hour * 40_503 + 12_345) >>> 0;
  x = Math.imul(x ^ (x >>> 16), 0x45d9f3b) >>> 0;
  x = Math.imul(x ^ (x >>> 16), 0x45d9f3b) >>> 0;
  return ((x ^ (x >>> 16)) >>> 0) / 2 ** 32;
};
const huge = Math.floor(workspaces / 2);
const world: World = {
  ...{ hourMs, start, workspaces, recordBytes, recordCpu },
  requests(workspace, hour) {
    if (hour >= hours) return 0;
    if (workspace === huge) return 3_600_000;
    return random(workspace, hour) < activeShare ? 1 + Math.floor(random(workspace, hour + 1000) * 60) : 0;
  },
  holds: new Set(),
};
const time = createVirtualTime(start);
const due = start - hourMs;
const stored: Stored = {
  marks: new Map(),
  heads: new Map(),
  hours: new Map(),
  // A day after the last round, an hour after the last pass over the secrets: so both are due in the first run.
  state: { until: due, markedFrom: due, rounded: due },
  lapsed: new Set(),
  queue: [],
  units: { reads: 0, writes: 0, messages: 0 },
  said: new Map(),
};
console.log(
  `${workspaces} workspaces, ${activeShare * 100} % active in an hour, one with 1,000 requests a second; ${workers} workers.\n` +
    `A record: ${recordBytes} bytes, ${(recordCpu * 1000).toFixed(1)} µs (measured here, times ${slower}).\n`,
);

let longestRun = 0;
let longestSlice = 0;
let longestDrain = 0;
let open = true;
let atWork = 0;
await time.run(async () => {
  await Promise.all([schedule(), ...Array.from({ length: workers }, work)]);
});
report();

/** EventBridge's schedule: every five minutes. */
async function schedule(): Promise<void> {
  const processor = { freeAt: 0 };
  const { deps } = createSimulatedStores(world, time, stored, processor);
  let hour = 0;
  while (time.now() < start + hours * hourMs + 50 * minute) {
    for (; hour < hours && start + hour * hourMs <= time.now(); hour++) begin(hour);
    const before = { at: time.now(), ...stored.units };
    const found = await coordinate(deps);
    const took = time.now() - before.at;
    longestRun = Math.max(longestRun, took);
    const said = Object.entries(found).map(([name, value]) => `${name} ${value}`);
    const drained = untilIdle(before.at);
    await time.sleep(before.at + 5 * minute - 1 - time.now());
    const { reads, writes, messages } = stored.units;
    console.log(
      `${clock(before.at)} run ${seconds(took)}, work done after ${seconds(await drained)}: ${said.join(', ')}; ` +
        `${Math.round(reads - before.reads)} read units, ${writes - before.writes} write units, ${messages - before.messages} messages`,
    );
    await time.sleep(1);
  }
  open = false;
}

/** Ms from a run's begin until nobody works; not a number: not before the next run. */
async function untilIdle(since: number): Promise<number> {
  while (time.now() < since + 5 * minute - 2) {
    if (stored.queue.length === 0 && atWork === 0) {
      // What does the whole round of idle workspaces is no part of it: it has a day.
      longestDrain = Math.max(longestDrain, time.now() - since);
      return time.now() - since;
    }
    await time.sleep(250);
  }
  return Number.NaN;
}

/** At the beginning of an hour: its marks, and requests that break off. */
function begin(hour: number): void {
  const at = start + hour * hourMs;
  const marks = new Map();
  for (let workspace = 0; workspace < workspaces; workspace++) {
    if (world.requests(workspace, hour) === 0) continue;
    marks.set(idOf(workspace), { workspaceId: idOf(workspace), hour: at, at, late: false });
    if (hour === 0 && world.holds.size < 50) world.holds.add(workspace);
  }
  stored.marks.set(at, marks);
  stored.units.writes += marks.size;
}

/** A worker: a message at a time. */
async function work(): Promise<void> {
  const { deps } = createSimulatedStores(world, time, stored, { freeAt: 0 });
  while (open || stored.queue.length > 0) {
    const body = stored.queue.shift();
    if (body === undefined) {
      await time.sleep(200);
      continue;
    }
    atWork++;
    await time.sleep(model.invoke);
    const began = time.now();
    await doWork(readWork(body) as Work, deps);
    longestSlice = Math.max(longestSlice, time.now() - began);
    atWork--;
  }
}

function report(): void {
  let wrong = 0;
  let requests = 0;
  for (let workspace = 0; workspace < workspaces; workspace++)
    for (let hour = 0; hour < hours; hour++) {
      const count = world.requests(workspace, hour);
      if (count === 0) continue;
      const rows = stored.hours.get(`${idOf(workspace)} ${start + hour * hourMs}`) ?? [];
      const sum = rows.reduce((all, row) => ({ requests: all.requests + row.requests, cost: all.cost + row.cost }), {
        requests: 0,
        cost: 0,
      });
      // The i-th request costs i % 10 units of 100 nano-dollars.
      const cost = (Math.floor(count / 10) * 45 + ((count % 10) * ((count % 10) - 1)) / 2) * 100;
      if (sum.requests !== count || sum.cost !== cost) wrong++;
      requests += sum.requests;
    }
  const left = [...stored.marks.values()].reduce((sum, { size }) => sum + size, 0);
  const until = ((stored.state.until ?? 0) - start) / hourMs;
  console.log(
    `\nHours closed for all workspaces: ${until} of ${hours}; marks left: ${left}; requests summed up: ${requests}; wrong sums: ${wrong}; ` +
      `holds given back: ${stored.lapsed.size} of ${world.holds.size}.`,
  );
  console.log(
    `Longest run: ${seconds(longestRun)}; longest slice of a worker: ${seconds(longestSlice)}; longest until all work of a run was done: ${seconds(longestDrain)}.`,
  );
  console.log([...stored.said].map(([name, value]) => `${name}: ${value}`).join('; '));
  if (wrong > 0 || left > 0 || until !== hours || stored.lapsed.size !== world.holds.size) process.exit(1);
  if (longestRun > 120_000 || longestSlice > 60_000) process.exit(1);
}

/** CPU-ms of one record here: the SDK's reading of a page over HTTP, the store's and the counting. */
async function measureRecord(): Promise<number> {
  const count = Math.floor(1_048_576 / recordBytes);
  const record = (i: number) => ({
    ...{ sk: { S: `req_${formatTime(start + i)}0000000000000000` }, at: { S: new Date(start + i).toISOString() } },
    ...{
      model: { S: 'openai/gpt-5' },
      provider: { S: 'openai' },
      credential: { S: 'byok' },
      api_key_id: { S: 'ak_1' },
    },
    ...{
      provider_key_id: { S: 'pk_1' },
      error_code: { NULL: true },
      cost: { S: '0.0000100' },
      upstream_cost: { NULL: true },
    },
    usage: { S: '{"prompt_tokens":11,"completion_tokens":7,"cached_tokens":0,"reasoning_tokens":0}' },
  });
  const page = Buffer.from(JSON.stringify({ Items: Array.from({ length: count }, (_, i) => record(i)), Count: count }));
  const server = createServer((request, response) => {
    request.resume().on('end', () => {
      response
        .writeHead(200, { 'content-type': 'application/x-amz-json-1.0', 'content-length': page.length })
        .end(page);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  const client = new DynamoDBClient({
    ...{ endpoint: `http://127.0.0.1:${port}`, region: 'us-east-1' },
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
  });
  const table = createUsageTable();
  const read = async () => {
    let records = 0;
    for await (const page of createUsagePages(client, 'log').pages('ws_1', start, start + hourMs, null))
      for (const each of page.records) {
        table.count(each);
        records++;
      }
    return records;
  };
  for (let i = 0; i < 5; i++) await read();
  const before = process.cpuUsage();
  let records = 0;
  for (let i = 0; i < 25; i++) records += await read();
  const { user, system } = process.cpuUsage(before);
  client.destroy();
  await new Promise((resolve) => server.close(resolve));
  return (user + system) / 1000 / records;
}

function clock(at: number): string {
  return new Date(at).toISOString().slice(11, 16);
}

function seconds(ms: number): string {
  return Number.isNaN(ms) ? 'more than five minutes' : `${(ms / 1000).toFixed(1)} s`;
}
