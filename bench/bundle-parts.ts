import { build, type Metafile } from 'esbuild';
import { bundling } from '../lib/bundling.ts';

/** How many bytes of a function's bundle each provider's adapter brings along, beyond what is loaded at the start anyway. */
export async function bytesAdded(entry: string, adapters: string[]): Promise<number[]> {
  const { target = '', mainFields = [] } = bundling;
  const { metafile } = await build({
    entryPoints: [entry],
    bundle: true,
    platform: 'node',
    format: 'cjs',
    target,
    mainFields,
    minify: true,
    write: false,
    outfile: 'index.js',
    metafile: true,
  });
  const inputs = metafile.outputs['index.js']?.inputs ?? {};
  const atStart = reachable(metafile, entry, () => false);
  return adapters.map((adapter) => {
    const added = [...reachable(metafile, adapter, (file) => file.startsWith('functions/'))].filter(
      (file) => !atStart.has(file),
    );
    return added.reduce((sum, file) => sum + (inputs[file]?.bytesInOutput ?? 0), 0);
  });
}

/** The files that one imports, and those imports. `lazily`: of which files the `import()`s are followed, too; our own lead to SDKs, an SDK's to its rare parts. */
function reachable({ inputs }: Metafile, entry: string, lazily: (file: string) => boolean): Set<string> {
  const found = new Set<string>();
  const waiting = [entry];
  for (let file = waiting.pop(); file !== undefined; file = waiting.pop()) {
    if (found.has(file)) continue;
    found.add(file);
    for (const { kind, external, path } of inputs[file]?.imports ?? []) {
      if (!external && (kind !== 'dynamic-import' || lazily(file))) waiting.push(path);
    }
  }
  return found;
}
