import { type DynamoDBClient, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import type { WindowCounts } from '../../core/ports.ts';
import { key, number, partition, readNumber, refOfApiKeyId, sortKeys } from './config-items.ts';

/** `partitionOf`: where they lie, if not with everything else of the workspace. One item per API key and window, one ADD per count. A write that the SDK repeats may count twice: a limit errs on the strict side. */
export function createWindowCounts(client: DynamoDBClient, table: string, partitionOf = partition): WindowCounts {
  return {
    async add(workspaceId, apiKeyId, window, { requests, tokens }) {
      const answer = await client.send(
        new UpdateItemCommand({
          TableName: table,
          Key: key(partitionOf(workspaceId), sortKeys.window(refOfApiKeyId(apiKeyId), window.name)),
          UpdateExpression: 'ADD requests :requests, tokens :tokens SET expires_at = :expires',
          ExpressionAttributeValues: {
            ':requests': number(requests),
            ':tokens': number(tokens),
            ':expires': number(Math.ceil(window.endsAt / 1000) + 3600),
          },
          ReturnValues: 'ALL_NEW',
        }),
      );
      return { requests: readNumber(answer.Attributes?.requests), tokens: readNumber(answer.Attributes?.tokens) };
    },
  };
}
