import { type AttributeValue, type DynamoDBClient, GetItemCommand, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import type { NanoUsd } from '../../core/billing/money.ts';
import type { Hold } from '../../core/billing/spend-caps.ts';
import { reachedCap, type SpendCap } from '../../core/billing/spend-caps.ts';
import { type Item, number, readNumber } from '../config/config-items.ts';
import { ifCondition } from '../dynamodb/dynamodb.ts';

/**
 * Money that is set aside and spent, in one item: every movement is one conditional update of it, so it is atomic without
 * a transaction. A hold is an attribute `hold:<request id>`, what caps count is an attribute `spent:<counter>`. The hold's
 * own attribute is the condition of each movement, and what makes it happen once, however often it is sent.
 *
 * The workspace's wallet also has `balance` and `available`; the wallet of an API key only counts.
 */
export interface WalletHold extends Hold {
  requestId: string;
  /** Epoch ms. */
  at: number;
}

export interface Wallet {
  /** Whether `balance` and `available` are part of it. */
  funded: boolean;
  key: Item;
}

const holdPrefix = 'hold:';
const spentPrefix = 'spent:';

export function createWallets(client: DynamoDBClient, table: string) {
  const read = async (wallet: Wallet): Promise<Item | null> => {
    const answer = await client.send(new GetItemCommand({ TableName: table, Key: wallet.key, ConsistentRead: true }));
    return answer.Item ?? null;
  };
  const update = (wallet: Wallet, movement: Movement) =>
    ifCondition(
      client.send(
        new UpdateItemCommand({
          TableName: table,
          Key: wallet.key,
          UpdateExpression: `SET ${movement.set.join(', ')}${movement.remove ? ` REMOVE ${movement.remove}` : ''}`,
          ConditionExpression: movement.conditions.join(' AND '),
          ExpressionAttributeNames: movement.names,
          ExpressionAttributeValues: movement.values,
        }),
      ),
    );

  return {
    /** True: the amount is set aside, now or already. False: there is not so much. */
    async hold(wallet: Wallet, hold: WalletHold, caps: SpendCap[]): Promise<boolean | SpendCap> {
      const hopeless = reachedCap(caps, {});
      if (hopeless) return hopeless;
      for (let round = 0; round < 3; round++) {
        if (await update(wallet, holding(wallet, hold, caps))) return true;
        const item = await read(wallet);
        if (item?.[holdPrefix + hold.requestId]) return true;
        const cap = item && reachedCap(caps, readSpent(item));
        if (cap) return cap;
        // Otherwise it was the credit, unless another request has just given some back.
        if (wallet.funded && (item === null || readNumber(item.available) < Math.max(1, hold.amount))) return false;
      }
      return false;
    },

    /** Notes that a charge is due, whatever the balance. False: there is no such item. */
    async note(wallet: Wallet, requestId: string, at: number): Promise<boolean> {
      const done = await update(wallet, {
        set: ['#h = :hold'],
        conditions: ['attribute_exists(pk)', 'attribute_not_exists(#h)'],
        names: { '#h': holdPrefix + requestId },
        values: { ':hold': toAttribute({ requestId, amount: 0, at, counters: [], apiKey: null }) },
      });
      return done || (await read(wallet))?.[holdPrefix + requestId] !== undefined;
    },

    /** Ends a hold at its cost. A hold that lapsed in the meantime is charged all the same; one that is gone was settled. */
    async settle(wallet: Wallet, requestId: string, amount: NanoUsd, counters: string[], cost: NanoUsd): Promise<void> {
      let held = amount;
      for (let round = 0; round < 3; round++) {
        if (await update(wallet, { ...moving(wallet, requestId, held, counters, held - cost, cost), remove: '#h' }))
          return;
        const known = (await read(wallet))?.[holdPrefix + requestId];
        if (known === undefined) return;
        held = readNumber(known.M?.a);
      }
      throw new Error('A hold changed three times while it was settled.');
    },

    /** Gives back what is set aside and keeps the empty hold. */
    async lapse(wallet: Wallet, requestId: string, amount: NanoUsd, counters: string[]): Promise<void> {
      const back = moving(wallet, requestId, amount, counters, amount, 0);
      await update(wallet, {
        ...back,
        set: [...back.set, '#h.a = :none'],
        values: { ...back.values, ':none': number(0) },
      });
    },
  };
}

interface Movement {
  set: string[];
  remove?: string;
  conditions: string[];
  names: Record<string, string>;
  values: Item;
}

function holding(wallet: Wallet, hold: WalletHold, caps: SpendCap[]): Movement {
  return {
    set: [
      '#h = :hold',
      ...(wallet.funded ? ['available = available - :amount'] : []),
      ...caps.map((_, i) => `#c${i} = if_not_exists(#c${i}, :zero) + :amount`),
    ],
    conditions: [
      'attribute_not_exists(#h)',
      ...(wallet.funded ? ['available >= :amount', 'available > :zero'] : []),
      ...caps.map((_, i) => `(attribute_not_exists(#c${i}) OR #c${i} < :limit${i})`),
    ],
    names: named(hold.requestId, hold.counters),
    values: {
      ':hold': toAttribute(hold),
      ...((wallet.funded || caps.length > 0) && { ':amount': number(hold.amount), ':zero': number(0) }),
      ...Object.fromEntries(caps.map(({ limit }, i) => [`:limit${i}`, number(limit)])),
    },
  };
}

function moving(
  wallet: Wallet,
  requestId: string,
  held: NanoUsd,
  counters: string[],
  back: NanoUsd,
  cost: NanoUsd,
): Movement {
  return {
    set: [
      ...(wallet.funded ? ['balance = balance - :cost', 'available = available + :back'] : []),
      ...counters.map((_, i) => `#c${i} = if_not_exists(#c${i}, :zero) - :back`),
    ],
    conditions: ['#h.a = :held'],
    names: named(requestId, counters),
    values: {
      ':held': number(held),
      ':back': number(back),
      ...(wallet.funded && { ':cost': number(cost) }),
      ...(counters.length > 0 && { ':zero': number(0) }),
    },
  };
}

function named(requestId: string, counters: string[]): Record<string, string> {
  return {
    '#h': holdPrefix + requestId,
    ...Object.fromEntries(counters.map((counter, i) => [`#c${i}`, spentPrefix + counter])),
  };
}

/** Short names: every byte of the item is paid for with each movement. */
function toAttribute({ amount, at, counters, apiKey }: WalletHold): AttributeValue {
  const texts = (list: string[]): AttributeValue => ({ L: list.map((text) => ({ S: text })) });
  return {
    M: {
      a: number(amount),
      t: number(at),
      ...(counters.length > 0 && { c: texts(counters) }),
      ...(apiKey !== null && { k: { S: apiKey.id }, kc: texts(apiKey.counters) }),
    },
  };
}

export function readHolds(item: Item): WalletHold[] {
  const texts = (value: AttributeValue | undefined) => (value?.L ?? []).map((each) => each.S ?? '');
  return Object.entries(item).flatMap(([name, { M }]) => {
    if (!name.startsWith(holdPrefix) || M === undefined) return [];
    const apiKey = M.k?.S === undefined ? null : { id: M.k.S, counters: texts(M.kc) };
    return [
      {
        requestId: name.slice(holdPrefix.length),
        amount: readNumber(M.a),
        at: readNumber(M.t),
        counters: texts(M.c),
        apiKey,
      },
    ];
  });
}

/** When the holds were placed, epoch ms. */
export function readHoldTimes(item: Item): number[] {
  return Object.entries(item).flatMap(([name, { M }]) =>
    name.startsWith(holdPrefix) && M !== undefined ? [readNumber(M.t)] : [],
  );
}

export function readSpent(item: Item): Record<string, NanoUsd> {
  return Object.fromEntries(
    Object.entries(item).flatMap(([name, value]) =>
      name.startsWith(spentPrefix) ? [[name.slice(spentPrefix.length), readNumber(value)] as const] : [],
    ),
  );
}

/** The attributes to remove when a hold or counters are dropped. */
export const attributeOf = {
  hold: (requestId: string) => holdPrefix + requestId,
  counter: (counter: string) => spentPrefix + counter,
};
