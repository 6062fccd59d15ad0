import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type HoldCaps, toHold } from '../../../functions/core/billing/spend-caps.ts';
import { apiKeyWallet, createLedger, workspaceWallet } from '../../../functions/stores/money/ledger.ts';
import {
  attributeOf,
  createWallets,
  readHolds,
  readSpent,
  type Wallet,
} from '../../../functions/stores/money/wallet.ts';
import { createItems, nameOf } from './one-item.ts';

const id = 'ws_01ARZ3NDEKTSV4RRFFQ69G5FAV';
const keyId = 'ak_01ARZ3NDEKTSV4RRFFQ69G5FAK';
const [funded, counting] = [workspaceWallet(id), apiKeyWallet(id, keyId)];

function open(credit: number) {
  const { client, items, requests, hooks } = createItems();
  const credits = { N: String(credit) };
  items.set(nameOf(funded.key), { ...funded.key, balance: credits, available: credits });
  const itemOf = (wallet: Wallet) => items.get(nameOf(wallet.key)) ?? {};
  return {
    items,
    requests,
    hooks,
    itemOf,
    wallets: createWallets(client, 'config'),
    ledger: createLedger(client, 'config', () => 77),
    money: () => [Number(itemOf(funded).balance?.N), Number(itemOf(funded).available?.N)],
    spent: (wallet = funded) => readSpent(itemOf(wallet)),
    holds: (wallet = funded) => readHolds(itemOf(wallet)),
    setAvailable: (available: number) =>
      items.set(nameOf(funded.key), { ...itemOf(funded), available: { N: String(available) } }),
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
const lost = new Error('The answer was lost.');

describe('a hold', () => {
  it('is placed where there is credit for all of it, to the last nano-dollar', async () => {
    const { wallets, money } = open(1000);
    expect(await wallets.hold(funded, hold('req_1', 1001), [])).toBe(false);
    expect(await wallets.hold(funded, hold('req_2', 1000), [])).toBe(true);
    expect(await wallets.hold(funded, hold('req_3', 0), [])).toBe(false);
    expect(money()).toEqual([1000, 0]);
  });

  it('of nothing needs some credit', async () => {
    const { wallets, holds, itemOf } = open(1);
    expect(await wallets.hold(funded, hold('req_1', 0), [])).toBe(true);
    // Every byte of the item is paid for with each movement.
    expect(itemOf(funded)['hold:req_1']).toEqual({ M: { a: { N: '0' }, t: { N: '5' } } });
    expect(holds()).toEqual([hold('req_1', 0)]);
  });

  it('is refused in one look where there is no wallet, or too little in it', async () => {
    const { wallets, items, requests } = open(10);
    expect(await wallets.hold(funded, hold('req_1', 11), [])).toBe(false);
    expect(requests).toHaveLength(2);
    items.clear();
    expect(await wallets.hold(funded, hold('req_2', 1), [])).toBe(false);
    expect(requests).toHaveLength(4);
  });

  it('is tried three times while credit comes and goes, and then refused', async () => {
    const { wallets, requests, hooks, setAvailable } = open(10);
    hooks.before = (number) => void setAvailable(number % 2 === 1 ? 0 : 11);
    expect(await wallets.hold(funded, hold('req_1', 11), [])).toBe(false);
    expect(requests).toHaveLength(6);
  });

  it('is tried again with credit that came back', async () => {
    const { wallets, requests, hooks, setAvailable, money } = open(1);
    hooks.before = (number) => void (number === 2 && setAvailable(2));
    expect(await wallets.hold(funded, hold('req_1', 2), [])).toBe(true);
    expect([money(), requests.length]).toEqual([[1, 0], 3]);
  });

  it('of nothing is not tried again without credit, and is with the least', async () => {
    const { wallets, requests, hooks, setAvailable } = open(0);
    expect(await wallets.hold(funded, hold('req_1', 0), [])).toBe(false);
    expect(requests).toHaveLength(2);
    hooks.before = (number) => void (number === 4 && setAvailable(1));
    expect(await wallets.hold(funded, hold('req_2', 0), [])).toBe(true);
  });

  it('counts under each cap as long as less than it is spent', async () => {
    const { wallets, spent, money } = open(1000);
    const caps = [cap('day', 100), cap('month', 101)];
    const counters = ['day', 'month'];
    expect(await wallets.hold(funded, hold('req_1', 99, counters), caps)).toBe(true);
    expect(await wallets.hold(funded, hold('req_2', 1, counters), caps)).toBe(true);
    expect(await wallets.hold(funded, hold('req_3', 1, counters), caps)).toEqual(caps[0]);
    expect(await wallets.hold(funded, hold('req_4', 1, ['month']), caps.slice(1))).toBe(true);
    expect(await wallets.hold(funded, hold('req_5', 1, counters), caps)).toEqual(caps[0]);
    expect(await wallets.hold(funded, hold('req_6', 1, ['month']), caps.slice(1))).toEqual(caps[1]);
    expect([spent(), money()]).toEqual([{ day: 100, month: 101 }, [1000, 899]]);
  });

  it('names the cap that is reached, before credit that is short, and asks nobody about a cap of nothing', async () => {
    const { wallets, requests } = open(10);
    expect(await wallets.hold(funded, hold('req_0', 1, ['none']), [cap('none', 0)])).toEqual(cap('none', 0));
    expect(requests).toHaveLength(0);
    await wallets.hold(funded, hold('req_1', 10, ['day']), [cap('day', 10)]);
    expect(await wallets.hold(funded, hold('req_2', 1, ['day']), [cap('day', 10)])).toEqual(cap('day', 10));
    // Under its cap, and without credit: it is the credit that is told.
    expect(await wallets.hold(funded, hold('req_3', 1, ['day']), [cap('day', 11)])).toBe(false);
  });

  it('is placed once, however often it is sent', async () => {
    const { wallets, hooks, money, spent, requests } = open(1000);
    const caps = [cap('day', 5000)];
    for (let i = 0; i < 3; i++) expect(await wallets.hold(funded, hold('req_1', 400, ['day']), caps)).toBe(true);
    expect([money(), spent()]).toEqual([[1000, 600], { day: 400 }]);
    requests.length = 0;
    hooks.after = (number) => {
      if (number === 1) throw lost;
    };
    await expect(wallets.hold(funded, hold('req_2', 100), [])).rejects.toBe(lost);
    expect(await wallets.hold(funded, hold('req_2', 100), [])).toBe(true);
    expect(money()).toEqual([1000, 500]);
  });

  it('in the wallet of an API key only counts', async () => {
    const { wallets, spent, holds, itemOf } = open(0);
    expect(await wallets.hold(counting, hold('req_1', 9e9, ['total']), [cap('total', 1e10)])).toBe(true);
    expect(await wallets.hold(counting, hold('req_2', 5), [])).toBe(true);
    expect(await wallets.hold(counting, hold('req_3', 2e9, ['total']), [cap('total', 1e10)])).toBe(true);
    expect(await wallets.hold(counting, hold('req_4', 1, ['total']), [cap('total', 1e10)])).toEqual(cap('total', 1e10));
    expect(spent(counting)).toEqual({ total: 11e9 });
    expect(holds(counting).map(({ requestId, amount }) => [requestId, amount])).toEqual([
      ['req_1', 9e9],
      ['req_2', 5],
      ['req_3', 2e9],
    ]);
    expect(Object.keys(itemOf(counting))).not.toContain('available');
  });
});

describe('a hold that ends', () => {
  it('costs what it cost, more or less, in money and counters alike', async () => {
    const { wallets, money, spent, holds } = open(1000);
    for (const [requestId, cost] of [
      ['req_1', 30],
      ['req_2', 130],
    ] as const) {
      await wallets.hold(funded, hold(requestId, 100, ['day', 'month']), [cap('day', 1000), cap('month', 2000)]);
      await wallets.settle(funded, requestId, 100, ['day', 'month'], cost);
    }
    expect([money(), spent(), holds()]).toEqual([[840, 840], { day: 160, month: 160 }, []]);
  });

  it('counts from nothing where the sweep has dropped its counter meanwhile', async () => {
    const { wallets, items, itemOf, spent } = open(1000);
    await wallets.hold(funded, hold('req_1', 100, ['day']), [cap('day', 1000)]);
    const { [attributeOf.counter('day')]: _dropped, ...rest } = itemOf(funded);
    items.set(nameOf(funded.key), rest);
    await wallets.settle(funded, 'req_1', 100, ['day'], 30);
    expect(spent()).toEqual({ day: -70 });
  });

  it('ends once', async () => {
    const { wallets, money, hooks, requests } = open(1000);
    await wallets.hold(funded, hold('req_1', 100), []);
    requests.length = 0;
    hooks.after = (number) => {
      if (number === 1) throw lost;
    };
    await expect(wallets.settle(funded, 'req_1', 100, [], 40)).rejects.toBe(lost);
    await wallets.settle(funded, 'req_1', 100, [], 40);
    await wallets.settle(funded, 'req_1', 100, [], 40);
    expect(money()).toEqual([960, 960]);
  });

  it('in the wallet of an API key is counted at its cost', async () => {
    const { wallets, spent, holds, itemOf } = open(0);
    await wallets.hold(counting, hold('req_1', 100, ['total']), [cap('total', 1000)]);
    await wallets.settle(counting, 'req_1', 100, ['total'], 40);
    expect([spent(counting), holds(counting)]).toEqual([{ total: 40 }, []]);
    expect(Object.keys(itemOf(counting)).sort()).toEqual(['pk', 'sk', 'spent:total']);
  });

  it('is charged at what is left of it when it lapsed in between', async () => {
    const { wallets, money, spent, holds } = open(1000);
    await wallets.hold(funded, hold('req_1', 400, ['day']), [cap('day', 500)]);
    await wallets.lapse(funded, 'req_1', 400, ['day']);
    expect([money(), spent(), holds()]).toEqual([[1000, 1000], { day: 0 }, [hold('req_1', 0, ['day'])]]);
    await wallets.lapse(funded, 'req_1', 400, ['day']);
    await wallets.lapse(funded, 'req_2', 400, ['day']);
    expect([money(), spent()]).toEqual([[1000, 1000], { day: 0 }]);
    await wallets.settle(funded, 'req_1', 400, ['day'], 70);
    expect([money(), spent(), holds()]).toEqual([[930, 930], { day: 70 }, []]);
  });

  it('lapses in the wallet of an API key, and without counters', async () => {
    const { wallets, money, spent, holds } = open(1000);
    await wallets.hold(counting, hold('req_1', 100, ['total']), [cap('total', 1000)]);
    await wallets.lapse(counting, 'req_1', 100, ['total']);
    expect([spent(counting), holds(counting)]).toEqual([{ total: 0 }, [hold('req_1', 0, ['total'])]]);
    await wallets.hold(funded, hold('req_2', 100), []);
    await wallets.lapse(funded, 'req_2', 100, []);
    expect([money(), holds()]).toEqual([[1000, 1000], [hold('req_2', 0)]]);
  });

  it('is settled at the third try at the latest, or told', async () => {
    for (const [changes, ends] of [
      [2, true],
      [3, false],
    ] as const) {
      const { wallets, items, itemOf, money, hooks, requests } = open(1000);
      await wallets.hold(funded, hold('req_1', 10), []);
      const asked = requests.length;
      let changed = 0;
      hooks.before = (number) => {
        if ((number - asked) % 2 === 0 || changed++ >= changes) return;
        const a = { N: String(10 + changed) };
        items.set(nameOf(funded.key), { ...itemOf(funded), [attributeOf.hold('req_1')]: { M: { a, t: { N: '5' } } } });
      };
      const settling = wallets.settle(funded, 'req_1', 10, [], 4);
      if (ends) await settling;
      else await expect(settling).rejects.toThrow('three times');
      expect(money()[0]).toBe(ends ? 996 : 1000);
      expect(requests.length - asked).toBe(ends ? 5 : 6);
    }
  });

  it('does nothing when there is none', async () => {
    const { wallets, money, requests, items } = open(1000);
    await wallets.settle(funded, 'req_1', 10, [], 4);
    expect([money(), requests.length]).toEqual([[1000, 1000], 2]);
    items.clear();
    await wallets.settle(funded, 'req_1', 10, [], 4);
    expect(items.size).toBe(0);
  });
});

describe('a charge', () => {
  it('is taken once, whatever the balance, though its note arrived before', async () => {
    const { wallets, ledger, money, holds } = open(100);
    expect(await wallets.note(funded, 'req_1', 5)).toBe(true);
    expect(holds()).toEqual([hold('req_1', 0)]);
    expect(await wallets.note(funded, 'req_1', 6)).toBe(true);
    expect(holds()).toEqual([hold('req_1', 0)]);
    await ledger.charge(id, 'req_1', 300);
    expect([money(), holds()]).toEqual([[-200, -200], []]);
  });

  it('takes two requests', async () => {
    const { ledger, requests } = open(100);
    await ledger.charge(id, 'req_1', 30);
    expect(requests).toHaveLength(2);
  });

  it('is noted with its time, so that the sweep finds it when its answer is lost', async () => {
    const { ledger, hooks, holds, money } = open(100);
    hooks.after = (number) => {
      if (number === 1) throw lost;
    };
    await expect(ledger.charge(id, 'req_1', 30)).rejects.toBe(lost);
    expect([holds(), money()]).toEqual([[{ ...hold('req_1', 0), at: 77 }], [100, 100]]);
    await ledger.charge(id, 'req_1', 30);
    expect([holds(), money()]).toEqual([[], [70, 70]]);
  });

  it('makes no wallet where there is none', async () => {
    const { ledger, wallets, items, requests } = open(100);
    items.clear();
    expect(await wallets.note(funded, 'req_1', 5)).toBe(false);
    requests.length = 0;
    await ledger.charge(id, 'req_1', 30);
    expect([items.size, requests.length]).toEqual([0, 2]);
  });
});

describe('the ledger', () => {
  const caps: HoldCaps = { fallback: [cap('w', 500)], apiKey: { id: keyId, caps: [cap('k', 300), cap('l', 700)] } };

  it('places a hold in both wallets, the workspace’s naming the API key, and settles both', async () => {
    const { ledger, holds, spent, money } = open(1000);
    expect(await ledger.hold(id, 'req_1', 400, caps)).toBe(true);
    expect(holds()).toEqual([
      { requestId: 'req_1', amount: 400, at: 77, counters: ['w'], apiKey: { id: keyId, counters: ['k', 'l'] } },
    ]);
    expect(holds(counting)).toEqual([{ ...hold('req_1', 400, ['k', 'l']), at: 77 }]);
    expect([spent(), spent(counting), money()]).toEqual([{ w: 400 }, { k: 400, l: 400 }, [1000, 600]]);
    await ledger.settle(id, 'req_1', toHold(400, caps), 150);
    expect([spent(), spent(counting), money()]).toEqual([{ w: 150 }, { k: 150, l: 150 }, [850, 850]]);
    expect([holds(), holds(counting)]).toEqual([[], []]);
  });

  it('ends the workspace’s part last', async () => {
    const { ledger, holds, hooks, requests } = open(1000);
    await ledger.hold(id, 'req_1', 200, caps);
    const asked = requests.length;
    hooks.after = (number) => {
      if (number === asked + 1) throw lost;
    };
    await expect(ledger.settle(id, 'req_1', toHold(200, caps), 150)).rejects.toBe(lost);
    expect([holds().length, holds(counting).length]).toEqual([1, 0]);
  });

  it('gives the workspace’s part back when the API key may not spend', async () => {
    const { ledger, holds, money, spent } = open(1000);
    await ledger.hold(id, 'req_1', 300, caps);
    expect(await ledger.hold(id, 'req_2', 10, caps)).toEqual(cap('k', 300));
    expect([money(), spent(), spent(counting)]).toEqual([[1000, 700], { w: 300 }, { k: 300, l: 300 }]);
    expect(holds()).toHaveLength(1);
  });

  it('asks nothing of the API key when the workspace has nothing, or the key no caps', async () => {
    const { ledger, items, holds, money, spent } = open(1000);
    expect(await ledger.hold(id, 'req_1', 1001, caps)).toBe(false);
    expect(await ledger.hold(id, 'req_2', 500, { ...caps, apiKey: null })).toBe(true);
    expect(await ledger.hold(id, 'req_3', 1, caps)).toEqual(cap('w', 500));
    expect(items.size).toBe(1);
    expect(holds()).toEqual([{ ...hold('req_2', 500, ['w']), at: 77 }]);
    await ledger.settle(id, 'req_2', toHold(500, { ...caps, apiKey: null }), 5);
    expect([money(), spent(), items.size]).toEqual([[995, 995], { w: 5 }, 1]);
  });

  it('loses no money and invents none, whatever happens in whatever order', async () => {
    const step = fc.record({
      request: fc.nat(4),
      act: fc.constantFrom('hold', 'settle', 'lapse', 'charge'),
      amount: fc.nat(400),
      cost: fc.nat(600),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 20 }), async (steps) => {
        const { ledger, wallets, money, holds, spent } = open(1000);
        let charged = 0;
        for (const { request, act, amount, cost } of steps) {
          const requestId = `req_${request}`;
          const known = holds().find((each) => each.requestId === requestId);
          if (act === 'hold') await ledger.hold(id, requestId, amount, { fallback: [cap('w', 900)], apiKey: null });
          if (act === 'settle' && known) {
            await ledger.settle(id, requestId, known, cost);
            charged += cost;
          }
          if (act === 'lapse' && known) await wallets.lapse(funded, requestId, known.amount, known.counters);
          if (act === 'charge' && !known) {
            await ledger.charge(id, requestId, cost);
            charged += cost;
          }
          const held = holds().reduce((sum, each) => sum + each.amount, 0);
          expect(money()).toEqual([1000 - charged, 1000 - charged - held]);
          expect((spent().w ?? 0) - held).toBeGreaterThanOrEqual(0);
        }
      }),
      { numRuns: 50 },
    );
  });
});

it('what is no hold or counter in an item is none', () => {
  const item = {
    'hold:req_1': { S: 'no map' },
    'xhold:a': { M: { a: { N: '1' } } },
    'xspent:a': { N: '1' },
    pk: { S: '' },
  };
  expect([readHolds(item), readSpent(item)]).toEqual([[], {}]);
  expect(readHolds({ 'hold:req_2': { M: { k: { S: 'ak_1' } } } })).toEqual([
    { requestId: 'req_2', amount: 0, at: 0, counters: [], apiKey: { id: 'ak_1', counters: [] } },
  ]);
  expect([attributeOf.hold('a'), attributeOf.counter('b')]).toEqual(['hold:a', 'spent:b']);
});
