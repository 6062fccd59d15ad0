import { type ChildProcess, fork } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { Agent, request as send } from 'node:http';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { CreateSecretCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { createTables } from '../local/dynamodb.ts';

/**
 * CPU per request and added latency of the gateway, against a bare pass-through proxy and a direct call, side by side in one
 * run. Only the ratios mean anything: absolute numbers are the machine's. Rounds alternate, so that drift hits all alike.
 */
const rounds = 7;
const concurrency = 8;

interface Kind {
  name: string;
  path: string;
  requests: number;
  body: object;
  complete(text: string): boolean;
}

const chat = { messages: [{ role: 'user', content: 'Say something short.' }] };
const picture = { type: 'image_url', image_url: { url: `data:image/png;base64,${randomBytes(768 * 1024).toString('base64')}` } };
const isObject = (text: string) => text.startsWith('{') && text.endsWith('}');
const kinds: Kind[] = [
  { name: 'small: one JSON answer', path: '/v1/chat/completions', requests: 400, body: chat, complete: isObject },
  {
    name: 'stream: 200 chunks in 20 writes',
    path: '/v1/chat/completions',
    requests: 120,
    body: { ...chat, stream: true, stream_options: { include_usage: true } },
    complete: (text) => text.endsWith('data: [DONE]\n\n'),
  },
  { name: 'picture: a request of 1 MB', path: '/v1/chat/completions', requests: 40, body: { messages: [{ role: 'user', content: [picture] }] }, complete: isObject },
  { name: 'embeddings: an answer of 100 vectors of 1536', path: '/v1/embeddings', requests: 40, body: { input: ['a text'] }, complete: isObject },
];
// `bench.ts small stream` runs only these.
const wanted = kinds.filter(({ name }) => process.argv.length < 3 || process.argv.slice(2).some((given) => name.startsWith(given)));

interface Child {
  process: ChildProcess;
  url: string;
}

const children: Child[] = [];

async function start(file: string, args: string[] = [], env: Record<string, string> = {}): Promise<Child> {
  const child = fork(new URL(file, import.meta.url), args, { env: { ...process.env, ...env } });
  const [{ url }] = (await once(child, 'message')) as [{ url: string }];
  const started = { process: child, url };
  children.push(started);
  return started;
}

async function cpuOf({ process: child }: Child): Promise<number> {
  child.send('cpu');
  const [{ cpu }] = (await once(child, 'message')) as [{ cpu: number }];
  return cpu;
}

const agent = new Agent({ keepAlive: true, maxSockets: concurrency });

function call(url: string, path: string, headers: Record<string, string>, body?: string): Promise<{ status: number; text: string; firstByteMs: number }> {
  const started = performance.now();
  return new Promise((resolve, reject) => {
    const request = send(
      `${url}${path}`,
      {
        method: body === undefined ? 'GET' : 'POST',
        headers: { 'content-type': 'application/json', ...headers, ...(body !== undefined && { 'content-length': Buffer.byteLength(body) }) },
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

const median = (values: number[]) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;

const [upstream, stores] = await Promise.all([start('upstream.ts'), start('stores.ts')]);
const addresses = JSON.parse((await call(stores.url, '/', {})).text) as { dynamo: string; secrets: string };
const aws = {
  AWS_REGION: 'us-east-1',
  AWS_ACCESS_KEY_ID: 'bench',
  AWS_SECRET_ACCESS_KEY: 'bench',
  AWS_ENDPOINT_URL_DYNAMODB: addresses.dynamo,
  AWS_ENDPOINT_URL_SECRETS_MANAGER: addresses.secrets,
};
Object.assign(process.env, aws);
await createTables(new DynamoDBClient({}), ['keyway-config', 'keyway-log']);
await new SecretsManagerClient({}).send(new CreateSecretCommand({ Name: 'keyway/admin-token', SecretString: 'bench-admin-token' }));
const [passThrough, gateway] = await Promise.all([
  start('pass-through.ts', [upstream.url]),
  start('gateway.ts', [], { ...aws, OPENAI_BASE_URL: `${upstream.url}/v1`, NODE_ENV: 'production' }),
]);

const workspace = JSON.parse((await call(gateway.url, '/v1/workspaces', { authorization: 'Bearer bench-admin-token' }, JSON.stringify({ name: 'bench' }))).text);
const authorization = `Bearer ${workspace.api_key.key}`;
await call(gateway.url, '/v1/provider-keys', { authorization }, JSON.stringify({ provider: 'openai', credential: 'sk-bench-0123456789' }));

const routes = {
  direct: { url: upstream.url, model: 'gpt-4o-mini', child: null },
  'pass-through': { url: passThrough.url, model: 'gpt-4o-mini', child: passThrough },
  gateway: { url: gateway.url, model: 'openai/gpt-4o-mini', child: gateway },
};

for (const kind of wanted) {
  const cpu: Record<string, number[]> = {};
  const latency: Record<string, number[]> = {};
  for (let round = 0; round <= rounds; round++) {
    for (const [name, route] of Object.entries(routes)) {
      const body = JSON.stringify({ model: route.model, ...kind.body });
      const before = route.child ? await cpuOf(route.child) : 0;
      const times: number[] = [];
      let left = kind.requests;
      await Promise.all(
        Array.from({ length: concurrency }, async () => {
          while (left-- > 0) {
            const answer = await call(route.url, kind.path, { authorization }, body);
            if (answer.status !== 200 || !kind.complete(answer.text)) throw new Error(`${name}: ${answer.status} ${answer.text.slice(0, 300)}`);
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
    `  CPU per request: pass-through ${cpuMs('pass-through').toFixed(3)} ms, gateway ${cpuMs('gateway').toFixed(3)} ms, ratio ${(cpuMs('gateway') / cpuMs('pass-through')).toFixed(2)}`,
  );
  console.log(`  first byte: direct ${firstByte('direct').toFixed(2)} ms, pass-through +${added('pass-through')} ms, gateway +${added('gateway')} ms`);
}

for (const { process: child } of children) child.disconnect();
