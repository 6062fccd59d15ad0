import { Agent, request as send } from 'node:http';
import { parseArgs } from 'node:util';
import { addVertexKey, createWorkspace, median, type Running, start, startStores, stopAll } from './children.ts';
import { kinds } from './kinds.ts';
import { startLiteLlm, startPortkey } from './peers.ts';

/**
 * CPU per request and added latency of the gateway, against a bare pass-through proxy and a direct call, side by side in one
 * run; with `--peers portkey` against other gateways too, which know nothing of tenants' keys, balances or logs. Only the ratios mean
 * anything: absolute numbers are the machine's. Rounds alternate, so that drift hits all alike. `bench.ts small stream` runs only
 * these kinds.
 */
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    /** `portkey`, `litellm` or both, with a comma between; the second takes minutes. */
    peers: { type: 'string', default: '' },
    callers: { type: 'string', default: '16' },
    rounds: { type: 'string', default: '7' },
  },
});
const rounds = Number(values.rounds);
const concurrency = Number(values.callers);
const wanted = kinds.filter(
  ({ name }) => positionals.length === 0 || positionals.some((given) => name.startsWith(given)),
);

function call(
  agent: Agent,
  url: string,
  path: string,
  headers: Record<string, string>,
  body?: string,
): Promise<{ status: number; text: string; firstByteMs: number }> {
  const started = performance.now();
  return new Promise((resolve, reject) => {
    const request = send(
      `${url}${path}`,
      {
        method: body === undefined ? 'GET' : 'POST',
        headers: {
          'content-type': 'application/json',
          ...headers,
          ...(body !== undefined && { 'content-length': Buffer.byteLength(body) }),
        },
        agent,
      },
      (response) => {
        const firstByteMs = performance.now() - started;
        let text = '';
        response.setEncoding('utf8');
        response.on('data', (piece: string) => {
          text += piece;
        });
        response.on('end', () => resolve({ status: response.statusCode ?? 0, text, firstByteMs }));
        response.on('error', reject);
      },
    );
    request.on('error', reject);
    request.end(body);
  });
}

const [upstream, aws] = await Promise.all([start('upstream.ts'), startStores()]);
const settings = {
  ...aws,
  OPENAI_BASE_URL: `${upstream.url}/v1`,
  VERTEX_BASE_URL: upstream.url,
  GOOGLE_TOKEN_URL: `${upstream.url}/token`,
  NODE_ENV: 'production',
};
const [passThrough, gateway, web] = await Promise.all([
  start('pass-through.ts', [upstream.url]),
  start('gateway.ts', ['events'], settings),
  start('gateway.ts', ['web'], settings),
]);

// A workspace for each caller: what one process shares between requests of one workspace is no measure of a gateway for many.
const keys = await Promise.all(
  Array.from({ length: concurrency }, async () => {
    const key = await createWorkspace(gateway.url, 'sk-bench-0123456789');
    await addVertexKey(gateway.url, key);
    return key;
  }),
);

interface Route {
  url: string;
  running: Running | null;
  /** Whether it is asked as the gateway is, or as the provider. */
  asked: 'asked' | 'sent';
  headers?: Record<string, string>;
}

const routes: Record<string, Route> = {
  direct: { url: upstream.url, running: null, asked: 'sent' },
  'pass-through': { url: passThrough.url, running: passThrough, asked: 'sent' },
  // Lambda's handlers behind the local API Gateway, whose CPU counts as well.
  events: { url: gateway.url, running: gateway, asked: 'asked' },
  web: { url: web.url, running: web, asked: 'asked' },
};
const starts = { portkey: startPortkey, litellm: startLiteLlm };
for (const name of values.peers.split(',').filter((each): each is keyof typeof starts => each in starts)) {
  const peer = await starts[name](upstream.url);
  if (peer === null) console.log(`${name} cannot be installed here and is left out.`);
  else routes[name] = { url: peer.url, running: peer, asked: 'sent', headers: peer.headers };
}
const isPeer = (name: string) => name in starts;

for (const kind of wanted) {
  const cpu: Record<string, number[]> = {};
  const latency: Record<string, number[]> = {};
  // Peers are only asked what all of them speak.
  const measured = Object.entries(routes).filter(
    ([name]) => !isPeer(name) || kind.sent.path === '/v1/chat/completions',
  );
  for (let round = 0; round <= rounds; round++) {
    for (const [name, route] of measured) {
      const { path, body: asked } = kind[route.asked];
      const body = JSON.stringify(asked);
      const before = (await route.running?.cpu()) ?? 0;
      const times: number[] = [];
      let left = kind.requests;
      // Of each turn's own: what has been idle meanwhile may be closed by the other side at any moment.
      const agent = new Agent({ keepAlive: true, maxSockets: concurrency });
      await Promise.all(
        keys.map(async (key) => {
          while (left-- > 0) {
            const answer = await call(
              agent,
              route.url,
              path,
              { authorization: `Bearer ${key}`, ...route.headers },
              body,
            );
            if (answer.status !== 200 || !kind.complete(answer.text))
              throw new Error(`${name}: ${answer.status} ${answer.text.slice(0, 300)}`);
            times.push(answer.firstByteMs);
          }
        }),
      );
      const after = (await route.running?.cpu()) ?? 0;
      agent.destroy();
      // The first round warms up.
      if (round === 0) continue;
      cpu[name] = [...(cpu[name] ?? []), (after - before) / 1000 / kind.requests];
      latency[name] = [...(latency[name] ?? []), median(times)];
    }
  }
  const cpuMs = (name: string) => median(cpu[name] ?? []);
  const firstByte = (name: string) => median(latency[name] ?? []);
  console.log(`${kind.name}; ${rounds} rounds of ${kind.requests}, ${concurrency} at a time`);
  for (const [name, { running }] of measured) {
    if (running === null) continue;
    const ratios = measured
      .filter(
        ([other, { running }]) => running !== null && other !== name && (other === 'pass-through' || isPeer(other)),
      )
      .map(([other]) => `${(cpuMs(name) / cpuMs(other)).toFixed(2)} x ${other}`);
    const added = firstByte(name) - firstByte('direct');
    console.log(
      `  ${name.padEnd(12)} ${cpuMs(name).toFixed(3)} CPU-ms a request (${ratios.join(', ')}), first byte +${added.toFixed(2)} ms`,
    );
  }
}

stopAll();
