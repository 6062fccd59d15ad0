import { type DynamoDBClient, GetItemCommand, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import type { PriceOverride } from '../../core/catalogue/price-overrides.ts';
import type { Prices } from '../../core/ports.ts';
import { document, key, priceList } from './config-items.ts';

/** All overrides in one item, an attribute for each model: one read brings them, and its 400 KB hold well over a thousand. */
export function createPrices(client: DynamoDBClient, table: string): Prices {
  const Key = key(priceList, priceList);

  return {
    async list() {
      const answer = await client.send(new GetItemCommand({ TableName: table, Key, ConsistentRead: true }));
      return Object.entries(answer.Item ?? {}).flatMap(([name, value]): PriceOverride[] =>
        name.startsWith('price:') ? [JSON.parse(value.S ?? 'null')] : [],
      );
    },

    async put(override) {
      await client.send(
        new UpdateItemCommand({
          TableName: table,
          Key,
          UpdateExpression: 'SET #id = :price',
          ExpressionAttributeNames: { '#id': `price:${override.id}` },
          ExpressionAttributeValues: { ':price': document(override) },
        }),
      );
    },

    async remove(id) {
      const answer = await client.send(
        new UpdateItemCommand({
          TableName: table,
          Key,
          UpdateExpression: 'REMOVE #id',
          ExpressionAttributeNames: { '#id': `price:${id}` },
          ReturnValues: 'UPDATED_OLD',
        }),
      );
      return Object.keys(answer.Attributes ?? {}).length > 0;
    },
  };
}
