import { type Entry, endpoints } from '../functions/endpoints.ts';
import type { EntryModule, Functions } from '../local/server.ts';
import { createSimulatedProviders } from '../local/simulated/providers.ts';
import { startLocal } from '../local/start.ts';
import { StartProblem } from '../local/start-problem.ts';
import { buildConsole } from '../scripts/build-console.ts';

/** The very modules that the stack deploys, imported when the environment is ready for them. */
const load = (entry: Entry) => async () => (await import(`../functions/${entry}.ts`)) as EntryModule;
const functions = Object.fromEntries(endpoints.map(({ entry }) => [entry, load(entry)])) as Functions;

try {
  const gateway = await startLocal({
    functions,
    consoleFolder: await buildConsole(),
    exporter: async () => (await import('../functions/telemetry-exporter.ts')).handler,
    sweep: async () => (await import('../functions/sweep.ts')).handler(),
    simulated: createSimulatedProviders(),
    print: console.log,
    report: console.error,
  });
  let closing = false;
  const close = () => {
    // A terminal and npm may both pass on the same Ctrl-C.
    if (closing) return;
    closing = true;
    setTimeout(() => process.exit(0), 900);
    void gateway.close().finally(() => process.exit(0));
  };
  process.on('SIGINT', close);
  process.on('SIGTERM', close);
} catch (error) {
  console.error(error instanceof StartProblem ? `Keyway could not start. ${error.message}` : error);
  process.exit(1);
}
