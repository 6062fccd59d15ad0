import { execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { listen } from '../local/listening.ts';
import { onStop, type Running } from './children.ts';

/** Another gateway, in a process of its own, in front of the same upstream. */
export interface Peer extends Running {
  /** What it is told beside the caller's own credential. */
  headers: Record<string, string>;
}

const folder = new URL('../node_modules/.cache/peers/', import.meta.url);

/** Portkey's gateway from npm (https://github.com/Portkey-AI/gateway): a provider and its address are named by headers. */
export async function startPortkey(upstreamUrl: string): Promise<Peer> {
  const home = new URL('portkey/', folder);
  const server = new URL('node_modules/@portkey-ai/gateway/build/start-server.js', home);
  if (!existsSync(server)) {
    mkdirSync(home, { recursive: true });
    // With the newest hono that it allows, it answers every stream with 500.
    const overrides = { '@hono/node-server': '1.3.3', hono: '4.6.10' };
    const dependencies = { '@portkey-ai/gateway': '1.15.2' };
    writeFileSync(new URL('package.json', home), JSON.stringify({ private: true, dependencies, overrides }));
    execFileSync('npm', ['install', '--ignore-scripts'], { cwd: home, stdio: ['ignore', 'ignore', 'inherit'] });
  }
  const port = await freePort();
  const running = await run(process.execPath, [server.pathname, `--port=${port}`, '--headless'], port);
  return {
    ...running,
    headers: { 'x-portkey-provider': 'openai', 'x-portkey-custom-host': `${upstreamUrl}/v1` },
  };
}

/** LiteLLM's proxy from PyPI (https://docs.litellm.ai/docs/proxy/configs); null where there is no Python. */
export async function startLiteLlm(upstreamUrl: string): Promise<Peer | null> {
  const home = new URL('litellm/', folder).pathname;
  const program = `${home}bin/litellm`;
  try {
    if (!existsSync(program)) {
      execFileSync('python3', ['-m', 'venv', home], { stdio: 'ignore' });
      execFileSync(`${home}bin/pip`, ['install', '--quiet', 'litellm[proxy]==1.80.0'], {
        stdio: ['ignore', 'ignore', 'inherit'],
      });
    }
  } catch {
    return null;
  }
  const config = `${home}config.json`;
  // JSON is YAML. Models by their own names, each caller's key as it comes.
  writeFileSync(
    config,
    JSON.stringify({
      model_list: [
        { model_name: '*', litellm_params: { model: 'openai/*', api_base: `${upstreamUrl}/v1`, api_key: 'sk-bench' } },
      ],
    }),
  );
  const port = await freePort();
  const args = ['--config', config, '--host', '127.0.0.1', '--port', String(port)];
  // Its list of prices would come from the network.
  const running = await run(program, args, port, { LITELLM_LOCAL_MODEL_COST_MAP: 'True' });
  return { ...running, headers: {} };
}

async function run(command: string, args: string[], port: number, env: Record<string, string> = {}): Promise<Running> {
  const child = spawn(command, args, {
    env: { ...process.env, ...env, NODE_ENV: 'production' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  child.stdout.resume();
  child.stderr.resume();
  onStop(() => child.kill());
  const url = `http://127.0.0.1:${port}`;
  for (let i = 0; i < 600; i++) {
    if (child.exitCode !== null) throw new Error(`${command} ended: ${child.exitCode}`);
    if (
      await fetch(url).then(
        () => true,
        () => false,
      )
    )
      return { url, cpu: async () => cpuOfProcess(child.pid ?? 0) };
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error(`${command} does not listen.`);
}

/** Microseconds of CPU, user and system, as Linux counts them: in hundredths of a second (proc(5), fields 14 and 15). */
function cpuOfProcess(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
    .replace(/^.*\) /s, '')
    .split(' ');
  return (Number(fields[11]) + Number(fields[12])) * 10_000;
}

async function freePort(): Promise<number> {
  const probe = await listen(createServer() as never);
  await probe.close();
  return Number(new URL(probe.url).port);
}
