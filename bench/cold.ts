import { fork } from 'node:child_process';
import { once } from 'node:events';
import { statSync } from 'node:fs';
import { simulatedEndpoints } from '../local/settings.ts';
import { type Bundle, bundleFunction } from '../test/lib/bundle-function.ts';
import { bytesAdded } from './bundle-parts.ts';
import { adminToken, createWorkspace, median, start, startStores, stopAll } from './children.ts';
import { limitShare } from './cpu-share.ts';

/**
 * Cold starts: each function is bundled as it is deployed, then loaded in a fresh process that answers at once. Stores and
 * providers are elsewhere. Times are this machine's; Lambda with 1 GB has about half a core.
 */
const runs = 9;

/** The share of a CPU that a function has by its memory: docs.aws.amazon.com/lambda/latest/dg/configuration-memory.html (1,769 MB: one). */
const shares = Object.fromEntries([512, 1024, 1769].map((memory) => [memory, memory / 1769]));

interface Started {
  load: { ms: number; cpuMs: number };
  answers: { status: number; ms: number }[];
}

const aws = await startStores();
const simulated = await start('simulated.ts');
const environment = { ...aws, ...simulatedEndpoints(simulated.url) };
const gateway = await start('gateway.ts', [], environment);
const key = await createWorkspace(gateway.url, 'sk-sim-demo');

function event(method: string, path: string, bearer: string, body?: object) {
  const headers = { authorization: `Bearer ${bearer}`, 'content-type': 'application/json' };
  return {
    httpMethod: method,
    path,
    headers,
    queryStringParameters: null,
    body: body ? JSON.stringify(body) : null,
    isBase64Encoded: false,
  };
}

const ask = (model: string) =>
  event('POST', '/v1/chat/completions', key, {
    model,
    messages: [{ role: 'user', content: 'Say something short.' }],
    max_tokens: 20,
  });
const chats = ['openai/gpt-4o-mini', 'bedrock/amazon.nova-micro-v1:0', 'vertex/gemini-2.5-flash-lite'].map(ask);
const functions = {
  // Twice each: the second answer of a provider is what the first one would have taken without loading it.
  inference: chats.flatMap((chat) => [chat, chat]),
  'provider-keys': [event('GET', '/v1/provider-keys', key)],
  workspace: [event('GET', '/v1/models', key)],
  operator: [event('GET', '/v1/workspaces', adminToken)],
  records: [event('GET', '/v1/logs', key)],
};

async function startCold(bundle: Bundle, events: object[], share = 1): Promise<Started> {
  const child = fork(new URL('cold-start.ts', import.meta.url), [bundle.file, JSON.stringify(events)], {
    env: { ...environment, NODE_ENV: 'production' },
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  const release = limitShare(child.pid ?? 0, share);
  const [started] = (await once(child, 'message')) as [Started];
  release();
  const wrong = started.answers.find(({ status }) => status !== 200);
  if (wrong) throw new Error(`An event was answered with ${wrong.status}.`);
  await once(child, 'exit');
  return started;
}

console.log(`cold starts, medians of ${runs}`);
for (const [entry, events] of Object.entries(functions)) {
  const bundle = bundleFunction(`functions/${entry}.ts`);
  const all: Started[] = [];
  while (all.length < runs) all.push(await startCold(bundle, events));
  const of = (pick: (started: Started) => number) => median(all.map(pick)).toFixed(0);
  const answerMs = (started: Started, i: number) => started.answers[i]?.ms ?? 0;
  console.log(
    `  ${entry}: ${(statSync(bundle.file).size / 1024).toFixed(0)} KB, loaded in ${of(({ load }) => load.ms)} ms (${of(({ load }) => load.cpuMs)} of CPU), first answer ${of((started) => started.load.ms + answerMs(started, 0))} ms after the start`,
  );
  if (entry === 'inference') {
    const adapters = ['bedrock', 'vertex'].map((name) => `functions/providers/${name}/upstream.ts`);
    for (const [i, bytes] of (await bytesAdded('functions/inference.ts', adapters)).entries()) {
      const more = of((started) => answerMs(started, 2 * i + 2) - answerMs(started, 2 * i + 3));
      console.log(
        `    ${adapters[i]}: ${(bytes / 1024).toFixed(0)} KB of it; the first call takes ${more} ms more than the second`,
      );
    }
    for (const [memory, share] of Object.entries(shares)) {
      const few: Started[] = [];
      while (few.length < 5) few.push(await startCold(bundle, events, share));
      const first = median(few.map((started) => started.load.ms + answerMs(started, 0)));
      const warm = median(few.map((started) => answerMs(started, 1)));
      console.log(
        `    at the CPU of ${memory} MB (${share.toFixed(2)}): first answer ${first.toFixed(0)} ms after the start, the next one ${warm.toFixed(0)} ms`,
      );
    }
  }
  bundle.remove();
}
stopAll();
