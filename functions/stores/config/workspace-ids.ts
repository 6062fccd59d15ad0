import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { queryPages } from '../dynamodb/dynamodb.ts';
import { workspaceList } from './config-items.ts';

/** All workspaces, a hundred at a time: as many as BatchGetItem takes. */
export async function* listWorkspaceIds(client: DynamoDBClient, table: string): AsyncGenerator<string[]> {
  const all = {
    TableName: table,
    KeyConditionExpression: 'pk = :pk',
    ExpressionAttributeValues: { ':pk': { S: workspaceList } },
    ProjectionExpression: 'sk',
  };
  for await (const items of queryPages(client, all)) {
    const ids = items.map((item) => item.sk?.S ?? '');
    for (let from = 0; from < ids.length; from += 100) yield ids.slice(from, from + 100);
  }
}
