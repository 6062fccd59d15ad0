import { definitions } from '../../functions/providers/registry.ts';
import type { SourceFile } from './source-files.ts';

/** One law of the house: what it says, code that breaks it, and how to find such code. */
export interface Law {
  says: string;
  /** Path and text of a file that breaks the law: shows that the search finds something. Further files may be needed to see it. */
  broken: Record<string, string>;
  /** `file:line what`, one for each place that breaks it. */
  find(files: SourceFile[]): string[];
}

type Where = (path: string) => boolean;

const product: Where = (path) => /^(bin|lib|functions|local|client|cli|console)\//.test(path);
const core: Where = (path) => path.startsWith('functions/core/');
const room = (path: string): string | null =>
  /^functions\/(core|dialects|export|gateway|http|operations|providers|stores|transport)\//.exec(path)?.[1] ?? null;
const entries = ['console', 'inference', 'operator', 'provider-keys', 'records', 'web', 'workspace'].map(
  (entry) => `functions/${entry}.ts`,
);
/** The files of data that every room, and the stack, may read. */
const shared = ['functions/endpoints.ts', 'functions/environment.ts'];

const providerNames = definitions.map(({ name }) => name);
/** Providers that are makers of models which others serve, and of formats and signatures, too; and a word of those formats. */
const makers = ['openai', 'anthropic', 'gemini', 'mistral', 'deepseek', 'xai', 'custom'];

/** Makes a search for lines of `part` that match, in files where that is not allowed. */
function lines(where: Where, pattern: RegExp, part: 'code' | 'bare' = 'bare'): Law['find'] {
  return (files) =>
    files
      .filter(({ path }) => where(path))
      .flatMap((file) =>
        file[part].flatMap((line, index) => (pattern.test(line) ? [`${file.path}:${index + 1} ${line.trim()}`] : [])),
      );
}

/** Makes a search for imports that are not allowed. */
function imports(
  where: Where,
  forbidden: (imported: SourceFile['imports'][number], from: string) => boolean,
): Law['find'] {
  return (files) =>
    files
      .filter(({ path }) => where(path))
      .flatMap((file) =>
        file.imports
          .filter((imported) => forbidden(imported, file.path))
          .map(({ line, specifier }) => `${file.path}:${line} imports ${specifier}`),
      );
}

const purity: Law[] = [
  {
    says: 'core imports nothing but its own files and types of openai',
    broken: { 'functions/core/a.ts': "import { b } from '../gateway/b.ts';" },
    find: imports(core, ({ file, specifier, kind }) =>
      file === null ? !(kind === 'type' && /^openai(\/|$)/.test(specifier)) : !core(file),
    ),
  },
  {
    says: 'core knows no clock, randomness, network, environment or log: they are arguments',
    broken: { 'functions/core/a.ts': 'export const now = () => new Date();' },
    find: lines(
      core,
      /\bDate\.now\b|\bnew Date\(\s*\)|\bMath\.random\b|\bprocess\b\s*[.[]|\bconsole\s*\.|\bfetch\(|\bperformance\s*\.|\bset(Timeout|Interval|Immediate)\(|\bqueueMicrotask\(|\bglobalThis\b|\bcrypto\s*\./,
    ),
  },
];

const rooms: Law[] = [
  {
    says: 'gateway, http, export, providers, stores, dialects and transport import core, never one another, save that providers use dialects and transport',
    broken: { 'functions/gateway/a.ts': "import { b } from '../stores/b.ts';" },
    find: imports(
      (path) => room(path) !== null && room(path) !== 'operations',
      ({ file }, from) =>
        file !== null &&
        !shared.includes(file) &&
        !core(file) &&
        room(file) !== room(from) &&
        !(room(from) === 'providers' && ['dialects', 'transport'].includes(room(file) ?? '')),
    ),
  },
  {
    says: 'operations join http, dialects and gateway, and know of the runtime its type alone',
    broken: { 'functions/operations/a.ts': "import { b } from '../stores/b.ts';" },
    find: imports(
      (path) => room(path) === 'operations',
      ({ file, kind }) =>
        file !== null &&
        !shared.includes(file) &&
        !['core', 'dialects', 'gateway', 'http', 'operations'].includes(room(file) ?? '') &&
        !(/^functions\/composition\/(operator-)?runtime\.ts$/.test(file) && kind === 'type'),
    ),
  },
  {
    says: 'operations are imported by the entries alone',
    broken: { 'functions/composition/runtime.ts': "import { b } from '../operations/b.ts';" },
    find: imports(
      (path) => product(path) && room(path) !== 'operations' && !entries.includes(path),
      ({ file }) => file !== null && room(file) === 'operations',
    ),
  },
  {
    says: 'gateway knows no SDK',
    broken: { 'functions/gateway/a.ts': "import { b } from '@aws-sdk/client-dynamodb';" },
    find: imports(
      (path) => room(path) === 'gateway',
      ({ specifier }) => /^(@aws-sdk|@smithy|@middy|google-auth-library|openai)(\/|$)/.test(specifier),
    ),
  },
  {
    says: 'lib and functions meet only in endpoints.ts and environment.ts',
    broken: { 'lib/a.ts': "import { b } from '../functions/composition/runtime.ts';" },
    find: (files) => [
      ...imports(
        (path) => path.startsWith('lib/'),
        ({ file }) => file !== null && !file.startsWith('lib/') && !shared.includes(file),
      )(files),
      ...imports(
        (path) => path.startsWith('functions/'),
        ({ file }) => file !== null && !file.startsWith('functions/'),
      )(files),
    ],
  },
  {
    says: 'client imports nothing but its own files and openapi-fetch, so that it runs in pages and in programs',
    broken: { 'client/a.ts': "import { b } from '../functions/core/b.ts';" },
    find: imports(
      (path) => path.startsWith('client/'),
      ({ file, specifier }) => (file === null ? specifier !== 'openapi-fetch' : !file.startsWith('client/')),
    ),
  },
  {
    says: 'the page knows the gateway by its client alone (and shows its runbook), and nobody imports the page',
    broken: { 'console/a.ts': "import { b } from '../functions/core/b.ts';" },
    find: (files) => [
      ...imports(
        (path) => path.startsWith('console/'),
        ({ file }) => file !== null && !/^(console|client)\/|^docs\/runbook\.md\?raw$/.test(file),
      )(files),
      ...imports(
        (path) => product(path) && !path.startsWith('console/'),
        ({ file }) => file?.startsWith('console/') ?? false,
      )(files),
    ],
  },
  {
    says: 'the CLI knows the gateway by its client alone, and bin/keyway.ts alone runs it: nothing of it is deployed',
    broken: { 'cli/a.ts': "import { b } from '../functions/core/b.ts';" },
    find: (files) => [
      ...imports(
        (path) => path.startsWith('cli/'),
        ({ file }) => file !== null && !/^(cli|client)\/|^package\.json$/.test(file),
      )(files),
      ...imports(
        (path) => product(path) && !path.startsWith('cli/') && path !== 'bin/keyway.ts',
        ({ file }) => file?.startsWith('cli/') ?? false,
      )(files),
    ],
  },
  {
    says: 'aws-cdk-lib is for lib and bin/app.ts',
    broken: { 'local/a.ts': "import { App } from 'aws-cdk-lib';" },
    find: imports(
      (path) => product(path) && !path.startsWith('lib/') && path !== 'bin/app.ts',
      ({ specifier, file }) => /^(aws-cdk-lib|constructs)(\/|$)/.test(specifier) || (file?.startsWith('lib/') ?? false),
    ),
  },
  {
    says: "no function loads a single provider's SDK, or one that a single endpoint needs, at start",
    broken: {
      'functions/inference.ts': "import './composition/runtime.ts';",
      'functions/composition/runtime.ts': "import { JWT } from 'google-auth-library';",
    },
    find: findSdksAtStart,
  },
  {
    says: 'no import goes in a circle, types included',
    broken: {
      'functions/core/a.ts': "import { b } from './b.ts';",
      'functions/core/b.ts': "import { a } from './a.ts';",
    },
    find: findCircles,
  },
];

const names: Law[] = [
  {
    says: "a provider's name stands in its adapter, the catalogue and the registry",
    broken: { 'functions/gateway/a.ts': "if (provider === 'bedrock') again();" },
    find: (files) =>
      providerNames.flatMap((name) =>
        lines(
          (path) => path.startsWith('functions/') && !mayName(path, name),
          new RegExp(`(['"\`])${name}\\1`),
          'code',
        )(files),
      ),
  },
  {
    says: 'process.env is read in bin, local and environment.ts (the page has none, and names it in sample code)',
    broken: { 'functions/http/a.ts': 'export const region = process.env.AWS_REGION;' },
    find: (files) => {
      const elsewhere: Where = (path) =>
        product(path) && !/^(bin|local|console)\//.test(path) && path !== 'functions/environment.ts';
      return [
        ...lines(elsewhere, /\bprocess\s*(\.\s*env\b|\[)/)(files),
        ...imports(elsewhere, ({ specifier }) => /^(node:)?process$/.test(specifier))(files),
      ];
    },
  },
  {
    says: 'a secret is revealed by adapters and stores, where a stored text becomes a credential, and where its traces are removed',
    broken: { 'functions/http/a.ts': 'log(secret.reveal());' },
    find: lines(
      (path) =>
        path.startsWith('functions/') &&
        !/^functions\/(providers|stores)\/|^functions\/gateway\/keys\/credentials\.ts$|redact/.test(path),
      /\.reveal\(/,
    ),
  },
  {
    says: 'files have full, kebab-case names, and none is called utils, helpers, common, misc, types or index',
    broken: { 'functions/http/utils.ts': '' },
    find: (files) =>
      files
        .filter(
          ({ path }) =>
            !/\/[a-z0-9]+(-[a-z0-9]+)*(\.test)?\.(tsx?|mjs)$/.test(path) ||
            /\/(utils?|helpers?|common|misc|types?|index)(\.test)?\.\w+$/.test(path),
        )
        .map(({ path }) => `${path}:1`),
  },
];

const style: Law[] = [
  {
    says: 'a file has 250 lines at most, tests and generated data aside',
    broken: { 'functions/http/a.ts': '\n'.repeat(251) },
    find: (files) =>
      files
        .filter(
          ({ path, code }) =>
            product(path) && path !== 'client/api-schema.ts' && !path.endsWith('-data.ts') && code.length > 251,
        )
        .map(({ path, code }) => `${path}:${code.length}`),
  },
  {
    says: 'a folder of the functions holds a dozen files at most',
    broken: Object.fromEntries(Array.from({ length: 13 }, (_, i) => [`functions/http/a${i}.ts`, ''])),
    find: (files) => {
      const folders = Map.groupBy(
        files.filter(({ path }) => /^functions\/.+\//.test(path)),
        ({ path }) => path.slice(0, path.lastIndexOf('/')),
      );
      return [...folders].flatMap(([folder, { length }]) => (length > 12 ? [`${folder}:1 ${length} files`] : []));
    },
  },
  {
    says: 'no enum, namespace, decorator, default export or barrel',
    broken: { 'functions/http/a.ts': "export * from './b.ts';" },
    find: lines(
      product,
      /^\s*(export\s+)?(declare\s+)?(const\s+)?enum\s|^\s*(export\s+)?namespace\s|^\s*@\w+(\(|\s*$)|^\s*export\s+default\b|^\s*export\s+(type\s+)?\*/,
    ),
  },
  {
    says: 'classes are for errors, Secret and constructs',
    broken: { 'functions/http/a.ts': 'export class Server {}' },
    find: lines(
      (path) => /^(lib|functions)\//.test(path),
      /\bclass\s+(?!Secret\b)\w+\s*(?:<[^>]*>\s*)?(?!extends\s+(?:\w+(?:Error|Exception)|Error|Construct|Stack)\b)(?:\{|extends|implements)/,
    ),
  },
  {
    says: 'nothing is typed `any`, and no check is silenced',
    broken: { 'functions/http/a.ts': 'export const a = (b: any) => b; ' },
    find: (files) => [
      ...lines(() => true, /(?:[:<|]|\bas|=>)\s*any\b(?!\s*[.(:])|,\s*any\s*>|\bany\[\]/)(files),
      ...files.flatMap(({ path, text }) =>
        search(path, text, new RegExp(`@ts-(?:${['ignore', 'expect-error', 'nocheck'].join('|')})\\b`)),
      ),
    ],
  },
  {
    says: 'no test is skipped or runs alone',
    broken: { 'test/a.test.ts': "it.skip('works', () => {});" },
    find: lines((path) => path.startsWith('test/'), /\b(?:it|test|describe)\.(?:skip|only|todo|fails|skipIf|runIf)\b/),
  },
  {
    says: 'nothing is left for later in a comment, and no path of a machine is written down',
    broken: { 'functions/http/a.ts': `// ${'TO'}${'DO'} later` },
    find: (files) =>
      files.flatMap(({ path, text }) =>
        search(
          path,
          text,
          new RegExp(
            `\\b(?:${['TO', 'FIX'].map((word, index) => word + ['DO', 'ME'][index]).join('|')})\\b|(?<![\\w.~])/(?:work|root|home|Users)/\\w`,
          ),
        ),
      ),
  },
];

export const laws: Law[] = [...purity, ...rooms, ...names, ...style];

function mayName(path: string, name: string): boolean {
  if (makers.includes(name) && /^functions\/(providers|dialects|core\/chat)\//.test(path)) return true;
  return (
    new RegExp(`^functions/providers/(presets/)?${name}(/|\\.ts$)`).test(path) ||
    /catalogue|registry/.test(path) ||
    path === 'functions/environment.ts'
  );
}

function search(path: string, text: string, pattern: RegExp): string[] {
  return text.split('\n').flatMap((line, index) => (pattern.test(line) ? [`${path}:${index + 1} ${line.trim()}`] : []));
}

function findSdksAtStart(files: SourceFile[]): string[] {
  const byPath = new Map(files.map((file) => [file.path, file]));
  const seen = new Set<string>();
  const visit = (path: string): string[] => {
    if (seen.has(path)) return [];
    seen.add(path);
    return (byPath.get(path)?.imports ?? [])
      .filter(({ kind }) => kind === 'static')
      .flatMap(({ file, specifier, line }) => {
        if (file !== null) return visit(file);
        return /^(google-auth-library|@aws-sdk\/client-(bedrock-runtime|cloudwatch|sts)|openai)(\/|$)/.test(specifier)
          ? [`${path}:${line} loads ${specifier}`]
          : [];
      });
  };
  return files.filter(({ path }) => /^functions\/[^/]+\.ts$/.test(path)).flatMap(({ path }) => visit(path));
}

function findCircles(files: SourceFile[]): string[] {
  const byPath = new Map(files.map((file) => [file.path, file]));
  const done = new Set<string>();
  const visit = (path: string, above: string[]): string[] => {
    if (above.includes(path)) return [`${path}:1 ${[...above.slice(above.indexOf(path)), path].join(' -> ')}`];
    if (done.has(path)) return [];
    const found = (byPath.get(path)?.imports ?? [])
      .filter(({ kind, file }) => kind !== 'dynamic' && file !== null)
      .flatMap(({ file }) => visit(file ?? '', [...above, path]));
    done.add(path);
    return found;
  };
  return files.flatMap(({ path }) => visit(path, []));
}
