import { type DynamoDBClient, GetItemCommand, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { shareOf } from '../../core/billing/balance-shards.ts';
import type { NanoUsd } from '../../core/billing/money.ts';
import type { Balance } from '../../core/ports.ts';
import { type Item, key, number, partition, readBalance, readNumber, sortKeys } from '../config/config-items.ts';
import { ifCondition } from '../dynamodb/dynamodb.ts';
import { type BatchGet, batchGetOf, readItems } from '../dynamodb/read-items.ts';

/**
 * Credit that lies outside of a workspace's balance item, in shards with partitions of their own. A shard's `available` is what it was
 * given less what is held and spent there; its `balance` begins at nothing and sinks by what was spent. So the balance of a workspace is
 * the sum of `balance` over all its items at every moment, and moving credit between them changes no balance.
 *
 * Credit moves in three updates, each conditional on the number of the transfer between these two items (`n`), which only grows:
 *
 *   1  giver   available - a, given {n, a}       if the transfer before (n - 1) has arrived, and a is available
 *   2  taker   available + a, taken n            if taken is n - 1
 *   3  giver   given {n, 0}: it has arrived      if given is n
 *
 * Why nothing is lost or added twice: a number is used for one amount (1), and each is taken once (2), however late a repeated write comes.
 * A crash after 1 or 2 leaves `given` with an amount, and whoever sees it does 2 and 3 again; 2 fails when it was done, and then 3 follows
 * all the same. Meanwhile the amount is nobody's: it counts as held.
 */
export interface Shards {
  /** Gives a shard credit for a hold of `amount`. False: there is not enough to spread; true: it is worth another try. */
  refill(workspaceId: string, shard: number, amount: NanoUsd): Promise<boolean>;
  /** Brings home what is available in the shards, and what they are short of. Whether anything came. */
  gather(workspaceId: string): Promise<boolean>;
  /** Brings home what one shard is short of. */
  level(workspaceId: string, shard: number): Promise<void>;
}

const toPrefix = 'to:';
/** A look at all shards that found nothing holds so long: nobody is to read them all for each request of a flood. */
const emptyMs = 1000;
const manyWorkspaces = 2000;
const zero = number(0);

/** One of two items between which credit moves: where it notes what it gave to the other, and what it took. */
interface Side {
  key: Item;
  given: string;
  taken: string;
}

export function createShards(client: DynamoDBClient, table: string, now: () => number): Shards {
  const gathering = new Map<string, Promise<boolean>>();
  const emptyUntil = new Map<string, number>();
  const read = async (Key: Item): Promise<Item> =>
    (await client.send(new GetItemCommand({ TableName: table, Key, ConsistentRead: true }))).Item ?? {};
  const update = (Key: Item, set: string, condition: string, attribute: [token: string, name: string], values: Item) =>
    ifCondition(
      client.send(
        new UpdateItemCommand({
          TableName: table,
          Key,
          UpdateExpression: `SET ${set}`,
          ConditionExpression: condition,
          ExpressionAttributeNames: Object.fromEntries([attribute]),
          ExpressionAttributeValues: values,
        }),
      ),
    );

  /** Steps 2 and 3. */
  const deliver = async (giver: Side, taker: Side, n: number, amount: NanoUsd): Promise<void> => {
    await update(
      taker.key,
      'balance = if_not_exists(balance, :zero), available = if_not_exists(available, :zero) + :amount, #taken = :n',
      n === 1 ? 'attribute_not_exists(#taken)' : '#taken = :before',
      ['#taken', taker.taken],
      { ':zero': zero, ':amount': number(amount), ':n': number(n), ...(n > 1 && { ':before': number(n - 1) }) },
    );
    await update(giver.key, '#given.a = :zero', '#given.n = :n', ['#given', giver.given], {
      ':zero': zero,
      ':n': number(n),
    });
  };

  /** Ends what a crash has left half-way. Whether there was anything. */
  const finish = async (giver: Side, taker: Side, item: Item): Promise<boolean> => {
    const { n, amount } = readGiven(item, giver);
    if (amount === 0) return false;
    await deliver(giver, taker, n, amount);
    return true;
  };

  /** All three steps. `item`: the giver's, as it was read. False: it has changed since. */
  const give = async (giver: Side, taker: Side, item: Item, amount: NanoUsd): Promise<boolean> => {
    const n = readGiven(item, giver).n + 1;
    const isNext = n === 1 ? 'attribute_not_exists(#given)' : '#given.n = :before AND #given.a = :zero';
    const begun = await update(
      giver.key,
      'available = available - :amount, #given = :given',
      // Below nothing, a shard gives what it is short of: never more of it than there is.
      `${isNext} AND available ${amount > 0 ? '>=' : '<='} :amount`,
      ['#given', giver.given],
      {
        ':amount': number(amount),
        ':given': { M: { n: number(n), a: number(amount) } },
        ...(n > 1 && { ':before': number(n - 1), ':zero': zero }),
      },
    );
    if (begun) await deliver(giver, taker, n, amount);
    return begun;
  };

  const gatherOne = async (workspaceId: string, shard: number, home: Item, known: Item): Promise<boolean> => {
    const [own, its] = sidesOf(workspaceId, shard);
    let came = await finish(own, its, home);
    let item = came ? await read(its.key) : known;
    for (let round = 0; round < 5; round++) {
      if (await finish(its, own, item)) came = true;
      else if (readNumber(item.available) === 0) return came;
      else if (await give(its, own, item, readNumber(item.available))) return true;
      item = await read(its.key);
    }
    return came;
  };
  const gatherAll = async (workspaceId: string): Promise<boolean> => {
    const home = await read(key(partition(workspaceId), sortKeys.balance));
    const items = await readShardItems(client, table, [{ workspaceId, home }], true);
    const known = new Map(items.map(({ shard, item }) => [shard, item]));
    const came = await Promise.all(
      readShards(home).map((shard) => gatherOne(workspaceId, shard, home, known.get(shard) ?? {})),
    );
    return came.includes(true);
  };

  return {
    async refill(workspaceId, shard, amount) {
      const [own, its] = sidesOf(workspaceId, shard);
      const item = await read(own.key);
      if (await finish(own, its, item)) return true;
      const share = shareOf(readNumber(item.available), amount);
      if (share === null) return false;
      // When it fails somebody else is giving at this moment, or there is less by now: the next look tells.
      await give(own, its, item, share);
      return true;
    },

    async gather(workspaceId) {
      if ((emptyUntil.get(workspaceId) ?? 0) > now()) return false;
      const running = gathering.get(workspaceId) ?? gatherAll(workspaceId);
      gathering.set(workspaceId, running);
      try {
        const came = await running;
        if (emptyUntil.size >= manyWorkspaces) emptyUntil.clear();
        if (!came) emptyUntil.set(workspaceId, now() + emptyMs);
        return came;
      } finally {
        gathering.delete(workspaceId);
      }
    },

    async level(workspaceId, shard) {
      const item = await read(shardKey(workspaceId, shard));
      if (readNumber(item.available) < 0) await gatherOne(workspaceId, shard, {}, item);
    },
  };
}

/** The shards of a workspace that were ever given anything, of its balance item. */
export function readShards(home: Item): number[] {
  return Object.keys(home).flatMap((name) => (name.startsWith(toPrefix) ? [Number(name.slice(toPrefix.length))] : []));
}

export function shardKey(workspaceId: string, shard: number): Item {
  return key(`${partition(workspaceId)}#${shard}`, sortKeys.balance);
}

/** The items of shards, by workspace and shard. Those that are not there yet are left out. */
export async function readShardItems(
  client: DynamoDBClient,
  table: string,
  wanted: { workspaceId: string; home: Item }[],
  isConsistent: boolean,
): Promise<{ workspaceId: string; shard: number; item: Item }[]> {
  const known = new Map(
    wanted.flatMap(({ workspaceId, home }) =>
      readShards(home).map((shard) => {
        const Key = shardKey(workspaceId, shard);
        return [Key.pk?.S, { workspaceId, shard, Key }] as const;
      }),
    ),
  );
  const keys = [...known.values()].map(({ Key }) => Key);
  const get: BatchGet = batchGetOf(client);
  const items: Item[] = [];
  for (let start = 0; start < keys.length; start += 100)
    items.push(...(await readItems(get, table, keys.slice(start, start + 100), isConsistent)));
  return items.flatMap((item) => {
    const found = known.get(item.pk?.S);
    return found ? [{ workspaceId: found.workspaceId, shard: found.shard, item }] : [];
  });
}

/** The balance of a workspace over all its items. One call more for workspaces with shards, none for others. */
export async function wholeBalance(
  client: DynamoDBClient,
  table: string,
  workspaceId: string,
  home: Item,
): Promise<Balance> {
  const shards = await readShardItems(client, table, [{ workspaceId, home }], true);
  return sumOf([home, ...shards.map(({ item }) => item)]);
}

export function sumOf(items: Item[]): Balance {
  const balances = items.map(readBalance);
  return {
    balance: balances.reduce((sum, each) => sum + each.balance, 0),
    available: balances.reduce((sum, each) => sum + each.available, 0),
  };
}

function sidesOf(workspaceId: string, shard: number): [home: Side, shard: Side] {
  return [
    {
      key: key(partition(workspaceId), sortKeys.balance),
      given: `${toPrefix}${shard}`,
      taken: `from:${shard}`,
    },
    { key: shardKey(workspaceId, shard), given: 'out', taken: 'in' },
  ];
}

function readGiven(item: Item, { given }: Side): { n: number; amount: NanoUsd } {
  const { n, a } = item[given]?.M ?? {};
  return { n: readNumber(n), amount: readNumber(a) };
}
