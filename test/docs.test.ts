import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, posix } from 'node:path';
import { describe, expect, it } from 'vitest';
import { errorStatuses } from '../functions/core/errors.ts';
import { failureKinds } from '../functions/core/routing/failure.ts';
import { type Endpoint, endpoints, servedPaths } from '../functions/endpoints.ts';
import { addressVariables, platformVariable } from '../functions/providers/definition.ts';
import { definitions } from '../functions/providers/registry.ts';
import { simulatedAnthropicKeys } from '../local/simulated/anthropic/server.ts';
import { simulatedBedrockCredentials } from '../local/simulated/bedrock/credentials.ts';
import { simulatedGeminiKeys } from '../local/simulated/gemini/server.ts';
import { simulatedOpenAiCredentials, simulatedOpenAiModels } from '../local/simulated/openai/failures.ts';
import { simulatedVertexFailures } from '../local/simulated/vertex/server.ts';

const root = join(import.meta.dirname, '..');
const read = (path: string) => readFileSync(join(root, path), 'utf8');
const filesUnder = (folder: string) =>
  readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => `${folder}/${name}`);

const papers = [
  'README.md',
  'CONTRIBUTING.md',
  ...readdirSync(join(root, 'docs'))
    .filter((name) => name.endsWith('.md'))
    .map((name) => `docs/${name}`),
].map((path) => ({ path, text: read(path) }));
const { scripts, bin, devDependencies } = JSON.parse(read('package.json')) as Record<
  'scripts' | 'bin' | 'devDependencies',
  Record<string, string>
>;
const functionSources = filesUnder('functions').map(read).join('\n');
const settingSources = [
  ...['functions/environment.ts', '.ci/run', ...filesUnder('local'), ...filesUnder('cli')].map(read),
  // The variables that follow from the providers' definitions.
  ...definitions.flatMap((definition) => [platformVariable(definition), ...addressVariables(definition)]),
].join('\n');
const stageSource = ['lib/stage.ts', ...filesUnder('lib/settings')].map(read).join('\n');
/** The names of the settings of a deployment (`keyway:…`). */
const stageSettings = [
  ...new Set([
    ...findAll(stageSource, /\b(?:take|flag|count|list)\(\s*'(\w+)'/g),
    ...findAll(stageSource, /^ {2}(\w+): '[A-Z_]+',$/gm),
  ]),
];

/** What callers' programs read, not the gateway. */
const ofClients = ['KEYWAY_KEY', 'OPENAI_API_KEY', 'OPENAI_AGENTS_DISABLE_TRACING'];

/** Everything that the pattern's first group finds. */
function findAll(text: string, pattern: RegExp): string[] {
  return [...text.matchAll(pattern)].map((match) => match[1] ?? match[0]);
}

interface Check {
  says: string;
  /** A paper that the check must object to. */
  broken: string;
  /** What is wrong in a paper's text. */
  find(text: string, path: string): string[];
}

const checks: Check[] = [
  {
    says: 'npm scripts that exist',
    broken: 'Run `npm run launch`.',
    find: (text) => findAll(text, /\bnpm (?:run )?(start|test|(?<=run )[\w:-]+)/g).filter((name) => !(name in scripts)),
  },
  {
    says: 'tools that are installed',
    broken: 'npx wrangler deploy',
    find: (text) =>
      findAll(text, /\bnpx ([\w-]+)/g).filter(
        (tool) => !(tool in bin) && (tool !== 'cdk' || !('aws-cdk' in devDependencies)),
      ),
  },
  {
    says: 'files that exist',
    broken: 'See `functions/main.ts`.',
    find: (text) =>
      findAll(text, /`((?:bin|cli|client|lib|functions|local|test|docs|scripts|bench|\.ci)\/[\w./-]*)`/g).filter(
        (path) => !existsSync(join(root, path)),
      ),
  },
  {
    says: 'links to files that exist',
    broken: 'See [there](nowhere.md).',
    find: (text, path) =>
      findAll(text, /\]\((?!https?:)([^)#]+)(?:#[^)]*)?\)/g).filter(
        (target) => !existsSync(join(root, posix.dirname(path), target)),
      ),
  },
  {
    says: 'environment variables that something reads',
    broken: 'Set `KEYWAY_TURBO=1`.',
    find: (text) =>
      findAll(text, /\b((?:KEYWAY|AWS|OPENAI|VERTEX|GOOGLE|PLATFORM)_[A-Z0-9_]*[A-Z0-9])\b/g).filter(
        (name) => !ofClients.includes(name) && !new RegExp(`\\b${name}\\b`).test(settingSources),
      ),
  },
  {
    says: 'settings of the stack that exist',
    broken: '-c keyway:turbo=true',
    find: (text) => findAll(text, /\bkeyway:(\w+)=/g).filter((name) => !stageSettings.includes(name)),
  },
  {
    says: 'endpoints that are served',
    broken: '`POST /v1/images/generations`',
    find: (text) => findAll(text, /\b((?:GET|POST|PATCH|DELETE) \/[\w/{}.-]*[\w}])/g).filter((call) => !isServed(call)),
  },
  {
    says: 'headers of ours that the gateway knows',
    broken: '`x-keyway-magic: 1`',
    find: (text) => findAll(text, /\b(x-keyway-[\w-]+)/g).filter((name) => !functionSources.includes(`'${name}'`)),
  },
  {
    says: 'no path of a machine, and nobody who wrote it',
    broken: `Written by an ${'assist'}ant.`,
    find: (text) =>
      findAll(
        text,
        /(?<![\w.~])\/(?:work|root|home|Users|tmp)\/\w+|\bassistants?\b|\bco-authored\b|\bgenerated (?:by|with)\b/gi,
      ),
  },
];

function isServed(call: string): boolean {
  const [method = '', path = ''] = call.split(' ');
  return endpoints.some((endpoint: Endpoint) => {
    const patterns = servedPaths(endpoint).map(
      (served) =>
        new RegExp(
          `^${served
            .replace('.', '\\.')
            .replace(/\{\w+\+\}/, '.+')
            .replace(/\{\w+\}/g, '[^/]+')}$`,
        ),
    );
    return endpoint.method === method && patterns.some((pattern) => pattern.test(path));
  });
}

describe.each(checks)('the papers name $says', ({ find, broken }) => {
  it.each(papers)('$path', ({ text, path }) => {
    expect(find(text, path)).toEqual([]);
  });

  it('and would be caught otherwise', () => {
    expect(find(broken, 'README.md')).not.toEqual([]);
  });
});

describe('the papers leave nothing out', () => {
  it.each(Object.entries(errorStatuses))('%s is explained, with its status', (code, status) => {
    expect(read('docs/errors.md')).toMatch(new RegExp(`^\\| ${status} +\\| \`${code}\``, 'm'));
  });

  it.each(failureKinds)('the failure kind %s is explained', (kind) => {
    expect(read('docs/errors.md')).toMatch(new RegExp(`^\\|.*\`${kind}\``, 'm'));
  });

  it.each([...new Set(findAll(read('functions/environment.ts'), /'([A-Z][A-Z0-9_]+)'/g))])(
    'the setting %s is in docs/settings.md',
    (name) => {
      expect(read('docs/settings.md')).toContain(`\`${name}\``);
    },
  );

  it.each(
    findAll(read('local/settings.ts'), /'((?:[A-Z]+_)*[A-Z]{4,})'/g).filter(
      (name) => !read('docs/settings.md').includes(`\`${name}\``) || name === 'PORT',
    ),
  )('the local setting %s is explained', (name) => {
    expect(read('docs/local.md')).toContain(`\`${name}\``);
  });

  it('the table of settings in docs/deploy.md holds each setting of a deployment once, and no other', () => {
    const [, table = ''] = /## Settings\n([\s\S]*?)\n## /.exec(read('docs/deploy.md')) ?? [];
    const named = findAll(table, /^\|([^|]*)\|/gm).flatMap((cell) => findAll(cell, /`(\w+)`/g));
    expect(named.sort()).toEqual([...stageSettings].sort());
  });

  it.each([...new Set(findAll(functionSources, /(?:\b(?:report|write)\(|\{ event: )'([a-z_]+)'/g))])(
    'the line %s in a function’s log is explained to the operator',
    (event) => {
      expect(read('docs/operations.md')).toContain(`| \`${event}\``);
    },
  );

  it.each([
    ...simulatedOpenAiCredentials.map(({ credential }) => credential),
    ...simulatedOpenAiModels.map(({ model }) => `openai/${model}`),
    ...simulatedBedrockCredentials.flatMap(({ credential }) =>
      typeof credential === 'string' ? [credential] : [credential.accessKeyId ?? '', credential.secretAccessKey ?? ''],
    ),
    ...simulatedVertexFailures.map(({ word }) => word),
    ...[...simulatedAnthropicKeys, ...simulatedGeminiKeys].map(({ credential }) => credential),
  ])('the simulated %s is in docs/local.md', (use) => {
    expect(read('docs/local.md')).toContain(`\`${use}\``);
  });

  it.each(definitions)('the provider $name has its row in docs/api.md', ({ name }) => {
    expect(read('docs/api.md')).toMatch(new RegExp(`^\\| \`${name}\` +\\|`, 'm'));
  });

  it('every paper can be reached from another one', () => {
    const linked = new Set(
      papers.flatMap(({ path, text }) =>
        findAll(text, /\]\((?!https?:)([^)#]+)/g).map((target) => posix.join(posix.dirname(path), target)),
      ),
    );
    expect(papers.map(({ path }) => path).filter((path) => path !== 'README.md' && !linked.has(path))).toEqual([]);
  });

  it('the README stays short, and names what a provider key must be allowed', () => {
    expect(read('README.md').trimEnd().split('\n').length).toBeLessThanOrEqual(200);
    for (const permission of [
      'bedrock:InvokeModel',
      'bedrock:InvokeModelWithResponseStream',
      'roles/aiplatform.user',
      'aiplatform.endpoints.predict',
    ])
      expect(read('README.md')).toContain(permission);
  });
});
