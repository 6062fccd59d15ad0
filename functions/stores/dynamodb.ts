import { ConditionalCheckFailedException, DynamoDBClient, type DynamoDBClientConfig } from '@aws-sdk/client-dynamodb';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import { tellOutages } from './outages.ts';

/** The client of all tables. Its endpoint, region and credentials are the SDK's business unless `where` names them. */
export function createDynamoDb(where: Pick<DynamoDBClientConfig, 'endpoint' | 'region' | 'credentials'> = {}): DynamoDBClient {
  const client = new DynamoDBClient({
    ...where,
    maxAttempts: 3,
    requestHandler: new NodeHttpHandler({
      connectionTimeout: 1000,
      requestTimeout: 2000,
      throwOnRequestTimeout: true,
      httpAgent: { maxSockets: 512 },
      httpsAgent: { maxSockets: 512 },
    }),
  });
  return tellOutages(client, 'DynamoDB');
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
