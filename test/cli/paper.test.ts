import { readdirSync, readFileSync } from 'node:fs';
import { PassThrough } from 'node:stream';
import type { CommandUnknownOpts } from '@commander-js/extra-typings';
import { describe, expect, it } from 'vitest';
import { createProgram } from '../../cli/program.ts';
import { worldOf } from '../../cli/world.ts';

const program = createProgram(
  worldOf({
    ...{ input: new PassThrough(), output: new PassThrough(), errors: new PassThrough(), env: {}, home: '' },
    ...{ stop: new AbortController().signal, now: Date.now, wait: async () => {} },
  }),
);

/** `keys add`, and what stands alone. */
function pathsOf(command: CommandUnknownOpts, above: string[] = []): [path: string, command: CommandUnknownOpts][] {
  return command.commands.flatMap((each) =>
    each.commands.length > 0 ? pathsOf(each, [...above, each.name()]) : [[[...above, each.name()].join(' '), each]],
  );
}

const commands = pathsOf(program);
const paper = readFileSync('docs/cli.md', 'utf8');
const papers = ['README.md', 'CONTRIBUTING.md', ...readdirSync('docs').filter((name) => name.endsWith('.md'))].map(
  (name) => readFileSync(name === name.toUpperCase() || /^[A-Z]+\.md$/.test(name) ? name : `docs/${name}`, 'utf8'),
);

describe('the papers on the command line', () => {
  it.each(commands.map(([path]) => path))('explain keyway %s', (path) => {
    expect(paper).toContain(`\`keyway ${path}`);
  });

  it.each(commands)('name the options of keyway %s', (_, { options }) => {
    for (const { long } of options) if (long !== '--lines' && long !== '--limit') expect(paper).toContain(`${long}`);
  });

  it('name no command and no option that there is not', () => {
    const names = commands.flatMap(([path]) => [path, path.split(' ')[0]]);
    const said = papers.flatMap((text) =>
      [...text.matchAll(/(?:npx |`)keyway ([a-z]+(?: (?:[a-z]+))?)/g)].map(([, name]) => name ?? ''),
    );
    expect(said.length).toBeGreaterThan(15);
    expect(said.filter((name) => !names.includes(name) && !names.includes(name.split(' ')[0] ?? ''))).toEqual([]);
    const options = new Set(commands.flatMap(([, { options }]) => options.map(({ long }) => long)));
    const named = [...paper.matchAll(/`(--[a-z-]+)/g)].map(([, name]) => name);
    expect(named.filter((name) => name !== '--help' && !options.has(name ?? ''))).toEqual([]);
  });

  it('every command explains each of its arguments and options', () => {
    for (const [path, { options, registeredArguments }] of commands) {
      for (const { long, description } of options) expect(description, `${path} ${long}`).not.toBe('');
      for (const argument of registeredArguments) expect(argument.description, path).not.toBe('');
    }
  });
});
