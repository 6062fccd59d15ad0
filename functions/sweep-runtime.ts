import { withLines } from './core/telemetry/request-lines.ts';
import { createKeyInventories } from './key-stores.ts';
import { linesOf } from './log-output.ts';
import { surroundings } from './runtime.ts';
import { createProviderKeys } from './stores/config/provider-keys.ts';
import { createTableIdentity } from './stores/config/table-identity.ts';
import { createWorkspaces } from './stores/config/workspaces.ts';
import { createHotCalls } from './stores/dynamodb/hot-calls.ts';
import { createFunctionConcurrency, createLambda } from './stores/function-concurrency.ts';
import { createRequestLog } from './stores/log/request-log.ts';
import { createUsageHours } from './stores/log/usage-hours.ts';
import { createHoldBook } from './stores/money/hold-book.ts';
import { createLedger } from './stores/money/ledger.ts';

const now = () => Date.now();

/** What runtime.ts is for the other entries; apart, since nothing else needs Lambda's own API. */
export function sweepRuntime({ environment, report, print, ...clients } = surroundings()) {
  const dynamo = clients.dynamo();
  const calls = createHotCalls(dynamo);
  return {
    inventories: createKeyInventories({ environment, report, ...clients, dynamo: () => dynamo }),
    keys: createProviderKeys(dynamo, environment.configTable),
    hours: createUsageHours(dynamo, environment.configTable),
    book: createHoldBook(dynamo, environment.configTable, now),
    ledger: createLedger(dynamo, environment.configTable, now),
    log: withLines(createRequestLog(dynamo, calls, environment.logTable, now), linesOf({ environment, print })),
    workspaces: createWorkspaces(dynamo, environment.configTable),
    table: createTableIdentity(dynamo, environment.configTable, now).record,
    concurrency: createFunctionConcurrency(createLambda()),
    managementFunctions: environment.managementFunctions,
    now,
    report,
  };
}
