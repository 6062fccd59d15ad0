import { describe, expect, it } from 'vitest';
import { laws } from './architecture/laws.ts';
import { parseSource, readSources } from './architecture/source-files.ts';

const sources = readSources();

describe('the laws of the house', () => {
  it.each(laws)('$says', ({ find }) => {
    expect(find(sources)).toEqual([]);
  });

  it.each(laws)('would be noticed when broken: $says', ({ broken, find }) => {
    expect(find(Object.entries(broken).map(([path, text]) => parseSource(path, text)))).not.toEqual([]);
  });

  it('are asked of every room', () => {
    for (const folder of ['bin/', 'lib/', 'functions/core/', 'test/'])
      expect(
        sources.some(({ path }) => path.startsWith(folder)),
        folder,
      ).toBe(true);
  });
});

describe('reading a source file', () => {
  it('tells comments and strings from code', () => {
    const { code, bare } = parseSource('functions/a.ts', 'a(\'//x\'); // b\n/* c\n */ d("e");');
    expect(code.map((line) => line.trimEnd())).toEqual(["a('//x');", '', '    d("e");']);
    expect(bare.map((line) => line.trimEnd())).toEqual(["a('   ');", '', '    d(" ");']);
  });

  it.each([
    ["import { a } from './b.ts';", 'static', 'functions/core/b.ts'],
    ["import {\n  a,\n  type c,\n} from '../b.ts';", 'static', 'functions/b.ts'],
    ["import './b.ts';", 'static', 'functions/core/b.ts'],
    ["export { a } from './b.ts';", 'static', 'functions/core/b.ts'],
    ["import type { a } from './b.ts';", 'type', 'functions/core/b.ts'],
    ["import { type a, type b } from './b.ts';", 'type', 'functions/core/b.ts'],
    ["import * as a from 'openai';", 'static', null],
    ["const { a } = await import('./b.ts');", 'dynamic', 'functions/core/b.ts'],
  ])('finds the import in %j', (text, kind, file) => {
    expect(parseSource('functions/core/a.ts', text).imports).toMatchObject([{ kind, file, line: 1 }]);
  });
});
