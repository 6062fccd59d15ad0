import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { NanoUsd } from '../../core/billing/money.ts';
import type { Balance } from '../../core/ports.ts';
import { type Item, key, partition, readBalance, readNumber, sortKeys } from '../config/config-items.ts';
import { batchGetOf, readItems } from '../dynamodb/read-items.ts';

/* The items that a balance lies in, read; shards.ts moves credit between them. */

const toPrefix = 'to:';

/** One of two items between which credit moves, as it was read: where it notes what it gave to the other, and what it took. */
export interface Side {
  key: Item;
  given: string;
  taken: string;
  item: Item;
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
  const get = batchGetOf(client);
  const items: Item[] = [];
  for (let start = 0; start < keys.length; start += 100)
    items.push(...(await readItems(get, table, keys.slice(start, start + 100), isConsistent)));
  return items.flatMap((item) => {
    const found = known.get(item.pk?.S);
    return found ? [{ workspaceId: found.workspaceId, shard: found.shard, item }] : [];
  });
}

/** Whether credit lies in shards, or is on its way. */
export function isSpread(workspaceId: string, home: Item, shards: { shard: number; item: Item }[]): boolean {
  const items = new Map(shards.map(({ shard, item }) => [shard, item]));
  return readShards(home).some((shard) => {
    const [own, away] = sidesOf(workspaceId, shard, home, items.get(shard) ?? {});
    return readNumber(away.item.available) !== 0 || isUnderWay(own, away) || isUnderWay(away, own);
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

export function homeKey(workspaceId: string): Item {
  return key(partition(workspaceId), sortKeys.balance);
}

export function sidesOf(workspaceId: string, shard: number, home: Item, away: Item): [home: Side, away: Side] {
  return [
    { key: homeKey(workspaceId), given: `${toPrefix}${shard}`, taken: `from:${shard}`, item: home },
    { key: shardKey(workspaceId, shard), given: 'out', taken: 'in', item: away },
  ];
}

/** Whether the taker has not had, when it was read, what was given last. */
export function isUnderWay(giver: Side, taker: Side): boolean {
  return readGiven(giver).n > readNumber(taker.item[taker.taken]);
}

export function readGiven({ item, given }: Side): { n: number; amount: NanoUsd } {
  const { n, a } = item[given]?.M ?? {};
  return { n: readNumber(n), amount: readNumber(a) };
}
