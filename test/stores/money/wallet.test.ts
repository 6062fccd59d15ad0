import { GetItemCommand } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { HoldCaps } from '../../../functions/core/billing/spend-caps.ts';
import { toHold } from '../../../functions/core/billing/spend-caps.ts';
import { apiKeyWallet, createLedger, workspaceWallet } from '../../../functions/stores/money/ledger.ts';
import {
  attributeOf,
  createWallets,
  readHolds,
  readSpent,
  type Wallet,
} from '../../../functions/stores/money/wallet.ts';
import { addWorkspace, createClient, newId, openTables, type Tables } from '../tables.ts';

let tables: Tables;
beforeAll(async () => {
  tables = await openTables();
});
afterAll(() => tables.close());

const itemOf = async ({ key }: Wallet) =>
  (await tables.client.send(new GetItemCommand({ TableName: tables.config, Key: key }))).Item;

async function open(credit: number) {
  const { workspace, apiKey } = await addWorkspace(tables, credit);
  const wallets = createWallets(tables.client, tables.config);
  const funded = workspaceWallet(workspace.id);
  const counting = apiKeyWallet(workspace.id, apiKey.id);
  return {
    id: workspace.id,
    apiKey,
    wallets,
    funded,
    counting,
    ledger: createLedger(tables.client, tables.config, () => 77),
    async money() {
      const item = (await itemOf(funded)) ?? {};
      return [Number(item.balance?.N), Number(item.available?.N)];
    },
    spent: async (wallet = funded) => readSpent((await itemOf(wallet)) ?? {}),
    holds: async (wallet = funded) => readHolds((await itemOf(wallet)) ?? {}),
  };
}

const cap = (counter: string, limit: number) => ({ counter, limit, name: counter });
const hold = (requestId: string, amount: number, counters: string[] = []) => ({
  requestId,
  amount,
  counters,
  apiKey: null,
  at: 5,
});

it('a charge is noted in no wallet that does not exist, and makes none', async () => {
  const { wallets } = await open(0);
  const nowhere = workspaceWallet(newId('ws'));
  expect(await wallets.note(nowhere, 'req_1', 5)).toBe(false);
  expect(await itemOf(nowhere)).toBeUndefined();
});

it('a charge whose note arrived already, its answer lost, is taken once', async () => {
  const { id, wallets, funded, ledger, money, holds } = await open(1000);
  expect(await wallets.note(funded, 'req_1', 5)).toBe(true);
  expect(await holds()).toEqual([hold('req_1', 0)]);
  expect(await wallets.note(funded, 'req_1', 6)).toBe(true);
  await ledger.charge(id, 'req_1', 300);
  expect(await money()).toEqual([700, 700]);
  expect(await holds()).toEqual([]);
});

it('a hold names what it counts in, and whose API key', async () => {
  const { id, ledger, holds, apiKey, counting, spent, money } = await open(1000);
  const caps: HoldCaps = { fallback: [cap('w', 500)], apiKey: { id: apiKey.id, caps: [cap('k', 600), cap('l', 700)] } };
  expect(await ledger.hold(id, 'req_1', 400, caps)).toBe(true);
  expect(await holds()).toEqual([
    { requestId: 'req_1', amount: 400, at: 77, counters: ['w'], apiKey: { id: apiKey.id, counters: ['k', 'l'] } },
  ]);
  expect(await holds(counting)).toEqual([{ ...hold('req_1', 400, ['k', 'l']), at: 77 }]);
  expect([await spent(), await spent(counting)]).toEqual([{ w: 400 }, { k: 400, l: 400 }]);
  expect(await money()).toEqual([1000, 600]);
  await ledger.settle(id, 'req_1', toHold(400, caps), 150);
  expect([await spent(), await spent(counting)]).toEqual([{ w: 150 }, { k: 150, l: 150 }]);
  expect([await holds(), await holds(counting), await money()]).toEqual([[], [], [850, 850]]);
});

it('what is in the way of a hold is told: credit, or the cap', async () => {
  const { wallets, funded, counting, money, spent } = await open(1000);
  const day = cap('day', 500);
  expect(await wallets.hold(funded, hold('req_0', 1, ['none']), [cap('none', 0)])).toEqual(cap('none', 0));
  expect(await wallets.hold(funded, hold('req_1', 1001, ['day']), [day])).toBe(false);
  expect(await wallets.hold(funded, hold('req_2', 600, ['day']), [day])).toBe(true);
  expect(await wallets.hold(funded, hold('req_2', 600, ['day']), [day])).toBe(true);
  expect(await wallets.hold(funded, hold('req_3', 1, ['day']), [day])).toEqual(day);
  expect(await wallets.hold(funded, hold('req_4', 401), [])).toBe(false);
  expect(await wallets.hold(funded, hold('req_5', 400), [])).toBe(true);
  expect(await wallets.hold(funded, hold('req_6', 0), [])).toBe(false);
  expect([await money(), await spent()]).toEqual([[1000, 0], { day: 600 }]);
  expect(await wallets.hold(counting, hold('req_7', 9e9, ['day']), [cap('day', 1e10)])).toBe(true);
  expect(await wallets.hold(counting, hold('req_8', 1), [])).toBe(true);
  expect(await spent(counting)).toEqual({ day: 9e9 });
});

it('a hold that lapsed gives everything back, stays empty, and is charged all the same', async () => {
  const { wallets, funded, money, spent, holds } = await open(1000);
  await wallets.hold(funded, hold('req_1', 400, ['day']), [cap('day', 500)]);
  await wallets.lapse(funded, 'req_1', 400, ['day']);
  expect([await money(), await spent()]).toEqual([[1000, 1000], { day: 0 }]);
  expect(await holds()).toEqual([hold('req_1', 0, ['day'])]);
  await wallets.lapse(funded, 'req_1', 400, ['day']);
  expect(await money()).toEqual([1000, 1000]);
  await wallets.settle(funded, 'req_1', 400, ['day'], 70);
  expect([await money(), await spent(), await holds()]).toEqual([[930, 930], { day: 70 }, []]);
  await wallets.settle(funded, 'req_1', 400, ['day'], 70);
  expect(await money()).toEqual([930, 930]);
});

it('the credit stays whole when the API key may not spend: only the workspace’s part is undone', async () => {
  const { id, ledger, apiKey, money, holds, counting } = await open(1000);
  const caps: HoldCaps = { fallback: [], apiKey: { id: apiKey.id, caps: [cap('k', 0)] } };
  expect(await ledger.hold(id, 'req_1', 400, caps)).toEqual(cap('k', 0));
  expect([await money(), await holds(), await holds(counting)]).toEqual([[1000, 1000], [], []]);
});

it('a hold is tried again when credit comes back while it is looked why there was none', async () => {
  const { wallets, funded, money } = await open(900);
  await wallets.hold(funded, hold('req_1', 500), []);
  const client = createClient(tables.url);
  let reads = 0;
  client.middlewareStack.add(
    (next) => async (args) => {
      if (!('UpdateExpression' in args.input) && reads++ === 0) await wallets.settle(funded, 'req_1', 500, [], 0);
      return next(args);
    },
    { step: 'initialize' },
  );
  expect(await createWallets(client, tables.config).hold(funded, hold('req_2', 900), [])).toBe(true);
  expect([await money(), reads]).toEqual([[900, 0], 1]);
  client.destroy();
});

it('holds and counters lie under the names that the sweep removes them by', async () => {
  const { wallets, funded } = await open(900);
  await wallets.hold(funded, hold('req_1', 5, ['day']), [cap('day', 10)]);
  const names = Object.keys((await itemOf(funded)) ?? {});
  expect(names).toEqual(expect.arrayContaining(['hold:req_1', 'spent:day']));
  expect([attributeOf.hold('req_1'), attributeOf.counter('day')]).toEqual(['hold:req_1', 'spent:day']);
});
