import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { extname, join } from 'node:path';
import { promisify } from 'node:util';
import { brotliCompress, constants, gzip } from 'node:zlib';
import type { InlineConfig } from 'vite';
import type { FileList } from '../functions/http/static-files.ts';

const root = join(import.meta.dirname, '..');
const folder = join(root, 'console/dist');
const stampFile = join(folder, 'stamp.txt');

const types: Record<string, string> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
};

/** Builds the page into `console/dist` unless what is there was built from the same files. Answers the folder. */
export async function buildConsole(): Promise<string> {
  const stamp = stampOf(['console', 'client', 'docs/runbook.md', 'package-lock.json', 'scripts/build-console.ts']);
  if (existsSync(stampFile) && readFileSync(stampFile, 'utf8') === stamp) return folder;
  const fresh = `${folder}-${process.pid}`;
  const { build } = await import('vite');
  await build(settings(fresh));
  // The page lies beside the folder of its files, not in it.
  const page = join(fresh, 'index.html');
  writeFileSync(page, readFileSync(page, 'utf8').replaceAll('="./', '="./console/'));
  await describe(fresh);
  writeFileSync(join(fresh, 'stamp.txt'), stamp);
  replace(fresh);
  return folder;
}

/**
 * The page lies at `…/console`, its files at `…/console/…`, under whatever stage or domain the gateway has: all addresses are relative.
 * React's libraries get Preact instead.
 */
function settings(outDir: string): InlineConfig {
  const named = (pattern: string) => `${pattern}-[hash]`;
  return {
    configFile: false,
    root: join(root, 'console'),
    base: './',
    publicDir: false,
    logLevel: 'warn',
    oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
    resolve: { alias: { react: 'preact/compat', 'react-dom': 'preact/compat' }, dedupe: ['preact'] },
    build: {
      outDir,
      emptyOutDir: true,
      target: 'es2023',
      // Scripts and styles as data: addresses would be against the page's own content security policy.
      assetsInlineLimit: 0,
      modulePreload: { polyfill: false },
      rolldownOptions: {
        // How long the plugins took depends on the machine, and is nobody's fault.
        checks: { pluginTimings: false },
        output: {
          entryFileNames: `${named('[name]')}.js`,
          chunkFileNames: `${named('[name]')}.js`,
          assetFileNames: `${named('[name]')}[extname]`,
        },
      },
    },
  };
}

/** Of two processes that build at the same time, the later one finds the folder there: it holds the same. */
function replace(fresh: string): void {
  rmSync(folder, { recursive: true, force: true });
  try {
    renameSync(fresh, folder);
  } catch (error) {
    rmSync(fresh, { recursive: true, force: true });
    if (!existsSync(stampFile)) throw error;
  }
}

/** Compresses what gains by it, and lists all for functions/http/static-files.ts. */
async function describe(built: string): Promise<void> {
  const list: FileList = {};
  for (const name of readdirSync(built)) {
    const content = readFileSync(join(built, name));
    const quality = { params: { [constants.BROTLI_PARAM_QUALITY]: constants.BROTLI_MAX_QUALITY } };
    writeFileSync(join(built, `${name}.br`), await promisify(brotliCompress)(content, quality));
    writeFileSync(join(built, `${name}.gz`), await promisify(gzip)(content, { level: 9 }));
    list[name] = {
      type: types[extname(name)] ?? 'application/octet-stream',
      etag: createHash('sha256').update(content).digest('base64url').slice(0, 22),
      immutable: name !== 'index.html',
      encodings: ['br', 'gzip'],
    };
  }
  writeFileSync(join(built, 'files.json'), JSON.stringify(list));
}

function stampOf(inputs: string[]): string {
  const hash = createHash('sha256');
  for (const path of inputs.flatMap(filesOf).sort())
    hash
      .update(path)
      .update('\0')
      .update(readFileSync(join(root, path)));
  return hash.digest('hex');
}

function filesOf(path: string): string[] {
  if (extname(path) !== '') return [path];
  return readdirSync(join(root, path), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(root.length + 1))
    .filter((name) => !name.startsWith(join('console', 'dist')));
}

if (process.argv[1] === import.meta.filename) {
  mkdirSync(join(root, 'console'), { recursive: true });
  await buildConsole();
}
