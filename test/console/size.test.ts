import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';

const folder = 'console/dist';
const html = readFileSync(join(folder, 'index.html'), 'utf8');
const scripts = readdirSync(folder).filter((name) => name.endsWith('.js'));
const first = scripts.filter((name) => html.includes(`/${name}"`));

it('the first load is at most 120 KB of compressed script, charts left for when they are opened', () => {
  const bytes = first.reduce((sum, name) => sum + statSync(join(folder, `${name}.br`)).size, 0);
  expect(bytes).toBeGreaterThan(10_000);
  expect(bytes).toBeLessThanOrEqual(120 * 1024);
  const charts = scripts.filter((name) => readFileSync(join(folder, name), 'utf8').includes('uplot'));
  expect(charts).not.toEqual([]);
  expect(charts.filter((name) => first.includes(name))).toEqual([]);
});
