import { readFileSync } from 'node:fs';
import { Agent, request as send } from 'node:http';
import { parseArgs } from 'node:util';
import { type Child, createWorkspace, start, startStores, stopAll } from './children.ts';

/**
 * Many slow streams at once through one process of the web server, against as many direct ones in the same run: how much later an
 * event arrives, how much memory the process takes, and how much CPU a stream costs. Options: `--streams`, `--events`, `--every-ms`.
 */
const { values } = parseArgs({
  options: {
    streams: { type: 'string', default: '2000' },
    events: { type: 'string', default: '20' },
    'every-ms': { type: 'string', default: '1000' },
  },
});
const streams = Number(values.streams);
const events = Number(values.events);
const agent = new Agent({ maxSockets: Number.POSITIVE_INFINITY });

const [upstream, aws] = await Promise.all([
  start('slow-upstream.ts', [values.events, values['every-ms']]),
  startStores(),
]);
const gateway = await start('gateway.ts', ['web'], {
  ...aws,
  OPENAI_BASE_URL: `${upstream.url}/v1`,
  KEYWAY_MAX_IN_FLIGHT: String(streams * 2),
  NODE_ENV: 'production',
});
const authorization = `Bearer ${await createWorkspace(gateway.url, 'sk-bench-0123456789')}`;

interface Measured {
  /** Milliseconds from the provider's write to the caller's read, of every event, ascending. */
  delays: number[];
  firstByteMs: number[];
}

async function measure(url: string): Promise<Measured> {
  const delays: number[] = [];
  const firstByteMs: number[] = [];
  await Promise.all(
    Array.from({ length: streams }, async (_, i) => {
      // All within two seconds: clients do not come in the same millisecond.
      await new Promise((resolve) => setTimeout(resolve, (i / streams) * 2000));
      await stream(url, delays, firstByteMs);
    }),
  );
  if (delays.length !== streams * events) throw new Error(`${delays.length} events of ${streams * events}.`);
  return { delays: delays.sort((a, b) => a - b), firstByteMs: firstByteMs.sort((a, b) => a - b) };
}

function stream(url: string, delays: number[], firstByteMs: number[]): Promise<void> {
  const started = performance.now();
  return new Promise((resolve, reject) => {
    const request = send(
      `${url}/v1/chat/completions`,
      { method: 'POST', agent, headers: { authorization, 'content-type': 'application/json' } },
      (response) => {
        firstByteMs.push(performance.now() - started);
        response.setEncoding('utf8');
        response.on('data', (text: string) => {
          const now = process.hrtime.bigint();
          for (const [, at] of text.matchAll(/@(\d+)@/g)) delays.push(Number(now - BigInt(at ?? 0)) / 1e6);
        });
        response.on('end', () =>
          response.statusCode === 200 ? resolve() : reject(new Error(`${response.statusCode}`)),
        );
        response.on('error', reject);
      },
    );
    request.on('error', reject);
    request.end(JSON.stringify({ model: 'gpt-4o-mini', stream: true, messages: [{ role: 'user', content: 'hello' }] }));
  });
}

const memoryOf = ({ process: { pid } }: Child): number =>
  Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1024;
const at = (sorted: number[], part: number): number => sorted[Math.floor(sorted.length * part)] ?? 0;
const shown = (ms: number): string => ms.toFixed(1);

const direct = await measure(upstream.url);
const idle = memoryOf(gateway);
const before = await gateway.cpu();
const through = await measure(gateway.url);
const cpuMs = ((await gateway.cpu()) - before) / 1000 / streams;
console.log(`${streams} streams at once, ${events} events each, one every ${values['every-ms']} ms`);
for (const [name, part] of [
  ['median', 0.5],
  ['p99', 0.99],
] as const)
  console.log(
    `  an event arrives after, ${name}: direct ${shown(at(direct.delays, part))} ms, gateway ${shown(at(through.delays, part))} ms, added ${shown(at(through.delays, part) - at(direct.delays, part))} ms`,
  );
console.log(
  `  memory: idle ${idle.toFixed(0)} MiB, highest ${memoryOf(gateway).toFixed(0)} MiB, ${(((memoryOf(gateway) - idle) * 1024) / streams).toFixed(0)} KiB a stream`,
);
console.log(`  CPU: ${cpuMs.toFixed(2)} ms a stream`);
stopAll();
agent.destroy();
