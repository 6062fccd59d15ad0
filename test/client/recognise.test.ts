import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { recognise } from '../../client/recognise.ts';
import { definitions } from '../../functions/providers/registry.ts';
import { simulatedShortTermKey } from '../../local/simulated/bedrock/credentials.ts';
import { simulatedServiceAccount } from '../../local/simulated/vertex/server.ts';

const now = Date.UTC(2026, 10, 25);
const hour = 3_600_000;

describe('a pasted credential', () => {
  it('of a short-term key tells region and expiry', () => {
    const key = simulatedShortTermKey('eu-west-1', new Date(now - hour), 7200);
    expect(recognise(` ${key}\n`, now)).toMatchObject({
      provider: 'bedrock',
      facts: [
        ['Region', 'eu-west-1'],
        ['Valid until', new Date(now + hour).toISOString()],
      ],
      problem: null,
    });
    expect(recognise(key, now + 2 * hour)?.problem).toMatch(/expired/);
    expect(recognise('bedrock-api-key-AAAA', now)?.problem).toMatch(/damaged/);
  });

  it('of a service account tells project and account, and what is missing', () => {
    const account = simulatedServiceAccount('tenant') as Record<string, unknown>;
    const found = recognise(JSON.stringify(account), now);
    expect(found).toMatchObject({ provider: 'vertex', problem: null });
    expect(found?.facts).toEqual([
      ['Project', account.project_id],
      ['Account', account.client_email],
    ]);
    expect(recognise(JSON.stringify({ ...account, private_key: undefined }), now)?.problem).toMatch(/private_key/);
    expect(recognise('{"type": "service_account", ', now)?.problem).toMatch(/not complete/);
  });

  it.each([
    ['sk-ant-api03-abc', 'anthropic', null],
    ['sk-proj-abc', 'openai', null],
    ['sk-or-v1-abc', 'openrouter', null],
    ['ABSKabc', 'bedrock', null],
    ['AIzaAbc', 'gemini', null],
    ['gsk_abc', 'groq', null],
    ['sk-admin-abc', 'openai', /cannot call models/],
    ['AKIAABCDEFGHIJKLMNOP', 'bedrock', /half/],
    ['kw_01ARZ3NDEKTSV4RRFFQ69G5FAV_x', null, /opens Keyway/],
    ['two words', null, /no spaces/],
  ])('%s is of %s', (text, provider, problem) => {
    const found = recognise(text, now);
    expect(found?.provider).toBe(provider);
    if (problem === null) expect(found?.problem).toBeNull();
    else expect(found?.problem).toMatch(problem);
  });

  it('of no known form says nothing', () => {
    expect(recognise('', now)).toBeNull();
    expect(recognise('sk-1234567890', now)).toBeNull();
  });

  it('never says more than facts: whatever is pasted, no secret is repeated', () => {
    const secret = fc.stringMatching(/^[A-Za-z0-9]{20,40}$/);
    fc.assert(
      fc.property(
        secret,
        fc.constantFrom('', 'sk-ant-', 'sk-proj-', 'ABSK', 'AKIA', 'bedrock-api-key-'),
        (text, prefix) => {
          expect(JSON.stringify(recognise(prefix + text, now)) ?? '').not.toContain(text);
          const account = { type: 'service_account', private_key: text, project_id: 'p', client_email: 'e' };
          expect(JSON.stringify(recognise(JSON.stringify(account), now))).not.toContain(text);
        },
      ),
    );
  });

  it('names providers that there are', () => {
    const names = ['sk-ant-', 'sk-or-', 'sk-proj-', 'sk-svcacct-', 'ABSK', 'AIza', 'gsk_', 'xai-', 'fw_', 'csk-'].map(
      (prefix) => recognise(`${prefix}abc`, now)?.provider,
    );
    for (const name of names) expect(definitions.map((definition) => definition.name)).toContain(name);
  });
});
