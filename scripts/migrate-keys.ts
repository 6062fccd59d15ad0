import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { createKeyReaders, createKeyWriters } from '../functions/composition/key-stores.ts';
import { surroundings } from '../functions/composition/runtime.ts';
import type { SecretStoreName } from '../functions/core/accounts/secret-store.ts';
import { readEnvironment } from '../functions/environment.ts';
import { type MoveDeps, moveSecrets } from '../functions/gateway/keys/move-secrets.ts';
import { createProviderKeys } from '../functions/stores/config/provider-keys.ts';
import { listWorkspaceIds } from '../functions/stores/config/workspace-ids.ts';
import { createSecretReader } from '../functions/stores/secrets/secrets-manager.ts';

/*
 * Moves the secrets of all provider keys to another key store (docs/key-lifecycle.md, "Moving to another key store"). Run by an operator, with
 * the operator's own rights: no function of the stack may both read and write secrets.
 */

export interface MigrateOptions {
  to: SecretStoreName;
  after: string | null;
  perSecond: number;
}

/** Throws on what makes no sense. */
export function readOptions(args: string[]): MigrateOptions {
  const { values } = parseArgs({
    args,
    options: { to: { type: 'string' }, after: { type: 'string' }, 'per-second': { type: 'string', default: '20' } },
  });
  const perSecond = Number(values['per-second']);
  if (values.to !== 'kms' && values.to !== 'secrets-manager') throw new Error('--to must be kms or secrets-manager.');
  // Secrets Manager takes 50 writes a second of an account, those of tenants included.
  if (!(perSecond > 0 && perSecond <= 1000)) throw new Error('--per-second must be a number up to 1000.');
  if (values.after !== undefined && !/^ws_[0-9A-Z]{26}$/.test(values.after))
    throw new Error('--after must be the id of a workspace.');
  return { to: values.to, after: values.after ?? null, perSecond };
}

/** What moves secrets to a store; the settings are those of the functions. */
export function moveDeps(
  { to, perSecond }: Pick<MigrateOptions, 'to' | 'perSecond'>,
  around: Omit<ReturnType<typeof surroundings>, 'environment'>,
  settings: Record<string, string | undefined>,
): MoveDeps {
  const environment = readEnvironment({ ...settings, KEYWAY_KEY_STORE: to, KEYWAY_OTHER_KEY_STORE: '1' });
  const dynamo = around.dynamo();
  const all = { ...around, environment, dynamo: () => dynamo };
  const readers = createKeyReaders(
    all,
    createSecretReader(around.secretsManager(), environment.secretPrefix, Date.now),
  );
  let next = Date.now();
  return {
    keys: createProviderKeys(dynamo, environment.configTable),
    secrets: createKeyWriters(all),
    read(store) {
      const reader = readers[store];
      if (reader === undefined) throw new Error(`There is no key store ${store}.`);
      return reader;
    },
    workspaces: (after) => listWorkspaceIds(dynamo, environment.configTable, after),
    async pace() {
      next = Math.max(next + 1000 / perSecond, Date.now());
      await delay(Math.max(0, next - Date.now()));
    },
    now: Date.now,
    report: around.report,
  };
}

if (import.meta.main) {
  const options = readOptions(process.argv.slice(2));
  const done = await moveSecrets(moveDeps(options, surroundings(readEnvironment({})), process.env), options.after);
  console.log(JSON.stringify(done));
  if (done.failed > 0) process.exitCode = 1;
}
