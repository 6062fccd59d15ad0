import {
  BatchGetItemCommand,
  type BatchGetItemCommandInput,
  type BatchGetItemCommandOutput,
  type DynamoDBClient,
} from '@aws-sdk/client-dynamodb';
import { StoreUnavailable } from '../../core/ports.ts';
import type { Item } from '../config/config-items.ts';

export type BatchGet = (
  input: BatchGetItemCommandInput,
) => Promise<Pick<BatchGetItemCommandOutput, 'Responses' | 'UnprocessedKeys'>>;

export function batchGetOf(client: DynamoDBClient): BatchGet {
  return (input) => client.send(new BatchGetItemCommand(input));
}

/** How often in a row DynamoDB may give nothing. */
const mostRounds = 4;

/**
 * The items of up to a hundred keys, in any order; those that do not exist are left out. BatchGetItem leaves keys unprocessed when it is
 * throttled or the answer would be too large: they are asked for again. Throws `StoreUnavailable` when it keeps giving nothing.
 */
export async function readItems(get: BatchGet, table: string, keys: Item[], ConsistentRead: boolean): Promise<Item[]> {
  const found: Item[] = [];
  let rest = keys;
  let round = 0;
  while (rest.length > 0) {
    if (round === mostRounds) throw new StoreUnavailable('DynamoDB: keys of a BatchGetItem stay unprocessed.');
    if (round > 0) await new Promise((resolve) => setTimeout(resolve, 20 * 2 ** round));
    const answer = await get({ RequestItems: { [table]: { Keys: rest, ConsistentRead } } });
    const items = answer.Responses?.[table] ?? [];
    found.push(...items);
    rest = answer.UnprocessedKeys?.[table]?.Keys ?? [];
    round = items.length > 0 ? 1 : round + 1;
  }
  return found;
}
