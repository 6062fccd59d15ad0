import { type DynamoDBClient, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { shareOf } from '../../core/billing/balance-shards.ts';
import type { NanoUsd } from '../../core/billing/money.ts';
import { type Item, number, readNumber } from '../config/config-items.ts';
import { ifCondition } from '../dynamodb/dynamodb.ts';
import { batchGetOf, readItems } from '../dynamodb/read-items.ts';
import {
  homeKey,
  isUnderWay,
  readGiven,
  readShardItems,
  readShards,
  type Side,
  shardKey,
  sidesOf,
} from './shard-items.ts';

/**
 * Credit that lies outside of a workspace's balance item, in shards with partitions of their own. A shard's `available` is what it was
 * given less what is held and spent there; its `balance` begins at nothing and sinks by what was spent. So the balance of a workspace is
 * the sum of `balance` over all its items at every moment, and moving credit between them changes no balance.
 *
 * Credit moves in two updates, each conditional on the number of the transfer between these two items (`n`), which only grows:
 *
 *   1  giver   available - a, given {n, a}       if given is n - 1, which was seen to have arrived
 *   2  taker   available + a, taken n            if taken is n - 1
 *
 * Why nothing is lost or added twice: a number is used for one amount (1), and each is taken once (2), however late a repeated write comes.
 * A crash between them leaves a `given` that is ahead of `taken`, and whoever sees it does 2: nothing can be given before. What is `taken`
 * stays so, so a look from before is good enough. Meanwhile the amount is nobody's: it counts as held.
 */
export interface Shards {
  /** Gives a shard credit for a hold of `amount`. False: there is not enough to spread; true: it is worth another try. */
  refill(workspaceId: string, shard: number, amount: NanoUsd): Promise<boolean>;
  /** Brings home what is available in the shards, and what they are short of. Whether anything came. */
  gather(workspaceId: string): Promise<boolean>;
  /** Brings home what one shard is short of. */
  level(workspaceId: string, shard: number): Promise<void>;
}

/** A look at all shards that found nothing holds so long: nobody is to read them all for each request of a flood. */
const emptyMs = 1000;
const manyWorkspaces = 2000;

export function createShards(client: DynamoDBClient, table: string, now: () => number): Shards {
  const gathering = new Map<string, Promise<boolean>>();
  const refilling = new Map<string, Promise<boolean>>();
  const emptyUntil = new Map<string, number>();
  const read = (keys: Item[]) => readItems(batchGetOf(client), table, keys, true);
  const readSides = async (workspaceId: string, shard: number): Promise<[home: Side, away: Side]> => {
    const Key = shardKey(workspaceId, shard);
    const items = await read([homeKey(workspaceId), Key]);
    const isAway = ({ pk }: Item) => pk?.S === Key.pk?.S;
    return sidesOf(workspaceId, shard, items.find((item) => !isAway(item)) ?? {}, items.find(isAway) ?? {});
  };
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

  /** Step 2. */
  const deliver = (taker: Side, n: number, amount: NanoUsd): Promise<boolean> =>
    update(
      taker.key,
      'balance = if_not_exists(balance, :zero), available = if_not_exists(available, :zero) + :amount, #taken = :n',
      n === 1 ? 'attribute_not_exists(#taken)' : '#taken = :before',
      ['#taken', taker.taken],
      { ':zero': number(0), ':amount': number(amount), ':n': number(n), ...(n > 1 && { ':before': number(n - 1) }) },
    );

  /** Ends what a crash has left half-way, or somebody else is about to end. Whether there was anything. */
  const finish = async (giver: Side, taker: Side): Promise<boolean> => {
    if (!isUnderWay(giver, taker)) return false;
    const { n, amount } = readGiven(giver);
    await deliver(taker, n, amount);
    return true;
  };

  /** Both steps, after what was given before has arrived. False: the giver has changed since it was read. */
  const give = async (giver: Side, taker: Side, amount: NanoUsd): Promise<boolean> => {
    await finish(giver, taker);
    const n = readGiven(giver).n + 1;
    const isNext = n === 1 ? 'attribute_not_exists(#given)' : '#given.n = :before';
    const begun = await update(
      giver.key,
      'available = available - :amount, #given = :given',
      // Below nothing, a shard gives what it is short of: never more of it than there is.
      `${isNext} AND available ${amount > 0 ? '>=' : '<='} :amount`,
      ['#given', giver.given],
      {
        ':amount': number(amount),
        ':given': { M: { n: number(n), a: number(amount) } },
        ...(n > 1 && { ':before': number(n - 1) }),
      },
    );
    if (begun) await deliver(taker, n, amount);
    return begun;
  };

  /** Brings home what is available in a shard, or what it is short of. Whether anything moved. */
  const empty = async (workspaceId: string, shard: number, [home, away]: [Side, Side]): Promise<boolean> => {
    let sides: [Side, Side] = [home, away];
    let came = await finish(away, home);
    if (await finish(home, away)) {
      came = true;
      sides = await readSides(workspaceId, shard);
    }
    for (let round = 0; round < 5; round++) {
      const available = readNumber(sides[1].item.available);
      if (available === 0) return came;
      if (await give(sides[1], sides[0], available)) return true;
      sides = await readSides(workspaceId, shard);
    }
    return came;
  };
  const gatherAll = async (workspaceId: string): Promise<boolean> => {
    const [home = {}] = await read([homeKey(workspaceId)]);
    const items = await readShardItems(client, table, [{ workspaceId, home }], true);
    const known = new Map(items.map(({ shard, item }) => [shard, item]));
    const came = await Promise.all(
      readShards(home).map((shard) =>
        empty(workspaceId, shard, sidesOf(workspaceId, shard, home, known.get(shard) ?? {})),
      ),
    );
    return came.includes(true);
  };
  const refill = async (workspaceId: string, shard: number, amount: NanoUsd): Promise<boolean> => {
    const [home, away] = await readSides(workspaceId, shard);
    if (await finish(home, away)) return true;
    const share = shareOf(readNumber(home.item.available), amount);
    if (share === null) return false;
    // When it fails somebody else is giving at this moment, or there is less by now: the next look tells.
    await give(home, away, share);
    return true;
  };

  return {
    refill: (workspaceId, shard, amount) =>
      once(refilling, `${workspaceId} ${shard}`, () => refill(workspaceId, shard, amount)),

    async gather(workspaceId) {
      if ((emptyUntil.get(workspaceId) ?? 0) > now()) return false;
      const came = await once(gathering, workspaceId, () => gatherAll(workspaceId));
      if (emptyUntil.size >= manyWorkspaces) emptyUntil.clear();
      if (!came) emptyUntil.set(workspaceId, now() + emptyMs);
      return came;
    },

    async level(workspaceId, shard) {
      const sides = await readSides(workspaceId, shard);
      if (readNumber(sides[1].item.available) < 0) await empty(workspaceId, shard, sides);
    },
  };
}

/** What several ask for at the same moment is done once. */
async function once<T>(running: Map<string, Promise<T>>, name: string, run: () => Promise<T>): Promise<T> {
  const known = running.get(name);
  if (known !== undefined) return known;
  const started = run().finally(() => running.delete(name));
  running.set(name, started);
  return started;
}
