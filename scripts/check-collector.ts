/**
 * Whether a collector that is not ours understands what the exporter sends: starts Arize Phoenix (PyPI `arize-phoenix`, an OTLP receiver
 * for gen_ai traces with an API of its own) and a local gateway that exports to it, sends some requests, and compares what Phoenix
 * tells of them with the request log and with the conventions. `npm run check:collector`; needs Python 3.10 or newer, and installs
 * Phoenix into a folder of its own (some minutes, once) unless `-- --phoenix <command>` names one.
 */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import type { JsonObject } from '../functions/core/json.ts';

const version = '20.26.1';
const { values } = parseArgs({ options: { phoenix: { type: 'string' } } });
const ports = { http: 16_106, grpc: 16_107 };
const collector = `http://127.0.0.1:${ports.http}`;
const callerTrace = '4bf92f3577b34da6a3ce929d0e0e4736';
const callerSpan = '00f067aa0ba902b7';

interface Span {
  name: string;
  context: { trace_id: string; span_id: string };
  parent_id: string | null;
  start_time: string;
  end_time: string;
  status_code: string;
  attributes: JsonObject;
}

interface Check {
  says: string;
  holds: boolean;
}

const folder = mkdtempSync(join(tmpdir(), 'keyway-collector-'));
const started: ChildProcess[] = [];
try {
  start(values.phoenix ?? install(), ['serve'], {
    PHOENIX_WORKING_DIR: folder,
    PHOENIX_HOST: '127.0.0.1',
    PHOENIX_PORT: String(ports.http),
    PHOENIX_GRPC_PORT: String(ports.grpc),
    PHOENIX_TELEMETRY_ENABLED: 'false',
  });
  await until('Phoenix answers', async () => (await fetch(`${collector}/v1/projects`)).ok);
  const gateway = start(process.execPath, ['bin/local.ts'], {
    PORT: '0',
    KEYWAY_EPHEMERAL: '1',
    KEYWAY_OTLP_ENDPOINT: collector,
    // Phoenix takes traces alone.
    KEYWAY_OTLP_SIGNALS: 'traces',
  });
  const output = await printed(gateway, /kw_\S+[\s\S]*kw_\S+/);
  const url = /http:\/\/127\.0\.0\.1:\d+/.exec(output)?.[0] ?? '';
  const [works = '', refused = ''] = [...new Set(output.match(/kw_[\w-]+/g))];
  const logs = [
    await ask(url, works, { stream: false }),
    await ask(url, works, { stream: true }, { traceparent: `00-${callerTrace}-${callerSpan}-01` }),
    // The workspace's own key is refused, so the platform serves.
    await ask(url, refused, { stream: true }),
  ];
  const expected = logs.reduce((sum, { attempts }) => sum + 1 + attempts.length, 0);
  let spans: Span[] = [];
  await until(`Phoenix has ${expected} spans`, async () => {
    const answer = await fetch(`${collector}/v1/projects/default/spans?limit=100`);
    spans = answer.ok ? ((await answer.json()) as { data: Span[] }).data : [];
    return spans.length >= expected;
  });
  for (const { name, context, parent_id, status_code, attributes } of spans)
    console.log(JSON.stringify({ name, ...context, parent_id, status_code, attributes }));
  const checks = logs.flatMap((log) => compare(log, spans));
  for (const { says, holds } of checks) console.log(`${holds ? 'ok  ' : 'FAIL'} ${says}`);
  const failed = checks.filter(({ holds }) => !holds).length;
  console.log(`${checks.length - failed} passed, ${failed} failed`);
  process.exitCode = failed === 0 ? 0 : 1;
} finally {
  for (const child of started) child.kill();
  rmSync(folder, { recursive: true, force: true });
}

interface Log {
  request_id: string;
  workspace_id: string;
  provider_model: string;
  stream: boolean;
  traceparent?: string;
  usage: { prompt_tokens: number; completion_tokens: number };
  finish_reason: string;
  attempts: { kind: string | null; model: string }[];
}

function compare(log: Log, spans: Span[]): Check[] {
  const own = spans.filter(({ attributes }) => attributes['keyway.request_id'] === log.request_id);
  const request = own.find(({ name }) => name.startsWith('POST '));
  const calls = own.filter((span) => span !== request).sort((a, b) => a.start_time.localeCompare(b.start_time));
  const served = calls.at(-1);
  const check = (says: string, holds: boolean): Check => ({ says: `${log.request_id}: ${says}`, holds });
  const trace = request?.context.trace_id;
  return [
    check('one span for the request', request?.name === 'POST /v1/chat/completions'),
    check(
      log.traceparent ? "in the caller's trace, below its span" : 'a trace of its own',
      log.traceparent
        ? trace === callerTrace && request?.parent_id === callerSpan
        : trace?.length === 32 && trace !== callerTrace && request?.parent_id == null,
    ),
    check(
      'a span below it for each call, in its trace',
      calls.length === log.attempts.length &&
        calls.every(({ context, parent_id }) => context.trace_id === trace && parent_id === request?.context.span_id),
    ),
    check('the workspace', request?.attributes['keyway.workspace_id'] === log.workspace_id),
    check(
      'calls by operation, provider and model',
      calls.every(
        ({ name, attributes }, index) =>
          attributes['gen_ai.operation.name'] === 'chat' &&
          attributes['gen_ai.provider.name'] === 'openai' &&
          attributes['gen_ai.request.model'] === log.attempts[index]?.model &&
          name === `chat ${log.attempts[index]?.model}`,
      ),
    ),
    check(
      'failed calls are errors of their kind',
      calls.every(({ status_code, attributes }, index) => {
        const kind = log.attempts[index]?.kind ?? undefined;
        return attributes['error.type'] === kind && (status_code === 'ERROR') === (kind !== undefined);
      }),
    ),
    check(
      'the tokens of the log, at the call that served, there alone',
      served?.attributes['gen_ai.usage.input_tokens'] === log.usage.prompt_tokens &&
        served.attributes['gen_ai.usage.output_tokens'] === log.usage.completion_tokens &&
        own.filter(({ attributes }) => 'gen_ai.usage.input_tokens' in attributes).length === 1,
    ),
    check(
      'why the answer ended',
      JSON.stringify(served?.attributes['gen_ai.response.finish_reasons']) === JSON.stringify([log.finish_reason]),
    ),
    check(
      'time to first chunk of streams alone',
      (typeof served?.attributes['gen_ai.response.time_to_first_chunk'] === 'number') === log.stream,
    ),
    check(
      'calls within the request',
      calls.every(
        ({ start_time, end_time }) =>
          start_time >= (request?.start_time ?? '') && Date.parse(end_time) <= Date.parse(request?.end_time ?? '') + 2,
      ),
    ),
  ];
}

async function ask(url: string, key: string, body: object, headers: Record<string, string> = {}): Promise<Log> {
  const authorization = `Bearer ${key}`;
  const messages = [{ role: 'user', content: 'one two three four' }];
  const answer = await fetch(`${url}/v1/chat/completions`, {
    method: 'POST',
    headers: { authorization, 'content-type': 'application/json', ...headers },
    body: JSON.stringify({ model: 'openai/gpt-4o-mini', messages, ...body }),
  });
  await answer.text();
  const log = await fetch(`${url}/v1/logs/${answer.headers.get('x-request-id')}`, { headers: { authorization } });
  return (await log.json()) as Log;
}

/** Phoenix's command. */
function install(): string {
  const home = join(tmpdir(), `keyway-phoenix-${version}`);
  const command = join(home, 'bin', 'phoenix');
  if (!existsSync(command)) {
    console.log(`Installing arize-phoenix ${version} into ${home}`);
    execFileSync('python3', ['-m', 'venv', home], { stdio: 'inherit' });
    execFileSync(join(home, 'bin', 'pip'), ['install', '--quiet', `arize-phoenix==${version}`], { stdio: 'inherit' });
  }
  return command;
}

function start(command: string, args: string[], environment: Record<string, string>): ChildProcess {
  const child = spawn(command, args, { env: { ...process.env, ...environment }, stdio: ['ignore', 'pipe', 'pipe'] });
  started.push(child);
  // Read, or it waits for a reader when the pipe is full.
  child.stdout?.resume();
  child.stderr?.resume();
  return child;
}

function printed(child: ChildProcess, what: RegExp): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = '';
    child.stdout?.on('data', (piece: Buffer) => {
      text += piece.toString();
      if (what.test(text)) resolve(text);
    });
    child.on('exit', () => reject(new Error(`It ended: ${text}`)));
  });
}

async function until(what: string, holds: () => Promise<boolean>): Promise<void> {
  for (const end = performance.now() + 300_000; ; ) {
    if (await holds().catch(() => false)) return;
    if (performance.now() > end) throw new Error(`In vain: ${what}.`);
    await wait(500);
  }
}
