import { randomBytes } from 'node:crypto';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import { noBounds } from '../functions/core/chat/bounds.ts';
import { nameOf } from '../functions/core/errors.ts';
import { formatUlid } from '../functions/core/ids.ts';
import { parseJson } from '../functions/core/json.ts';
import type { Plan } from '../functions/core/routing/plan.ts';
import type { PlatformTarget } from '../functions/core/routing/target.ts';
import { createFunds } from '../functions/gateway/credit/funds.ts';
import { createShardChoice } from '../functions/gateway/credit/shard-choice.ts';
import type { InferenceDeps, InferenceRequest } from '../functions/gateway/inference/request.ts';
import { createDirectory } from '../functions/stores/config/directory.ts';
import { createHotCalls } from '../functions/stores/dynamodb/hot-calls.ts';
import { tellOutages } from '../functions/stores/dynamodb/outages.ts';
import { createLedger } from '../functions/stores/money/ledger.ts';

/**
 * One process that serves platform requests of one workspace, without provider and log: admission, hold, a wait, settlement, with the
 * stores and the AWS SDK that the gateway has. Argument: a `Task` as JSON. Sends a `Spent` when all is over.
 */
export interface Task {
  workspaceId: string;
  keyRef: string;
  rate: number;
  seconds: number;
  answerMs: number;
  /** By how much slower than in truth everything is. */
  slow: number;
  /** As without shards. */
  oneItem: boolean;
}

export interface Spent {
  requests: number;
  served: number;
  /** Answered 402, and 503 since DynamoDB throttled. */
  refused: number;
  unavailable: number;
  errors: Record<string, number>;
  /** Nano-dollars, of the requests that were served. */
  cost: number;
  /** What the log would say of requests whose settlement failed. */
  unsettled: [requestId: string, cost: number][];
  holdMs: number[];
}

const task = parseJson(process.argv[2] ?? '') as Task;
// As createDynamoDb() makes it, with time for a slower world.
const requestHandler = new NodeHttpHandler({
  requestTimeout: 2000 * task.slow,
  throwOnRequestTimeout: true,
  httpAgent: { maxSockets: 512 },
});
const dynamo = tellOutages(new DynamoDBClient({ maxAttempts: 3, requestHandler }), 'DynamoDB');
const directory = createDirectory(createHotCalls(dynamo, 2000 * task.slow), 'keyway-config');
const deps = {
  ledger: createLedger(dynamo, 'keyway-config', Date.now),
  shardChoice: task.oneItem ? { of: () => null } : createShardChoice({ random: Math.random }),
} as Pick<InferenceDeps, 'ledger' | 'shardChoice'> as InferenceDeps;
/** gpt-4o-mini's, and a short answer. */
const offer = { price: { input: 150_000_000, output: 600_000_000 }, maxOutputTokens: 16_384 };
const target = { offer, candidate: {} } as unknown as PlatformTarget;
const plan = { platform: [], replaced: [] } as unknown as Plan;
const bounds = { ...noBounds, textBytes: 2000, maxOutputTokens: 500 };

const spent: Spent = {
  ...{ requests: 0, served: 0, refused: 0, unavailable: 0, cost: 0 },
  ...{ errors: {}, unsettled: [], holdMs: [] },
};

async function serve(i: number): Promise<void> {
  const at = Date.now();
  const requestId = `req_${formatUlid(at, randomBytes(10))}`;
  spent.requests++;
  try {
    const admitted = await directory.authenticate(task.workspaceId, task.keyRef, () => true);
    if (admitted === null) throw new Error('No such key.');
    // What came within the last second would have come within less of it.
    const holdsAt = admitted.load.holdsAt.map((placed) => at - (at - placed) / task.slow);
    const principal = { ...admitted, load: { ...admitted.load, holdsAt } };
    const funds = createFunds({ principal, requestId, at } as InferenceRequest, plan, deps);
    const started = performance.now();
    if ((await funds.place(target, bounds)) !== null) {
      spent.refused++;
      return;
    }
    spent.holdMs.push(performance.now() - started);
    await new Promise((resolve) => setTimeout(resolve, task.answerMs));
    const cost = 100_000 + (i % 7) * 100;
    spent.served++;
    spent.cost += cost;
    const held = funds.held();
    if (held === null) throw new Error('Nothing is held.');
    await deps.ledger
      .settle(task.workspaceId, requestId, held, cost)
      .catch(() => void spent.unsettled.push([requestId, cost]));
  } catch (error) {
    spent.unavailable++;
    const name = error instanceof Error ? `${nameOf(error)}: ${error.message}` : String(error);
    spent.errors[name] = (spent.errors[name] ?? 0) + 1;
  }
}

process.on('message', async () => {
  const running: Promise<void>[] = [];
  const started = performance.now();
  const total = Math.round(task.rate * task.seconds);
  // Open loop: requests come when they come, whatever became of those before.
  while (running.length < total) {
    const due = Math.min(total, Math.floor(((performance.now() - started) / 1000) * task.rate));
    while (running.length < due) running.push(serve(running.length));
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
  await Promise.all(running);
  process.send?.(spent);
});
process.on('disconnect', () => process.exit(0));
process.send?.({ url: '' });
