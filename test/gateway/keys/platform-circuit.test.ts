import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import type { KeyHealth } from '../../../functions/core/accounts/workspace.ts';
import type { HealthRecords } from '../../../functions/core/ports.ts';
import { failureKinds } from '../../../functions/core/routing/failure.ts';
import { createPlatformCircuit } from '../../../functions/gateway/keys/platform-circuit.ts';
import { failure } from '../../core/samples.ts';

const credential = 'openai@1';

/** Health in memory, and a clock that is moved by hand. */
function world() {
  const stored: Record<string, KeyHealth> = {};
  let now = Date.parse('2026-11-23T00:00:00Z');
  let writes = 0;
  const records: HealthRecords = {
    read: async () => ({ ...stored }),
    update: async (_owner, id, _known, change) => {
      const before = stored[id];
      const after = change(before);
      if (after === null) return null;
      stored[id] = after;
      writes++;
      return { before, after };
    },
    remove: async () => undefined,
  };
  const circuit = createPlatformCircuit({ records, now: () => now, random: () => 0 });
  return {
    ...circuit,
    at: () => now,
    pass(ms: number) {
      now += ms;
    },
    writes: () => writes,
    stored,
    anotherProcess: () => createPlatformCircuit({ records, now: () => now, random: () => 0 }),
  };
}

describe('the circuit of a platform credential', () => {
  it.each(['credential', 'quota'] as const)(
    'opens for every model at one %s: it is about the credential',
    async (kind) => {
      const given = world();
      await given.note(credential, 'gpt-4o', failure(kind), given.at(), 'ws_a');
      expect(await given.enter(credential, 'gpt-4o-mini')).toBe(kind);
      expect(await given.anotherProcess().enter(credential, 'o3')).toBe(kind);
      expect(await given.enter('vertex@1', 'gpt-4o')).toBe('open');
    },
  );

  it.each(['permission', 'model_access', 'rate_limit'] as const)(
    'stays closed however often one workspace brings about a %s',
    async (kind) => {
      const given = world();
      for (let i = 0; i < 50; i++) {
        await given.note(credential, 'gpt-4o', failure(kind, { status: 403 }), given.at(), 'ws_a');
        given.pass(7_000);
      }
      expect(await given.enter(credential, 'gpt-4o')).toBe('open');
      expect(await given.enter(credential, 'gpt-4o-mini')).toBe('open');
      expect(given.writes()).toBe(0);
    },
  );

  it.each(['permission', 'model_access', 'rate_limit'] as const)(
    'opens for one model alone when a second workspace meets with a %s as well',
    async (kind) => {
      const given = world();
      await given.note(credential, 'gpt-4o', failure(kind), given.at(), 'ws_a');
      given.pass(59_999);
      await given.note(credential, 'gpt-4o', failure(kind), given.at(), 'ws_b');
      expect(await given.enter(credential, 'gpt-4o')).toBe(kind);
      expect(await given.enter(credential, 'gpt-4o-mini')).toBe('open');
    },
  );

  it.each<
    [string, [model: string, kind: 'rate_limit' | 'permission', workspaceId: string | undefined, afterMs: number]]
  >([
    ['of another model', ['gpt-4.1', 'rate_limit', 'ws_b', 0]],
    ['of another kind', ['gpt-4o', 'permission', 'ws_b', 0]],
    ['a minute later', ['gpt-4o', 'rate_limit', 'ws_b', 60_000]],
    ['of nobody in particular', ['gpt-4o', 'rate_limit', undefined, 0]],
  ])('stays closed at a second trouble %s', async (_name, [model, kind, workspaceId, afterMs]) => {
    const given = world();
    await given.note(credential, 'gpt-4o', failure('rate_limit'), given.at(), 'ws_a');
    given.pass(afterMs);
    await given.note(credential, model, failure(kind), given.at(), workspaceId);
    expect(await given.enter(credential, model)).toBe('open');
    expect(await given.enter(credential, 'gpt-4o')).toBe('open');
  });

  it('takes the quota of one model for that model alone, and not on the word of one workspace', async () => {
    const given = world();
    const daily = failure('quota', { modelOnly: true });
    await given.note(credential, 'gpt-4o', daily, given.at(), 'ws_a');
    expect(await given.enter(credential, 'gpt-4o')).toBe('open');
    await given.note(credential, 'gpt-4o', daily, given.at(), 'ws_b');
    expect(await given.enter(credential, 'gpt-4o')).toBe('quota');
    expect(await given.enter(credential, 'o3')).toBe('open');
  });

  it('lets the next request try when the one that tried learnt nothing about the credential', async () => {
    const given = world();
    await given.note(credential, 'gpt-4o', failure('credential'), given.at(), 'ws_a');
    given.pass(30_001);
    expect(await given.enter(credential, 'gpt-4o')).toBe('claimed');
    expect(await given.enter(credential, 'gpt-4o')).toBe('credential');
    await given.note(credential, 'gpt-4o', failure('rate_limit'), given.at(), 'ws_a');
    expect(await given.enter(credential, 'gpt-4o')).toBe('claimed');
    await given.note(credential, 'gpt-4o', null, given.at(), 'ws_a');
    expect(await given.enter(credential, 'gpt-4o')).toBe('open');
  });

  it('notes every five minutes that the credential serves, and what it is', async () => {
    const given = world();
    const facts = { type: 'service_account' as const, region: 'eu', names: { project: 'ours' } };
    const served = () => given.note(credential, 'gpt-4o', null, given.at(), 'ws_a', facts);
    await Promise.all([served(), served(), served()]);
    expect(given.writes()).toBe(1);
    expect(given.stored[credential]).toMatchObject({
      ...{ state: 'ok', credential: facts, lastUsedAt: '2026-11-23T00:00:00.000Z' },
    });
    given.pass(300_000);
    await served();
    expect(given.writes()).toBe(1);
    given.pass(1);
    await served();
    expect(given.stored[credential]?.lastUsedAt).toBe('2026-11-23T00:05:00.001Z');
    await given.note(credential, 'gpt-4o', failure('credential'), given.at(), 'ws_a', facts);
    expect(given.stored[credential]).toMatchObject({ state: 'failing', credential: facts });
  });

  test('nothing that one workspace meets with but a refused credential or a used-up quota keeps anybody off', async () => {
    const event = fc.record({
      model: fc.constantFrom('a', 'b', '*'),
      kind: fc.constantFrom(...failureKinds.filter((kind) => kind !== 'credential' && kind !== 'quota')),
      pass: fc.nat(90_000),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(event, { maxLength: 30 }), async (events) => {
        const given = world();
        for (const { model, kind, pass } of events) {
          await given.note(credential, model, failure(kind), given.at(), 'ws_a');
          given.pass(pass);
          for (const each of ['a', 'b', 'c', '*']) expect(await given.enter(credential, each)).toBe('open');
        }
      }),
    );
  });
});
