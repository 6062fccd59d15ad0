import { once } from 'node:events';
import { parseArgs } from 'node:util';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { formatUsd } from '../functions/core/billing/money.ts';
import { leaseMs } from '../functions/core/hours.ts';
import type { LogRecord } from '../functions/core/log-record.ts';
import { sweepHolds } from '../functions/gateway/sweep/sweep-holds.ts';
import { refOfApiKeyId } from '../functions/stores/config/config-items.ts';
import { createCredits } from '../functions/stores/money/credits.ts';
import { createHoldBook } from '../functions/stores/money/hold-book.ts';
import { createLedger } from '../functions/stores/money/ledger.ts';
import { createTables } from '../local/dynamodb.ts';
import { addWorkspace } from '../test/stores/tables.ts';
import { median, start, startStores, stopAll } from './children.ts';
import type { Spent, Task } from './spender.ts';

/**
 * How many platform requests a second one workspace takes, from several processes, in front of a DynamoDB that throttles as the real one
 * does; and whether its balance is right to the last digit afterwards. `--slow 4`: everything takes four times as long and DynamoDB gives a
 * quarter, for a machine that cannot do as much in a second; rates and times are told as if it could. `--one-item`: without shards.
 * `--unsplit`: before DynamoDB has split the workspace's partition, as it does under load.
 * `KEYWAY_TEST_DYNAMODB`: the address of a DynamoDB to use in place of the embedded one.
 */
const { values } = parseArgs({
  options: {
    rate: { type: 'string', default: '1000' },
    seconds: { type: 'string', default: '20' },
    'answer-ms': { type: 'string', default: '1000' },
    processes: { type: 'string', default: '4' },
    slow: { type: 'string', default: '10' },
    'one-item': { type: 'boolean', default: false },
    unsplit: { type: 'boolean', default: false },
  },
});
const [rate, seconds, answerMs, processes, slow] = [
  values.rate,
  values.seconds,
  values['answer-ms'],
  values.processes,
  values.slow,
].map(Number) as [number, number, number, number, number];

const credit = 1e12;
const behind = process.env.KEYWAY_TEST_DYNAMODB ?? (await startStores()).AWS_ENDPOINT_URL_DYNAMODB ?? '';
const throttled = await start('throttled.ts', [behind, String(slow), values.unsplit ? 'unsplit' : '']);
const aws = {
  AWS_REGION: 'us-east-1',
  AWS_ACCESS_KEY_ID: 'bench',
  AWS_SECRET_ACCESS_KEY: 'bench',
};
Object.assign(process.env, aws);
const client = new DynamoDBClient({ endpoint: behind });
const tables = { client, config: 'keyway-config' };
await createTables(client, { config: tables.config, log: 'keyway-log' });
const { workspace, apiKey } = await addWorkspace(
  { ...tables, log: 'keyway-log', keys: 'keyway-keys', url: behind, close: async () => {} },
  credit,
);

const task: Task = {
  workspaceId: workspace.id,
  keyRef: refOfApiKeyId(apiKey.id),
  rate: rate / processes / slow,
  seconds: seconds * slow,
  answerMs: answerMs * slow,
  slow,
  oneItem: values['one-item'],
};
const spenders = await Promise.all(
  Array.from({ length: processes }, () =>
    start('spender.ts', [JSON.stringify(task)], { ...aws, AWS_ENDPOINT_URL_DYNAMODB: throttled.url }),
  ),
);
const began = performance.now();
const spent = await Promise.all(
  spenders.map(async ({ process: child }) => {
    child.send('go');
    const [answer] = (await once(child, 'message')) as [Spent];
    return answer;
  }),
);
const took = (performance.now() - began) / 1000 / slow;
const sum = (of: (each: Spent) => number) => spent.reduce((all, each) => all + of(each), 0);
const { counts, partitions } = (await (await fetch(throttled.url)).json()) as {
  counts: Record<string, number>;
  partitions: number;
};

// What requests have left behind that could not settle, the sweep ends.
const log = new Map(
  spent.flatMap(({ unsettled }) =>
    unsettled.map(([id, cost]) => [id, { cost: formatUsd(cost), settled: false } as LogRecord] as const),
  ),
);
const now = () => Date.now() + leaseMs + 1000;
await sweepHolds([workspace.id], {
  book: createHoldBook(client, tables.config, now),
  ledger: createLedger(client, tables.config, now),
  log: { get: async (_, id) => log.get(id) ?? null, writeIfNone: async () => {} },
  workspaces: { get: async () => null },
  now,
});
const left = await createCredits(client, tables.config).balance(workspace.id);
const requests = sum((each) => each.requests);
const holdMs = spent.flatMap((each) => each.holdMs).toSorted((a, b) => a - b);
console.log(
  JSON.stringify(
    {
      rate,
      answer_ms: answerMs,
      ...{ processes, slow, shards: !task.oneItem },
      requests,
      seconds: Number(took.toFixed(1)),
      served_a_second: Math.round(sum((each) => each.served) / (took - answerMs / 1000)),
      refused: sum((each) => each.refused),
      unavailable: sum((each) => each.unavailable),
      settled_by_the_sweep: log.size,
      errors: sumUp(spent.map((each) => each.errors)),
      hold_ms: {
        median: Number(median(holdMs).toFixed(1)),
        p99: Number((holdMs[Math.floor(holdMs.length * 0.99)] ?? 0).toFixed(1)),
      },
      calls: counts,
      updates_a_request: Number(((counts.UpdateItem ?? 0) / requests).toFixed(3)),
      partitions,
      balance_error_nano_usd: credit - sum((each) => each.cost) - (left?.balance ?? Number.NaN),
      held_nano_usd: (left?.balance ?? 0) - (left?.available ?? 0),
    },
    null,
    1,
  ),
);
client.destroy();
stopAll();

function sumUp(all: Record<string, number>[]): Record<string, number> {
  const sums: Record<string, number> = {};
  for (const each of all) for (const [name, count] of Object.entries(each)) sums[name] = (sums[name] ?? 0) + count;
  return sums;
}
