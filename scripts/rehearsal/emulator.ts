import { spawn } from 'node:child_process';
import { openSync, readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';

/** An AWS of this machine: MiniStack (PyPI `ministack`), which runs the functions' code with this Node and holds calls to their roles. */
export interface Emulator {
  url: string;
  /** For every child process: leads nowhere but here, whatever the surroundings say about real accounts. */
  environment: NodeJS.ProcessEnv;
  account: string;
  region: string;
  /** The base URL of a REST API's stage, whose real one is `https://<id>.execute-api.…/<stage>/`. */
  apiUrl(realUrl: string): string;
  log(): string;
  stop(): Promise<void>;
}

/** A key of twelve digits is the root of the account with that number. */
const account = '111122223333';
const region = 'eu-central-1';

/** `command`: the installed `ministack`. Rejects when it does not answer within a minute. */
export async function startEmulator(command: string, folder: string): Promise<Emulator> {
  const port = await freePort();
  const inherited = Object.entries(process.env).filter(([name]) => !/^(AWS|CDK)_/.test(name));
  // CDK's CLI finds the template of a change set at this very name only, not at 127.0.0.1.
  const url = `http://localhost:${port}`;
  const environment = {
    ...Object.fromEntries(inherited),
    AWS_ENDPOINT_URL: url,
    AWS_ACCESS_KEY_ID: account,
    AWS_SECRET_ACCESS_KEY: 'rehearsal',
    AWS_REGION: region,
    AWS_DEFAULT_REGION: region,
    AWS_EC2_METADATA_DISABLED: 'true',
    AWS_CONFIG_FILE: join(folder, 'no-config'),
    AWS_SHARED_CREDENTIALS_FILE: join(folder, 'no-credentials'),
    CDK_DISABLE_CLI_TELEMETRY: 'true',
    CI: 'true',
    NO_COLOR: '1',
  };
  const logFile = join(folder, 'emulator.log');
  const log = openSync(logFile, 'a');
  const server = spawn(command, [], {
    cwd: folder,
    stdio: ['ignore', log, log],
    env: {
      ...environment,
      GATEWAY_PORT: String(port),
      BIND_HOST: '127.0.0.1',
      MINISTACK_ACCOUNT_ID: account,
      MINISTACK_REGION: region,
      TMPDIR: folder,
    },
  });
  let ended = false;
  const end = new Promise<void>((resolve) => {
    server.on('error', () => resolve());
    server.on('exit', () => resolve());
  }).then(() => {
    ended = true;
  });
  const answers = () =>
    fetch(`${url}/_ministack/health`).then(
      ({ ok }) => ok,
      () => false,
    );
  for (let tries = 0; !(await answers()); tries++) {
    if (ended || tries === 300) throw new Error(`MiniStack does not answer.\n${readFileSync(logFile, 'utf8')}`);
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  return {
    url,
    environment,
    account,
    region,
    apiUrl(realUrl) {
      const [, id = '', stage = ''] = /^https:\/\/(\w+)\.execute-api\.[^/]+\/([\w-]+)\/$/.exec(realUrl) ?? [];
      return `${url}/_aws/execute-api/${id}/${stage}`;
    },
    log: () => readFileSync(logFile, 'utf8'),
    async stop() {
      server.kill();
      await end;
    },
  };
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 4566));
    });
  });
}
