import { copyFileSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildSync } from 'esbuild';
import { bundling } from '../../bundling.ts';

const root = join(import.meta.dirname, '../../..');

/** A folder with the web server in one file, `index.js`, bundled as the functions are, and the Dockerfile that makes an image of it. */
export function bundleWebServer(): string {
  const folder = mkdtempSync(join(tmpdir(), 'keyway-web-'));
  buildSync({
    entryPoints: [join(root, 'functions/web.ts')],
    outfile: join(folder, 'index.js'),
    bundle: true,
    platform: 'node',
    format: 'cjs',
    target: bundling.target,
    mainFields: bundling.mainFields,
    minify: bundling.minify,
    logLevel: 'error',
  });
  copyFileSync(join(import.meta.dirname, 'Dockerfile'), join(folder, 'Dockerfile'));
  return folder;
}
