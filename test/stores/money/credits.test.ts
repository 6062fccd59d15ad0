import { GetItemCommand } from '@aws-sdk/client-dynamodb';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { partition, sortKeys } from '../../../functions/stores/config/config-items.ts';
import { createCredits } from '../../../functions/stores/money/credits.ts';
import { addWorkspace, createClient, openTables, stores, type Tables } from '../tables.ts';

describe.each(stores)('top-ups in %s', (_name, url) => {
  let tables: Tables;
  beforeAll(async () => {
    tables = await openTables(url);
  });
  afterAll(() => tables.close());

  const attributesOfBalance = async (workspaceId: string) => {
    const Key = { pk: { S: partition(workspaceId) }, sk: { S: sortKeys.balance } };
    return Object.keys(
      (await tables.client.send(new GetItemCommand({ TableName: tables.config, Key }))).Item ?? {},
    ).sort();
  };

  it('are added once per key', async () => {
    const { workspace } = await addWorkspace(tables, 1000);
    const credits = createCredits(tables.client, tables.config);
    await credits.topUp(workspace.id, 'a', 500);
    expect(await credits.topUp(workspace.id, 'a', 500)).toEqual({ balance: 1500, available: 1500 });
    expect(await credits.topUp(workspace.id, 'b', 500)).toEqual({ balance: 2000, available: 2000 });
  });

  it('refuse another amount under a key that was used', async () => {
    const { workspace } = await addWorkspace(tables, 0);
    const credits = createCredits(tables.client, tables.config);
    await credits.topUp(workspace.id, 'a', 500);
    expect(await credits.topUp(workspace.id, 'a', 700)).toBe('conflict');
    expect(await credits.balance(workspace.id)).toEqual({ balance: 500, available: 500 });
  });

  it('of a workspace that does not exist add nothing', async () => {
    expect(
      await createCredits(tables.client, tables.config).topUp('ws_01JD0000000000000000000000', 'a', 500),
    ).toBeNull();
  });

  it('leave no trace in the balance, however many there are', async () => {
    const { workspace } = await addWorkspace(tables, 0);
    const credits = createCredits(tables.client, tables.config);
    for (let i = 0; i < 30; i++) await credits.topUp(workspace.id, `key ${i}`, 100);
    expect(await attributesOfBalance(workspace.id)).toEqual(['available', 'balance', 'credits', 'pk', 'sk']);
    expect(await credits.balance(workspace.id)).toEqual({ balance: 3000, available: 3000 });
  });

  it('are added once in every interleaving of callers that repeat, race and die between two steps', async () => {
    const caller = fc.record({
      key: fc.constantFrom('a', 'b', 'c'),
      callsUntilDeath: fc.option(fc.integer({ min: 0, max: 9 })),
      answerLost: fc.boolean(),
    });
    await fc.assert(
      fc.asyncProperty(
        fc.array(caller, { minLength: 1, maxLength: 5 }),
        fc.boolean(),
        fc.scheduler(),
        async (callers, isFirst, scheduler) => {
          const { workspace } = await addWorkspace(tables, 0);
          if (!isFirst) await createCredits(tables.client, tables.config).topUp(workspace.id, 'earlier', 7);
          const amounts: Record<string, number> = { a: 100, b: 10_000, c: 1_000_000 };
          const running = Promise.allSettled(
            callers.map(async ({ key, callsUntilDeath, answerLost }) => {
              const client = createClient(tables.url);
              let calls = 0;
              client.middlewareStack.add(
                (next) => async (args) => {
                  await scheduler.schedule(Promise.resolve());
                  const dies = calls++ === callsUntilDeath;
                  if (dies && !answerLost) throw new Error('died');
                  const answer = await next(args);
                  if (dies) throw new Error('died');
                  return answer;
                },
                { step: 'initialize' },
              );
              await createCredits(client, tables.config).topUp(workspace.id, key, amounts[key] ?? 0);
            }),
          );
          await scheduler.waitFor(running);
          // Whoever got no answer asks again.
          const credits = createCredits(tables.client, tables.config);
          for (const { key } of callers) await credits.topUp(workspace.id, key, amounts[key] ?? 0);
          const expected = [...new Set(callers.map(({ key }) => key))].reduce(
            (sum, key) => sum + (amounts[key] ?? 0),
            isFirst ? 0 : 7,
          );
          expect(await credits.balance(workspace.id)).toEqual({ balance: expected, available: expected });
          expect(await attributesOfBalance(workspace.id)).toEqual(['available', 'balance', 'credits', 'pk', 'sk']);
        },
      ),
      { numRuns: 60 },
    );
  }, 120_000);
});
