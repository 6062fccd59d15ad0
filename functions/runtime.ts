import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { builtInCatalogue } from './core/catalogue/built-in-catalogue.ts';
import type { Events } from './core/ports.ts';
import { type Environment, readEnvironment } from './environment.ts';
import { createApiKeyService } from './gateway/api-keys.ts';
import { createCredentialSource } from './gateway/credentials.ts';
import { noteRecovery } from './gateway/health-notes.ts';
import { createInference } from './gateway/inference.ts';
import type { JournalDeps } from './gateway/journal.ts';
import { createKeyTest } from './gateway/key-test.ts';
import { createLockout } from './gateway/lockout.ts';
import { createPlatformCircuit } from './gateway/platform-circuit.ts';
import { createPriceBook } from './gateway/price-book.ts';
import { createPriceService } from './gateway/prices.ts';
import { createProviderKeyService } from './gateway/provider-keys.ts';
import { createRateLimiter } from './gateway/rate-limiter.ts';
import { createWorkspaceService } from './gateway/workspaces.ts';
import { newId } from './http/incoming.ts';
import { credentialForms } from './providers/credential-forms.ts';
import { createProviderLoader, providers } from './providers/registry.ts';
import { createCredits } from './stores/credits.ts';
import { createDirectory } from './stores/directory.ts';
import { createDynamoDb } from './stores/dynamodb.ts';
import { createEventBus } from './stores/event-bus.ts';
import { createFallbackCounts } from './stores/fallback-counts.ts';
import { createHealthRecords } from './stores/health-records.ts';
import { createHoldBook } from './stores/hold-book.ts';
import { createHotCalls } from './stores/hot-calls.ts';
import { createLedger } from './stores/ledger.ts';
import { createPrices } from './stores/prices.ts';
import { createProviderKeys } from './stores/provider-keys.ts';
import { createRequestLog } from './stores/request-log.ts';
import { createSecretInventory } from './stores/secret-inventory.ts';
import { createSecretWriter } from './stores/secret-writer.ts';
import { createSecretReader, createSecretsManager } from './stores/secrets-manager.ts';
import { createTableIdentity } from './stores/table-identity.ts';
import { createUsageHours } from './stores/usage-hours.ts';
import { createWindowCounts } from './stores/window-counts.ts';
import { createApiKeys, createWorkspaces } from './stores/workspaces.ts';

/*
 * The composition root: from the surroundings to clients, stores and use cases. One function for each entry, so that a
 * bundle holds only what its entry uses.
 */

/** What a runtime is built on: the process's own settings, and the AWS clients that these lead to. */
export interface Surroundings {
  environment: Environment;
  dynamo(): DynamoDBClient;
  secretsManager(): SecretsManagerClient;
  /** Null: nobody is told of changes of health. */
  events(): Events | null;
  /** One JSON line in the function's log. */
  report(event: string, details: object): void;
}

const now = () => Date.now();
const random = () => Math.random();
const catalogueOfToday = () => builtInCatalogue(new Date().toISOString());

/** One JSON line in the function's log. Details are ours; nothing of a caller's input or a credential is in them. */
export function report(event: string, details: object): void {
  console.error(JSON.stringify({ event, ...details }));
}

export function surroundings(environment = readEnvironment()): Surroundings {
  const { eventBus } = environment;
  return {
    environment,
    dynamo: createDynamoDb,
    secretsManager: createSecretsManager,
    events: () => (eventBus === null ? null : createEventBus(eventBus)),
    report,
  };
}

export function inferenceRuntime({ environment, report, ...clients } = surroundings()) {
  const dynamo = clients.dynamo();
  const calls = createHotCalls(dynamo);
  const catalogue = catalogueOfToday();
  const prices = createPriceBook({
    base: catalogue,
    prices: createPrices(dynamo, environment.configTable),
    now,
    report,
  });
  const secrets = createSecretReader(clients.secretsManager(), environment.secretPrefix, now);
  const provider = createProviderLoader(environment);
  const credentials = createCredentialSource({
    secrets,
    providers: Object.fromEntries(
      Object.entries(credentialForms).map(([name, form]) => [
        name,
        { form, ambient: providers[name]?.ambient ?? false },
      ]),
    ),
    defaultRegion: environment.bedrockDefaultRegion,
    now,
  });
  const health = createHealthRecords(dynamo, environment.configTable);
  const journal: JournalDeps = {
    log: createRequestLog(dynamo, calls, environment.logTable, now),
    ledger: createLedger(dynamo, environment.configTable, now),
    health,
    fallbacks: createFallbackCounts(dynamo, environment.configTable),
    circuit: createPlatformCircuit({ records: health, now, random }),
    events: clients.events(),
    feePercent: environment.platformFeePercent,
    limiter: createRateLimiter({ counts: createWindowCounts(dynamo, environment.configTable), now, report }),
    apiKeys: createApiKeys(dynamo, environment.configTable),
    now,
    random,
    report,
  };
  const { firstByteTimeoutMs, deadlineMs } = environment;
  return {
    directory: createDirectory(calls, environment.configTable),
    journal,
    prices,
    infer: createInference({ ...journal, catalogue: prices, provider, credentials, firstByteTimeoutMs, deadlineMs }),
    testKey: createKeyTest({
      catalogue,
      provider,
      credentials,
      testModels: Object.fromEntries(Object.entries(providers).map(([name, { testModel }]) => [name, testModel])),
      timeoutMs: Math.min(firstByteTimeoutMs, 20_000),
      recovered: (requestId, principal, target, startedAt) =>
        noteRecovery(requestId, principal, target, startedAt, journal),
      now,
    }),
  };
}

export function providerKeysRuntime({ environment, report, ...clients } = surroundings()) {
  const dynamo = clients.dynamo();
  const calls = createHotCalls(dynamo);
  return {
    directory: createDirectory(calls, environment.configTable),
    providerKeys: createProviderKeyService({
      keys: createProviderKeys(dynamo, environment.configTable),
      health: createHealthRecords(dynamo, environment.configTable),
      fallbacks: createFallbackCounts(dynamo, environment.configTable),
      secrets: createSecretWriter(
        clients.secretsManager(),
        environment.secretPrefix,
        createTableIdentity(dynamo, environment.configTable),
      ),
      forms: credentialForms,
      defaultRegion: environment.bedrockDefaultRegion,
      newId: () => newId('pk', now()),
      now,
      report,
    }),
  };
}

export function workspaceRuntime({ environment, report, ...clients } = surroundings()) {
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
    apiKeys: createApiKeyService({
      keys: createApiKeys(dynamo, environment.configTable, environment.maxApiKeys),
      now,
    }),
    log: createRequestLog(dynamo, calls, environment.logTable, now),
    hours: createUsageHours(dynamo, environment.configTable),
  };
}

export function operatorRuntime({ environment, ...clients } = surroundings()) {
  const dynamo = clients.dynamo();
  return {
    secrets: createSecretReader(clients.secretsManager(), environment.secretPrefix, now),
    lockout: createLockout(now),
    prices: createPriceService({
      prices: createPrices(dynamo, environment.configTable),
      catalogue: catalogueOfToday(),
      now,
    }),
    workspaces: createWorkspaceService({
      workspaces: createWorkspaces(dynamo, environment.configTable),
      credits: createCredits(dynamo, environment.configTable),
      newId: () => newId('ws', now()),
      now,
    }),
  };
}

export function sweepRuntime({ environment, report, ...clients } = surroundings()) {
  const dynamo = clients.dynamo();
  const calls = createHotCalls(dynamo);
  return {
    inventory: createSecretInventory(clients.secretsManager(), environment.secretPrefix),
    keys: createProviderKeys(dynamo, environment.configTable),
    hours: createUsageHours(dynamo, environment.configTable),
    book: createHoldBook(dynamo, environment.configTable, now),
    ledger: createLedger(dynamo, environment.configTable, now),
    log: createRequestLog(dynamo, calls, environment.logTable, now),
    workspaces: createWorkspaces(dynamo, environment.configTable),
    tableIdentity: createTableIdentity(dynamo, environment.configTable),
    now,
    report,
  };
}
