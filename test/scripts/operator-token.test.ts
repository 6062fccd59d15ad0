import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { Secret } from '../../functions/core/secret.ts';
import { operatorAmong, readAdminTokens } from '../../functions/stores/secrets/admin-tokens.ts';

const folder = mkdtempSync(join(tmpdir(), 'keyway-operator-token-'));
afterAll(() => rmSync(folder, { recursive: true }));

function run(...given: string[]) {
  const script = join(import.meta.dirname, '../../scripts/operator-token.ts');
  const { status, stdout, stderr } = spawnSync(process.execPath, [script, ...given], { encoding: 'utf8' });
  return { status, stdout: stdout.trim(), stderr };
}
const operatorOf = (list: string, token: string) => operatorAmong(readAdminTokens(new Secret(list)), token);

describe('the script that makes operators’ tokens', () => {
  it('prints a token, and an entry that knows it by its hash', () => {
    const { stdout } = run('ann', 'owner');
    const [, token = '', entry = ''] = /^token +(\S+)\nentry +(.+)$/.exec(stdout) ?? [];
    expect(token).toMatch(/^kwop_[\w-]{44}$/);
    expect(entry).not.toContain(token);
    expect(operatorOf(`[${entry}]`, token)).toEqual({ name: 'ann', role: 'owner' });
  });

  it('keeps who is in the list: the first token as text becomes an entry, a name that is there gets a new token', () => {
    const file = join(folder, 'list.json');
    writeFileSync(file, 'FAKE-first\n');
    const tokens = [run('sue', 'owner', file).stdout, run('sue', 'support', file).stdout];
    const list = readFileSync(file, 'utf8');
    expect(list).not.toContain('FAKE-first');
    for (const token of tokens) expect(list).not.toContain(token);
    expect(['FAKE-first', ...tokens].map((token) => operatorOf(list, token))).toEqual([
      { name: 'admin', role: 'owner' },
      null,
      { name: 'sue', role: 'support' },
    ]);
  });

  it.each([[[]], [['ann']], [['ann', 'root']], [['', 'owner']], [['ann\nbob', 'owner']]])('takes no %j', (given) => {
    expect(run(...given)).toMatchObject({ status: 2, stdout: '' });
  });
});
