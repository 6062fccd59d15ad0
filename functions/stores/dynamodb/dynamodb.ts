import {
  type AttributeValue,
  ConditionalCheckFailedException,
  DynamoDBClient,
  type DynamoDBClientConfig,
  QueryCommand,
  type QueryCommandInput,
  type QueryCommandOutput,
} from '@aws-sdk/client-dynamodb';
import { tellOutages } from './outages.ts';
import { createRequestHandler } from './request-handler.ts';

/** The client of all tables. Its endpoint, region and credentials are the SDK's business unless `where` names them. */
export function createDynamoDb(
  where: Pick<DynamoDBClientConfig, 'endpoint' | 'region' | 'credentials'> = {},
): DynamoDBClient {
  return tellOutages(
    new DynamoDBClient({ ...where, maxAttempts: 3, requestHandler: createRequestHandler(512) }),
    'DynamoDB',
  );
}

/** Runs a conditional write; false when its condition did not hold. */
export async function ifCondition(write: Promise<unknown>): Promise<boolean> {
  try {
    await write;
    return true;
  } catch (error) {
    if (error instanceof ConditionalCheckFailedException) return false;
    throw error;
  }
}

/** The items of a query, page after page, as they are taken. */
export async function* queryPages(
  client: DynamoDBClient,
  query: QueryCommandInput,
): AsyncGenerator<Record<string, AttributeValue>[]> {
  let start: QueryCommandInput['ExclusiveStartKey'];
  do {
    const page: QueryCommandOutput = await client.send(new QueryCommand({ ...query, ExclusiveStartKey: start }));
    yield page.Items ?? [];
    start = page.LastEvaluatedKey;
  } while (start);
}
