import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { builtInCatalogue } from '../core/catalogue/built-in-catalogue.ts';
import type { Events } from '../core/ports.ts';
import { withLines } from '../core/telemetry/request-lines.ts';
import { type Environment, readEnvironment } from '../environment.ts';
import { type ChangeLimiter, createChangeLimiter } from '../gateway/access/change-limiter.ts';
import { createActiveHours, withActiveHours } from '../gateway/accounts/active-hours.ts';
import { createApiKeyService } from '../gateway/accounts/api-keys.ts';
import { createPriceBook } from '../gateway/accounts/price-book.ts';
import { createRateLimiter } from '../gateway/accounts/rate-limiter.ts';
import { createWorkspaceLimiter } from '../gateway/accounts/workspace-limiter.ts';
import { createShardChoice } from '../gateway/credit/shard-choice.ts';
import { createInference } from '../gateway/inference/serve.ts';
import type { SettleDeps } from '../gateway/inference/settle.ts';
import { createBaseModels } from '../gateway/keys/base-models.ts';
import { createCredentialSource } from '../gateway/keys/credentials.ts';
import { noteRecovery } from '../gateway/keys/health-notes.ts';
import { createKeyTest } from '../gateway/keys/key-test.ts';
import { createPlatformCircuit } from '../gateway/keys/platform-circuit.ts';
import { createProviderKeyService } from '../gateway/keys/provider-keys.ts';
import { createRecently } from '../gateway/keys/recently.ts';
import { newId } from '../http/incoming.ts';
import type { Shell } from '../http/reply.ts';
import { byProvider, definitions, presentProviders } from '../providers/registry.ts';
import { createUpstreamLoader } from '../providers/upstreams.ts';
import { changesPartition } from '../stores/config/config-items.ts';
import { createDirectory } from '../stores/config/directory.ts';
import { createHealthRecords } from '../stores/config/health-records.ts';
import { createPrices } from '../stores/config/prices.ts';
import { createProviderKeys } from '../stores/config/provider-keys.ts';
import { createWindowCounts } from '../stores/config/window-counts.ts';
import { createWorkspaceCounts } from '../stores/config/workspace-counts.ts';
import { createApiKeys } from '../stores/config/workspaces.ts';
import { createDynamoDb } from '../stores/dynamodb/dynamodb.ts';
import { createHotCalls } from '../stores/dynamodb/hot-calls.ts';
import type { DataKeys } from '../stores/envelope/data-keys.ts';
import { createEventBus } from '../stores/event-bus.ts';
import { createAuditTrail } from '../stores/log/audit-trail.ts';
import { createRequestLog } from '../stores/log/request-log.ts';
import { createCredits } from '../stores/money/credits.ts';
import { createFallbackCounts } from '../stores/money/fallback-counts.ts';
import { createLedger } from '../stores/money/ledger.ts';
import { createSecretsManager } from '../stores/secrets/secrets-manager.ts';
import { createMarks } from '../stores/sweep/marks.ts';
import { createKeyReader, createKeyWriters } from './key-stores.ts';
import { linesOf, print, report } from './log-output.ts';

/*
 * The composition root: from the surroundings to clients, stores and use cases. One function for each entry, so that a
 * bundle holds only what its entry uses.
 */

/** What a runtime is built on: the process's own settings, and the AWS clients that these lead to. */
export interface Surroundings {
  environment: Environment;
  dynamo(): DynamoDBClient;
  secretsManager(): SecretsManagerClient;
  /** Absent: those of KMS. */
  dataKeys?(kmsKey: string): DataKeys;
  /** Null: nobody is told of changes of health. */
  events(): Events | null;
  /** One entry in the function's log. */
  report(event: string, details: object): void;
  /** One line on standard output. */
  print(line: string): void;
}

const now = () => Date.now();
const random = () => Math.random();
export const catalogueOfToday = () =>
  builtInCatalogue(
    new Date().toISOString(),
    definitions.map(({ name }) => name),
  );

/** What every entry has around its operations. */
export function shell({ environment, report, print } = surroundings()): Shell {
  return { report, refused: linesOf({ environment, print }).refused, origins: environment.corsOrigins };
}

export function surroundings(environment = readEnvironment()): Surroundings {
  const { eventBus } = environment;
  return {
    environment,
    dynamo: createDynamoDb,
    secretsManager: createSecretsManager,
    events: () => (eventBus === null ? null : createEventBus(eventBus)),
    report,
    print,
  };
}

/** Counts what API keys change. */
function changeLimiter(dynamo: DynamoDBClient, { environment, report }: Surroundings): ChangeLimiter {
  const { configTable, changesPerMinute: perMinute, changesPerDay: perDay } = environment;
  const counts = createWindowCounts(dynamo, configTable, changesPartition);
  return createChangeLimiter({ counts, limits: { perMinute, perDay }, now, report });
}

export function inferenceRuntime(around = surroundings()) {
  const { environment, report, print, ...clients } = around;
  const dynamo = clients.dynamo();
  const calls = createHotCalls(dynamo);
  const catalogue = catalogueOfToday();
  const prices = createPriceBook({
    base: catalogue,
    prices: createPrices(dynamo, environment.configTable),
    now,
    report,
  });
  const secrets = createKeyReader({ environment, report, ...clients, dynamo: () => dynamo });
  const upstream = createUpstreamLoader(environment);
  const credentials = createCredentialSource({
    secrets,
    providers: byProvider(({ form, ambient = false }) => ({ form, ambient: ambient && environment.platformRole })),
    defaultRegion: environment.bedrockDefaultRegion,
    now,
  });
  const baseModels = createBaseModels({ upstream, credentials, now });
  const health = createHealthRecords(dynamo, environment.configTable);
  const lines = linesOf({ environment, print });
  const activeHours = createActiveHours({ marks: createMarks(dynamo, calls, environment.configTable), now, report });
  const settling: SettleDeps = {
    log: withActiveHours(withLines(createRequestLog(dynamo, calls, environment.logTable, now), lines), activeHours),
    ledger: createLedger(dynamo, environment.configTable, now),
    health,
    fallbacks: createFallbackCounts(dynamo, environment.configTable),
    circuit: createPlatformCircuit({ records: health, now, random }),
    recent: createRecently(),
    events: clients.events(),
    feePercent: environment.platformFeePercent,
    limiter: createRateLimiter({ counts: createWindowCounts(dynamo, environment.configTable), now, report }),
    workspaceLimiter: createWorkspaceLimiter({
      counts: createWorkspaceCounts(dynamo, environment.configTable),
      now,
      report,
    }),
    apiKeys: createApiKeys(dynamo, environment.configTable),
    now,
    random,
    report,
  };
  const { firstByteTimeoutMs, answerTimeoutMs, deadlineMs } = environment;
  return {
    directory: createDirectory(calls, environment.configTable),
    settling,
    report,
    // For tests of keys alone: no other request pays for loading it.
    auditTrail: async () =>
      (await import('../stores/log/audit-trail.ts')).createAuditTrail(dynamo, environment.logTable, now),
    changes: changeLimiter(dynamo, around),
    refused: lines.refused,
    prices,
    infer: createInference({
      ...settling,
      catalogue: prices,
      ...{ upstream, credentials, baseModels, activeHours },
      shardChoice: createShardChoice({ random }),
      firstByteTimeoutMs,
      answerTimeoutMs,
      deadlineMs,
    }),
    testKey: createKeyTest({
      catalogue,
      ...{ upstream, credentials, baseModels },
      door: async () => (await import('../dialects/openai-chat/door.ts')).openaiChat,
      question: {
        answer: (model) => ({ model, messages: [{ role: 'user', content: 'ping' }], max_completion_tokens: 16 }),
        embed: (model) => ({ model, input: 'ping' }),
      },
      testModels: byProvider(({ testModel }) => testModel),
      timeoutMs: Math.min(firstByteTimeoutMs, 20_000),
      recovered: (requestId, principal, target, startedAt) =>
        noteRecovery(requestId, principal, target, startedAt, settling),
      now,
    }),
  };
}

export function providerKeysRuntime(around = surroundings()) {
  const { environment, report, ...clients } = around;
  const dynamo = clients.dynamo();
  const calls = createHotCalls(dynamo);
  return {
    directory: createDirectory(calls, environment.configTable),
    providerKeys: createProviderKeyService({
      keys: createProviderKeys(dynamo, environment.configTable),
      health: createHealthRecords(dynamo, environment.configTable),
      fallbacks: createFallbackCounts(dynamo, environment.configTable),
      secrets: createKeyWriters({ environment, report, ...clients, dynamo: () => dynamo }),
      forms: byProvider(({ form, formIn }) => formIn?.(environment) ?? form),
      defaultRegion: environment.bedrockDefaultRegion,
      newId: () => newId('pk', now()),
      now,
      report,
    }),
    auditTrail: createAuditTrail(dynamo, environment.logTable, now),
    changes: changeLimiter(dynamo, around),
    report,
  };
}

export function workspaceRuntime(around = surroundings()) {
  const { environment, report, print, ...clients } = around;
  const dynamo = clients.dynamo();
  const calls = createHotCalls(dynamo);
  return {
    directory: createDirectory(calls, environment.configTable),
    catalogue: createPriceBook({
      base: catalogueOfToday(),
      prices: createPrices(dynamo, environment.configTable),
      now,
      report,
    }),
    credits: createCredits(dynamo, environment.configTable),
    apiKeys: createApiKeyService({
      keys: createApiKeys(dynamo, environment.configTable, environment.maxApiKeys),
      now,
    }),
    log: withActiveHours(
      withLines(createRequestLog(dynamo, calls, environment.logTable, now), linesOf({ environment, print })),
      createActiveHours({ marks: createMarks(dynamo, calls, environment.configTable), now, report }),
    ),
    auditTrail: createAuditTrail(dynamo, environment.logTable, now),
    changes: changeLimiter(dynamo, around),
    providers: presentProviders(),
    now,
    report,
  };
}
