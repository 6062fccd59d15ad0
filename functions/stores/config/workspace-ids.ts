import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { queryPages } from '../dynamodb/dynamodb.ts';
import { workspaceList } from './config-items.ts';

/** All workspaces, or those after one, oldest first, a hundred at a time: as many as BatchGetItem takes. */
export async function* listWorkspaceIds(
  client: DynamoDBClient,
  table: string,
  after: string | null = null,
): AsyncGenerator<string[]> {
  const all = {
    TableName: table,
    KeyConditionExpression: after === null ? 'pk = :pk' : 'pk = :pk AND sk > :after',
    ExpressionAttributeValues: { ':pk': { S: workspaceList }, ...(after !== null && { ':after': { S: after } }) },
    ProjectionExpression: 'sk',
  };
  for await (const items of queryPages(client, all)) {
    const ids = items.map((item) => item.sk?.S ?? '');
    for (let from = 0; from < ids.length; from += 100) yield ids.slice(from, from + 100);
  }
}
