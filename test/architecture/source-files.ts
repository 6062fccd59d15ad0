import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, posix } from 'node:path';

export interface Import {
  line: number;
  specifier: string;
  /** The file from the repository's root, or null for packages and Node's own modules. */
  file: string | null;
  kind: 'static' | 'type' | 'dynamic';
}

export interface SourceFile {
  /** From the repository's root, with `/`. */
  path: string;
  text: string;
  /** The lines without comments. */
  code: string[];
  /** The lines without comments and without what stands between single or double quotes. */
  bare: string[];
  imports: Import[];
}

const root = join(import.meta.dirname, '../..');
const folders = ['bin', 'lib', 'functions', 'local', 'client', 'cli', 'console', 'scripts', 'bench', 'test'];

/** Every source file of the project; declarations of other people's packages (`.d.ts`) follow those. */
export function readSources(): SourceFile[] {
  return folders
    .filter((folder) => existsSync(join(root, folder)))
    .flatMap((folder) => readdirSync(join(root, folder), { recursive: true, withFileTypes: true }))
    .filter((entry) => entry.isFile() && /(?<!\.d)\.(tsx?|mjs)$/.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name))
    .map((path) => parseSource(path.slice(root.length + 1).replaceAll('\\', '/'), readFileSync(path, 'utf8')));
}

// Strings come first, so that a `//` inside of one starts no comment. Regular expressions are not told apart: a quote in one hides the rest of its line.
const stringsAndComments = /'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*"|`(?:\\.|[^`\\])*`|\/\/[^\n]*|\/\*[\s\S]*?\*\//g;
const importStatements =
  /\b(?:import|export)\s+(type\s+)?(?:[\w*\s{},$]+?\s+from\s+)?'([^'\n]+)'|\bimport\(\s*'([^'\n]+)'\s*\)/g;

export function parseSource(path: string, text: string): SourceFile {
  const code = text.replace(stringsAndComments, (match) =>
    match.startsWith('/') ? match.replace(/[^\n]/g, ' ') : match,
  );
  const bare = code.replace(stringsAndComments, (match) =>
    match.startsWith('`') ? match : match[0] + ' '.repeat(match.length - 2) + match[0],
  );
  const imports = [...code.matchAll(importStatements)].map((match): Import => {
    const specifier = match[2] ?? match[3] ?? '';
    return {
      line: code.slice(0, match.index).split('\n').length,
      specifier,
      file: specifier.startsWith('.') ? posix.join(posix.dirname(path), specifier) : null,
      kind: match[3] !== undefined ? 'dynamic' : match[1] !== undefined || onlyTypes(match[0]) ? 'type' : 'static',
    };
  });
  return { path, text, code: code.split('\n'), bare: bare.split('\n'), imports };
}

/** `import { type A, type B } from …`: with `verbatimModuleSyntax` it still runs the module, but a type-only bundle drops it. */
function onlyTypes(statement: string): boolean {
  const names = /\{([^}]*)\}/
    .exec(statement)?.[1]
    ?.split(',')
    .filter((name) => name.trim() !== '');
  return (
    names !== undefined &&
    names.length > 0 &&
    !/\}\s*,|,\s*\{/.test(statement.replace(/\{[^}]*\}/, '{}')) &&
    names.every((name) => /^\s*type\s/.test(name))
  );
}
