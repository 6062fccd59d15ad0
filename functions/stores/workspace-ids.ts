import { type DynamoDBClient, QueryCommand, type QueryCommandOutput } from '@aws-sdk/client-dynamodb';
import { type Item, workspaceList } from './config-items.ts';

/** All workspaces, a hundred at a time: as many as BatchGetItem takes. */
export async function* listWorkspaceIds(client: DynamoDBClient, table: string): AsyncGenerator<string[]> {
  let start: Item | undefined;
  do {
    const page: QueryCommandOutput = await client.send(
      new QueryCommand({
        TableName: table,
        KeyConditionExpression: 'pk = :pk',
        ExpressionAttributeValues: { ':pk': { S: workspaceList } },
        ProjectionExpression: 'sk',
        ExclusiveStartKey: start,
      }),
    );
    const ids = (page.Items ?? []).map((item) => item.sk?.S ?? '');
    for (let from = 0; from < ids.length; from += 100) yield ids.slice(from, from + 100);
    start = page.LastEvaluatedKey;
  } while (start);
}
