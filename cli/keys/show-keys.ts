import { counted, formatAgo, formatUsd } from '../../client/format.ts';
import { failures, modelNames, nameOf, type ProviderKey, stateOf } from '../../client/words.ts';
import { type Paper, toned } from '../terminal/paper.ts';
import { printFacts, printTable } from '../terminal/table.ts';
import { command, openGateway, printJson, type World } from '../world.ts';
import { findKey, listKeys } from './find-key.ts';

export function listCommand(world: World) {
  return command('list', 'your provider keys, in the order in which they are tried')
    .option('--workspace <id>', "operators: a workspace's keys")
    .action(async (options) => {
      const keys = await listKeys(openGateway(world, options), options.workspace);
      if (options.json) return printJson(world, { object: 'list', data: keys });
      if (keys.length === 0) world.out.line('There are no provider keys. Add one: keyway keys add');
      else printKeys(world, keys);
    });
}

export function showCommand(world: World) {
  return command('show', 'one provider key: its state, why it fails and what to do')
    .argument('<key>', 'its id or label')
    .action(async (wanted, options) => {
      const key = findKey(await listKeys(openGateway(world, options)), wanted);
      if (options.json) return printJson(world, key);
      printKey(world.out, key, world.terminal.now());
    });
}

export function printKeys({ out, terminal }: World, keys: ProviderKey[]): void {
  printTable<ProviderKey>(
    out,
    [
      { head: '#', cell: (key) => String(keys.indexOf(key) + 1), right: true },
      { head: 'key', cell: nameOf, flexible: true },
      { head: 'provider', cell: ({ provider }) => provider },
      { head: 'state', cell: (key) => toned(stateOf(key).tone, stateOf(key).word) },
      {
        head: 'since',
        cell: ({ health }) => (health.since === null ? '' : formatAgo(health.since, terminal.now())),
      },
      { head: 'platform may serve', cell: ({ fallback_enabled }) => (fallback_enabled ? 'yes' : 'never') },
      { head: 'models', cell: (key) => modelNames(key).join(', ') || 'all', flexible: true },
      { head: 'id', cell: ({ id }) => id },
    ],
    keys,
  );
}

export function printKey(out: Paper, key: ProviderKey, now: number): void {
  const { health, credential } = key;
  const { tone, word } = stateOf(key);
  out.line({ text: nameOf(key), style: 'bold' }, '  ', toned(tone, word));
  const error = health.last_error;
  if (error !== null && health.state !== 'healthy') {
    out.line(`The key ${failures[error.kind].what}.`);
    out.line('What to do: ', failures[error.kind].todo);
  }
  out.line();
  printFacts(out, [
    ['Id', key.id],
    ['Provider', key.provider],
    ['Credential', `${credential.type} ${credential.hint}, version ${key.version}`],
    ['Region', key.region && `${key.region} (${regionSources[key.region_source ?? 'default']})`],
    ['Models', modelNames(key).join(', ') || 'all'],
    ['Priority', String(key.priority)],
    ['Platform may serve', key.fallback_enabled ? (key.fallback_on?.join(', ') ?? 'after any failure') : 'never'],
    ['Cap in a day', key.fallback_cap_day_usd && formatUsd(key.fallback_cap_day_usd)],
    ['Cap in a month', key.fallback_cap_month_usd && formatUsd(key.fallback_cap_month_usd)],
    ['State since', health.since && formatAgo(health.since, now)],
    ['Tried again', health.cooling_until && formatAgo(health.cooling_until, now)],
    [
      'Last error',
      error && `${error.kind}${error.status === null ? '' : `, status ${error.status}`}, ${formatAgo(error.at, now)}`,
    ],
    ["Provider's words", error?.message],
    [
      'Platform served, 24 h',
      health.fallbacks_24h > 0
        ? `${counted(health.fallbacks_24h, 'request')}, ${formatUsd(health.fallback_cost_24h_usd)}`
        : null,
    ],
    ['Last used', key.last_used_at && formatAgo(key.last_used_at, now)],
  ]);
  if (key.trust === undefined) return;
  out.line();
  out.line('The owner of this key has to set up:');
  for (const line of JSON.stringify(key.trust, null, 2).split('\n')) out.line('  ', line);
}

export const regionSources: Record<NonNullable<ProviderKey['region_source']>, string> = {
  key: 'named by the key itself',
  credential: 'given with the credential',
  field: 'given with the key',
  default: "the gateway's default",
};
