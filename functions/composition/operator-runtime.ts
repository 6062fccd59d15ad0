import { createLockout } from '../gateway/access/lockout.ts';
import { createPriceService } from '../gateway/accounts/prices.ts';
import { createWorkspaceService } from '../gateway/accounts/workspaces.ts';
import { definitions } from '../providers/registry.ts';
import { createAlarms } from '../stores/alarms.ts';
import { createDirectory } from '../stores/config/directory.ts';
import { createHealthRecords } from '../stores/config/health-records.ts';
import { createPrices } from '../stores/config/prices.ts';
import { createProviderKeys } from '../stores/config/provider-keys.ts';
import { createWorkspaces } from '../stores/config/workspaces.ts';
import { createHotCalls } from '../stores/dynamodb/hot-calls.ts';
import { createAuditTrail } from '../stores/log/audit-trail.ts';
import { createLogIndex } from '../stores/log/recent-index.ts';
import { createRequestLog } from '../stores/log/request-log.ts';
import { createUsageHours } from '../stores/log/usage-hours.ts';
import { createCredits } from '../stores/money/credits.ts';
import { createFallbackCounts } from '../stores/money/fallback-counts.ts';
import { createPlatformSecrets } from '../stores/secrets/platform-secrets.ts';
import { createSecretReader } from '../stores/secrets/secrets-manager.ts';
import { catalogueOfToday, surroundings } from './runtime.ts';

/* The composition root of the two entries that operators' tokens open, as runtime.ts is that of the others. */

const now = () => Date.now();

export function recordsRuntime({ environment, report, ...clients } = surroundings()) {
  const dynamo = clients.dynamo();
  const calls = createHotCalls(dynamo);
  const hours = createUsageHours(dynamo, environment.configTable);
  return {
    directory: createDirectory(calls, environment.configTable),
    secrets: createSecretReader(clients.secretsManager(), environment.secretPrefix, now),
    lockout: createLockout(now),
    log: createRequestLog(dynamo, calls, environment.logTable, now),
    index: createLogIndex(dynamo, environment.logTable, () => hours.workspaces(), now),
    auditTrail: createAuditTrail(dynamo, environment.logTable, now),
    hours,
    now,
    report,
  };
}

/** `cloudWatch`: where alarms are asked for, when that is not the SDK's own address. */
export function operatorRuntime(
  { environment, report, ...clients } = surroundings(),
  cloudWatch: Parameters<typeof createAlarms>[1] = {},
) {
  const dynamo = clients.dynamo();
  const secretsManager = clients.secretsManager();
  const catalogue = catalogueOfToday();
  const { alarmPrefixes, platformRole } = environment;
  return {
    secrets: createSecretReader(secretsManager, environment.secretPrefix, now),
    lockout: createLockout(now),
    prices: createPriceService({ prices: createPrices(dynamo, environment.configTable), catalogue, now }),
    platformCredentials: {
      providers: definitions.map(({ name, title, ambient = false, documentation }) => ({
        ...{ name, title, documentation },
        ambient: ambient && platformRole,
      })),
      secrets: createPlatformSecrets(secretsManager, environment.secretPrefix),
      health: createHealthRecords(dynamo, environment.configTable),
      catalogue,
      now,
    },
    alarms: alarmPrefixes.length === 0 ? null : createAlarms(alarmPrefixes, cloudWatch),
    workspaces: createWorkspaceService({
      workspaces: createWorkspaces(dynamo, environment.configTable),
      credits: createCredits(dynamo, environment.configTable),
      now,
    }),
    keyList: {
      keys: createProviderKeys(dynamo, environment.configTable),
      fallbacks: createFallbackCounts(dynamo, environment.configTable),
      now,
    },
    auditTrail: createAuditTrail(dynamo, environment.logTable, now),
    report,
  };
}
