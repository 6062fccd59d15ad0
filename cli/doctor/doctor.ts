import { formatMs } from '../../client/format.ts';
import type { ProviderKey } from '../../client/words.ts';
import { type AccessOptions, clientFor, findAddress, findKeyFor } from '../access/connection.ts';
import { findKey, listKeys, namesOf } from '../keys/find-key.ts';
import { type KeyTest, testKey } from '../keys/test-keys.ts';
import type { Paper } from '../terminal/paper.ts';
import { Problem } from '../terminal/problem.ts';
import { command, type Gateway, printJson, type World, withProgress } from '../world.ts';
import { findGateway, findProviderKeys, findRole } from './gateway-steps.ts';
import { readTest } from './key-steps.ts';
import { connect, findName, namesHost } from './network-steps.ts';
import { askModel } from './real-request.ts';
import { type Found, fine, type Step, skipped, take } from './step.ts';

interface DoctorOptions extends AccessOptions {
  providerKey?: string | undefined;
  model?: string | undefined;
}

export function doctorCommand(world: World) {
  return command('doctor', 'walks from here to the provider and says which step fails, why, and what to do')
    .option('--provider-key <key>', 'only this one, by id or label, instead of all')
    .option('--model <model>', 'at the end send one tiny request to this model')
    .action(async (options) => {
      const steps: Step[] = [];
      const walk = diagnose(world, options);
      const next = () => withProgress(world, () => 'Looking', walk.next());
      for (let step = await next(); step.done !== true; step = await next()) {
        if (world.terminal.stop.aborted) throw new Problem('Not finished.', { exitCode: 130 });
        steps.push(step.value);
        if (!options.json) printStep(world.out, step.value);
      }
      const broken = steps.find(({ state }) => state === 'failed');
      if (broken !== undefined) world.exitCode = 1;
      if (options.json) printJson(world, { object: 'diagnosis', ok: broken === undefined, steps });
      else if (broken === undefined) world.out.line('Everything that could be tried works.');
    });
}

/** As wide as the widest name of a step that is always there. */
const nameColumns = 13;

function printStep(out: Paper, { name, state, says, todo, ms }: Step): void {
  const sign = { ok: '✓', failed: '✗', skipped: '–' }[state];
  const style = ({ ok: 'green', failed: 'red', skipped: 'dim' } as const)[state];
  out.line({ text: sign, style }, ' ', { text: name.padEnd(nameColumns), style: 'bold' }, `  ${says}`, {
    text: ms === null ? '' : `  ${formatMs(ms)}`,
    style: 'dim',
  });
  if (todo !== null) out.line('  What to do: ', todo);
}

/** The names of the steps on the way to the gateway; after the first that fails none of the others can be taken. */
const toGateway = ['Address', 'Name', 'Connection', 'Gateway', 'API key', 'Provider keys'] as const;

/** The steps, one by one as they are taken. */
async function* diagnose(world: World, options: DoctorOptions): AsyncGenerator<Step> {
  const { terminal } = world;
  let gone = 0;
  let gateway: Gateway | null = null;
  let keys: ProviderKey[] | null = null;
  let address = '';
  const taken = (step: Step) => {
    gone++;
    return step;
  };
  const findings: (() => Promise<Step> | Step)[] = [
    () =>
      take('Address', () => {
        address = findAddress(terminal, options);
        return fine(address);
      }),
    () =>
      namesHost(new URL(address))
        ? take('Name', () => findName(new URL(address)))
        : skipped('Name', 'The address holds no name.'),
    () => take('Connection', () => connect(new URL(address))),
    () => take('Gateway', () => findGateway(address, terminal.stop)),
    () =>
      take('API key', async () => {
        const access = { url: address, ...findKeyFor(terminal, address) };
        const opened = { ...access, client: clientFor(access, terminal.stop) };
        const { found, role } = await findRole(opened);
        gateway = opened;
        keys = role === 'manage' ? await listKeys(opened) : null;
        return found;
      }),
    () => {
      if (keys === null || gateway === null)
        return skipped('Provider keys', 'Only a key of the scope manage may see them.');
      const [list, opened] = [keys, gateway];
      return take('Provider keys', () => findProviderKeys(opened, list));
    },
  ];
  for (const find of findings) {
    const step = taken(await find());
    yield step;
    if (step.state !== 'failed') continue;
    for (const name of toGateway.slice(gone)) yield skipped(name, 'Not tried.');
    if (gone < toGateway.length) {
      yield skipped('Provider', 'Not tried.');
      return;
    }
  }
  if (gateway === null) return;
  yield* providerSteps(gateway, keys ?? [], options);
}

async function* providerSteps(
  gateway: Gateway,
  keys: ProviderKey[],
  { providerKey, model }: DoctorOptions,
): AsyncGenerator<Step> {
  const nameOf = namesOf(keys);
  const wanted = providerKey === undefined ? keys : [findKey(keys, providerKey)];
  if (wanted.length === 0 && model === undefined) yield skipped('Provider', 'There is no key to try.');
  for (const key of wanted) {
    if (key.enabled) yield* keySteps(gateway, key, nameOf(key.id));
    else yield skipped(`${nameOf(key.id)}: provider`, 'The key is switched off.');
  }
  if (model === undefined) return yield skipped('Request', 'Give --model to send one.');
  yield await take(`Request to ${model}`, () => askModel(gateway, model));
}

/** One test tells about the secret, the region and the provider. */
async function* keySteps(gateway: Gateway, key: ProviderKey, name: string): AsyncGenerator<Step> {
  const started = performance.now();
  let test: KeyTest;
  try {
    test = await testKey(gateway, key.id);
  } catch (error) {
    yield await take(`${name}: test`, () => {
      throw error;
    });
    return;
  }
  const found = readTest(key, test);
  const ms = Math.round(performance.now() - started);
  const parts: [string, Found | null, number | null][] = [
    ['secret', found.secret, null],
    ['region', found.region, null],
    ['provider', found.provider, ms],
  ];
  let broken = false;
  for (const [part, finding, took] of parts) {
    const step = `${name}: ${part}`;
    if (finding !== null) yield { name: step, ...finding, ms: finding.state === 'failed' ? ms : took };
    else if (broken || part === 'provider') yield skipped(step, 'Not reached.');
    else yield skipped(step, 'Such keys have none.');
    broken ||= finding?.state === 'failed';
  }
}
