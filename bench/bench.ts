import { Agent, request as send } from 'node:http';
import { addVertexKey, cpuOf, createWorkspace, median, start, startStores, stopAll } from './children.ts';
import { kinds } from './kinds.ts';

/**
 * CPU per request and added latency of the gateway, against a bare pass-through proxy and a direct call, side by side in one
 * run. Only the ratios mean anything: absolute numbers are the machine's. Rounds alternate, so that drift hits all alike.
 */
const rounds = 7;
const concurrency = 8;

// `bench.ts small stream` runs only these.
const wanted = kinds.filter(
  ({ name }) => process.argv.length < 3 || process.argv.slice(2).some((given) => name.startsWith(given)),
);

const agent = new Agent({ keepAlive: true, maxSockets: concurrency });

function call(
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

const key = await createWorkspace(gateway.url, 'sk-bench-0123456789');
await addVertexKey(gateway.url, key);
const authorization = `Bearer ${key}`;

const routes = {
  direct: { url: upstream.url, child: null },
  'pass-through': { url: passThrough.url, child: passThrough },
  // Lambda's handlers behind the local API Gateway, whose CPU counts as well.
  events: { url: gateway.url, child: gateway },
  web: { url: web.url, child: web },
};

for (const kind of wanted) {
  const cpu: Record<string, number[]> = {};
  const latency: Record<string, number[]> = {};
  for (let round = 0; round <= rounds; round++) {
    for (const [name, route] of Object.entries(routes)) {
      const asked = route.child === gateway || route.child === web ? kind.asked : kind.sent;
      const body = JSON.stringify(asked.body);
      const before = route.child ? await cpuOf(route.child) : 0;
      const times: number[] = [];
      let left = kind.requests;
      await Promise.all(
        Array.from({ length: concurrency }, async () => {
          while (left-- > 0) {
            const answer = await call(route.url, asked.path, { authorization }, body);
            if (answer.status !== 200 || !kind.complete(answer.text))
              throw new Error(`${name}: ${answer.status} ${answer.text.slice(0, 300)}`);
            times.push(answer.firstByteMs);
          }
        }),
      );
      const after = route.child ? await cpuOf(route.child) : 0;
      // The first round warms up.
      if (round === 0) continue;
      cpu[name] = [...(cpu[name] ?? []), (after - before) / 1000 / kind.requests];
      latency[name] = [...(latency[name] ?? []), median(times)];
    }
  }
  const cpuMs = (name: string) => median(cpu[name] ?? []);
  const firstByte = (name: string) => median(latency[name] ?? []);
  const added = (name: string) => (firstByte(name) - firstByte('direct')).toFixed(2);
  console.log(`${kind.name}; ${rounds} rounds of ${kind.requests}, ${concurrency} at a time`);
  console.log(
    `  CPU per request: pass-through ${cpuMs('pass-through').toFixed(3)} ms, events ${cpuMs('events').toFixed(3)} ms, web ${cpuMs('web').toFixed(3)} ms; ratios ${(cpuMs('events') / cpuMs('pass-through')).toFixed(2)} and ${(cpuMs('web') / cpuMs('pass-through')).toFixed(2)}`,
  );
  console.log(
    `  first byte: direct ${firstByte('direct').toFixed(2)} ms, pass-through +${added('pass-through')} ms, events +${added('events')} ms, web +${added('web')} ms`,
  );
}

stopAll();
