import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createSimulatedProviders } from '../local/simulated/providers.ts';
import { startSimulatedProviders } from '../local/simulated/server.ts';
import { startEmulator } from './rehearsal/emulator.ts';
import { lastRelease, layOut } from './rehearsal/release.ts';
import { adapt } from './rehearsal/templates.ts';
import { createTenant } from './rehearsal/tenant.ts';

/**
 * Rehearses the life of a deployment with the real CDK CLI against an AWS of this machine: bootstrap, the last release, a workspace that works
 * in it, the upgrade, a deployment that changes nothing, and the end. Providers are the simulated ones of the local gateway.
 * Needs MiniStack: `pip install -r .ci/python/emulator.txt`; KEYWAY_MINISTACK is its command where it is not on the path.
 * Ends with "N passed, N failed, N skipped" and, when anything failed, with 1.
 */
const root = join(import.meta.dirname, '..');
const stack = 'keyway-rehearsal';
const folder = mkdtempSync(join(tmpdir(), 'keyway-rehearsal-'));
const counts = { passed: 0, failed: 0, skipped: 0 };

/** After a failure the following steps have nothing to stand on. */
async function step(name: string, run: () => unknown): Promise<void> {
  if (counts.failed > 0) {
    counts.skipped++;
    console.log(`skip ${name}`);
    return;
  }
  const start = Date.now();
  try {
    await run();
    counts.passed++;
    console.log(`pass ${name} (${((Date.now() - start) / 1000).toFixed(1)} s)`);
  } catch (error) {
    counts.failed++;
    console.log(`FAIL ${name}: ${error instanceof Error ? error.message : String(error)}`);
  }
}

const providers = await startSimulatedProviders(createSimulatedProviders().handlers);
const emulator = await startEmulator(process.env.KEYWAY_MINISTACK ?? 'ministack', folder);
const tenant = createTenant(emulator, stack);
const settings = ['stage=rehearsal', 'customerManagedKey=true', 'alarmEmail=operator@example.com'];

/** The CLI of that version's own packages. Resolves with what it printed, rejects with it when it fails. */
function cdk(cwd: string, ...args: string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    const options = { cwd, env: emulator.environment, maxBuffer: 2 ** 26, timeout: 300_000 };
    execFile(join(cwd, 'node_modules/.bin/cdk'), args, options, (error, stdout, stderr) => {
      const printed = `${stdout}${stderr}`;
      if (error) reject(new Error(`cdk ${args[0]} failed.\n${printed.slice(-4000)}`));
      else resolve(printed);
    });
  });
}

/** Makes the templates anew, in a folder of their own, and deploys them. */
async function deploy(cwd: string, name: string): Promise<string> {
  const assembly = join(folder, name);
  const context = [...settings, `openaiBaseUrl=${providers.url}/openai/v1`].flatMap((each) => ['-c', `keyway:${each}`]);
  await cdk(cwd, 'synth', '--quiet', '--output', assembly, ...context);
  for (const taken of adapt(assembly)) console.log(`  left out: ${taken}`);
  const outputs = join(folder, `${name}.json`);
  const printed = await cdk(cwd, 'deploy', '--app', assembly, '--require-approval', 'never', '--outputs-file', outputs);
  const { [stack]: { ApiUrl = '' } = {} } = JSON.parse(readFileSync(outputs, 'utf8')) as Record<
    string,
    { ApiUrl?: string }
  >;
  await tenant.isServedAt(ApiUrl, assembly);
  return printed;
}

/** Also when it is stopped from outside: no server outlives the rehearsal. */
async function clear(): Promise<void> {
  await tenant.leaves();
  await emulator.stop();
  await providers.close();
  rmSync(folder, { recursive: true, force: true });
}
for (const signal of ['SIGINT', 'SIGTERM'] as const)
  process.once(signal, () => void clear().finally(() => process.exit(1)));

try {
  const release = lastRelease(root);
  const old = join(folder, 'release');

  await step('cdk bootstrap', () => cdk(root, 'bootstrap', `aws://${emulator.account}/${emulator.region}`));
  if (release === null) {
    counts.skipped++;
    console.log('skip the last release: it is not in this copy of the repository');
    await step('cdk deploy', () => deploy(root, 'first'));
  } else {
    await step(`cdk deploy of the last release, ${release}`, () => {
      layOut(root, release, old);
      return deploy(old, 'first');
    });
  }
  await step('the admin token makes a workspace', () => tenant.makeWorkspace());
  await step('a request is answered with a platform secret', async () => {
    await tenant.storePlatformSecret('openai', 'sk-sim-platform');
    await tenant.isAnswered();
  });
  await step('a provider key is stored and rotated, and a request answered with it', async () => {
    await tenant.storeProviderKey('sk-sim-invalid', 'sk-sim-demo');
    await tenant.isAnswered();
  });
  if (release !== null) await step('cdk deploy of this version over it', () => deploy(root, 'upgrade'));
  await step('the workspace, its key and its log are still there', () => tenant.findsItsThings());
  await step('a request is answered, and one is streamed', async () => {
    await tenant.isAnswered();
    await tenant.isStreamed();
  });
  await step('a second cdk deploy changes nothing', async () => {
    const printed = await deploy(root, 'again');
    if (!printed.includes('(no changes)')) throw new Error(`It changed something.\n${printed.slice(-4000)}`);
  });
  await step('cdk destroy', () => cdk(root, 'destroy', '--app', join(folder, 'again'), '--force'));
  if (counts.failed > 0) console.log(emulator.log().slice(-4000));
} finally {
  await clear();
}
console.log(`${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped`);
process.exitCode = counts.failed > 0 ? 1 : 0;
