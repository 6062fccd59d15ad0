import { oneLine } from '../core/telemetry/one-line.ts';
import { withLines } from '../core/telemetry/request-lines.ts';
import { createInProcessQueue } from '../gateway/sweep/in-process-queue.ts';
import type { Work } from '../gateway/sweep/work.ts';
import { createProviderKeys } from '../stores/config/provider-keys.ts';
import { createTableIdentity } from '../stores/config/table-identity.ts';
import { createWorkspaces } from '../stores/config/workspaces.ts';
import { createHotCalls } from '../stores/dynamodb/hot-calls.ts';
import { createFunctionConcurrency, createLambda } from '../stores/function-concurrency.ts';
import { createRequestLog } from '../stores/log/request-log.ts';
import { createUsageHours } from '../stores/log/usage-hours.ts';
import { createUsagePages } from '../stores/log/usage-pages.ts';
import { createHoldBook } from '../stores/money/hold-book.ts';
import { createLedger } from '../stores/money/ledger.ts';
import { createMarks } from '../stores/sweep/marks.ts';
import { createSweepState } from '../stores/sweep/sweep-state.ts';
import { createUsageSums } from '../stores/sweep/usage-sums.ts';
import { createSqs, createWorkQueue } from '../stores/sweep/work-queue.ts';
import { createKeyInventories } from './key-stores.ts';
import { linesOf } from './log-output.ts';
import { surroundings } from './runtime.ts';

const now = () => Date.now();

/** What runtime.ts is for the other entries, of the sweep's two: whoever finds the work, and whoever does it. */
export function sweepRuntime({ environment, report, print, ...clients } = surroundings()) {
  const { configTable, logTable, sweepQueue, requestLines } = environment;
  const dynamo = clients.dynamo();
  const calls = createHotCalls(dynamo);
  const marks = createMarks(dynamo, calls, configTable);
  const inProcess = sweepQueue === null ? createInProcessQueue<Work>() : null;
  return {
    inventories: createKeyInventories({ environment, report, ...clients, dynamo: () => dynamo }),
    keys: createProviderKeys(dynamo, configTable),
    hours: createUsageHours(dynamo, configTable),
    sums: createUsageSums(dynamo, configTable),
    book: createHoldBook(dynamo, configTable, now),
    ledger: createLedger(dynamo, configTable, now),
    log: withLines(createRequestLog(dynamo, calls, logTable, now), linesOf({ environment, print })),
    usageLog: createUsagePages(dynamo, logTable),
    marks,
    state: createSweepState(dynamo, configTable),
    workspaces: createWorkspaces(dynamo, configTable),
    table: createTableIdentity(dynamo, configTable, now).record,
    concurrency: createFunctionConcurrency(createLambda()),
    managementFunctions: environment.managementFunctions,
    queue: inProcess ?? createWorkQueue<Work>(createSqs(), sweepQueue ?? ''),
    inProcess,
    /** What was done stands in the function's log. On a desk nobody reads it. */
    say: (what: string, done: object) => {
      if (requestLines === 'emf') console.log(oneLine({ event: 'swept', what, ...done }));
    },
    now,
    report,
  };
}
