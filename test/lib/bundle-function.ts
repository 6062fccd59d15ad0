import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App, Duration, Stack } from 'aws-cdk-lib';
import { GatewayFunction } from '../../lib/constructs/gateway-function.ts';
import { parseStage } from '../../lib/stage.ts';

export interface Bundle {
  /** The module that Lambda would load. */
  file: string;
  remove(): void;
}

/** Has CDK bundle a file that exports `handler` (path from the repository's root), just as it does for the stack. */
export function bundleFunction(entry: string, folders: Record<string, string> = {}): Bundle {
  const outdir = mkdtempSync(join(tmpdir(), 'keyway-bundle-'));
  const app = new App({ outdir });
  const stack = new Stack(app, 'bundle');
  new GatewayFunction(stack, 'Function', {
    stage: parseStage({}),
    entry,
    description: 'bundled for a test',
    memoryMiB: 1024,
    timeout: Duration.seconds(29),
    environment: {},
    permissions: [],
    folders,
  });
  app.synth();
  const file = readdirSync(outdir)
    .map((name) => join(outdir, name, 'index.js'))
    .find((path) => existsSync(path));
  if (file === undefined) throw new Error(`CDK made no bundle of ${entry}.`);
  return { file, remove: () => rmSync(outdir, { recursive: true, force: true }) };
}
