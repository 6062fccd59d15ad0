import {
  type AttributeValue,
  type DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import type { ApiKey, Workspace } from '../../core/accounts/workspace.ts';
import { GatewayError } from '../../core/errors.ts';
import type { ApiKeys, Workspaces } from '../../core/ports.ts';
import { ifCondition, queryPages } from '../dynamodb/dynamodb.ts';
import { batchGetOf, readItems } from '../dynamodb/read-items.ts';
import { readShardItems, sumOf } from '../money/shard-items.ts';
import {
  document,
  type Item,
  key,
  number,
  partition,
  readApiKey,
  readNumber,
  readWorkspace,
  refOfApiKeyId,
  sortKeys,
  workspaceList,
} from './config-items.ts';

export function createWorkspaces(client: DynamoDBClient, table: string): Workspaces {
  const settingsOf = async (id: string) => {
    const answer = await client.send(
      new GetItemCommand({ TableName: table, Key: key(partition(id), sortKeys.settings), ConsistentRead: true }),
    );
    return answer.Item ?? null;
  };

  return {
    // SETTINGS comes last: what has none does not exist, so a creation that breaks off leaves nothing visible.
    async create(workspace, credit, firstKey) {
      const pk = partition(workspace.id);
      const put = (item: Record<string, AttributeValue>) =>
        client.send(new PutItemCommand({ TableName: table, Item: item }));
      const amount = number(credit);
      await Promise.all([
        put({ ...key(pk, sortKeys.balance), balance: amount, available: amount }),
        put({ ...key(pk, sortKeys.health), keys: { M: {} } }),
        put(apiKeyItem(firstKey)),
        put(key(workspaceList, workspace.id)),
      ]);
      await put({ ...key(pk, sortKeys.settings), doc: document(workspace), v: number(1), keys: { M: {} } });
    },

    async get(id) {
      const item = await settingsOf(id);
      return item && readWorkspace(item);
    },

    async update(id, change) {
      for (let round = 0; round < 5; round++) {
        const item = await settingsOf(id);
        if (item === null) return null;
        const next = change(readWorkspace(item));
        const written = client.send(
          new UpdateItemCommand({
            TableName: table,
            Key: key(partition(id), sortKeys.settings),
            UpdateExpression: 'SET doc = :doc, v = :next',
            ConditionExpression: 'v = :known',
            ExpressionAttributeValues: {
              ':doc': document(next),
              ':known': item.v ?? number(0),
              ':next': number(readNumber(item.v) + 1),
            },
          }),
        );
        if (await ifCondition(written)) return next;
      }
      throw new Error('A workspace changed five times while it was being changed.');
    },

    async list(limit, cursor) {
      const page = await client.send(
        new QueryCommand({
          TableName: table,
          KeyConditionExpression: cursor === null ? 'pk = :pk' : 'pk = :pk AND sk < :cursor',
          ExpressionAttributeValues: {
            ':pk': { S: workspaceList },
            ...(cursor !== null && { ':cursor': { S: cursor } }),
          },
          ScanIndexForward: false,
          Limit: limit + 1,
        }),
      );
      const ids = (page.Items ?? []).map((item) => item.sk?.S ?? '');
      const shown = ids.slice(0, limit);
      const data = await readMany(client, table, shown);
      return { data, nextCursor: ids.length > limit ? (shown.at(-1) ?? null) : null };
    },
  };
}

async function readMany(client: DynamoDBClient, table: string, ids: string[]) {
  const found = new Map<string, { workspace?: Workspace; balances: Item[] }>();
  for (let start = 0; start < ids.length; start += 50) {
    const part = ids.slice(start, start + 50);
    const keys = part.flatMap((id) => [key(partition(id), sortKeys.settings), key(partition(id), sortKeys.balance)]);
    for (const item of await readItems(batchGetOf(client), table, keys, false)) {
      const pk = item.pk?.S ?? '';
      const entry = found.get(pk) ?? { balances: [] };
      if (item.sk?.S === sortKeys.settings) entry.workspace = readWorkspace(item);
      else entry.balances.push(item);
      found.set(pk, entry);
    }
  }
  const homes = ids.flatMap((workspaceId) =>
    (found.get(partition(workspaceId))?.balances ?? []).map((home) => ({ workspaceId, home })),
  );
  for (const { workspaceId, item } of await readShardItems(client, table, homes, false))
    found.get(partition(workspaceId))?.balances.push(item);
  return ids.flatMap((id) => {
    const entry = found.get(partition(id));
    return entry?.workspace ? [{ workspace: entry.workspace, balance: sumOf(entry.balances) }] : [];
  });
}

/** Revoked keys stay, to be told apart from unknown ones: so many times the keys that hold. */
const mostRevoked = 10;

/** `most`: how many keys of a workspace may hold at a time; a few more when they are made at one moment. */
export function createApiKeys(client: DynamoDBClient, table: string, most = 1000): ApiKeys {
  const store: ApiKeys = {
    async create(apiKey) {
      const known = await store.list(apiKey.workspaceId);
      const holding = known.filter((each) => each.revokedAt === null).length;
      if (holding >= most || known.length >= most * (1 + mostRevoked))
        throw new GatewayError('conflict', `A workspace has at most ${most} API keys; revoke some that are not used.`, {
          shouldRetry: false,
        });
      await client.send(new PutItemCommand({ TableName: table, Item: apiKeyItem(apiKey) }));
    },
    // Written only over what was read: no change undoes another one, least of all a revocation.
    async update(workspaceId, id, change) {
      const Key = key(partition(workspaceId), sortKeys.apiKey(refOfApiKeyId(id)));
      for (let round = 0; round < 10; round++) {
        const { Item } = await client.send(new GetItemCommand({ TableName: table, Key, ConsistentRead: true }));
        const known = Item && readApiKey(Item);
        if (known?.id !== id) return null;
        const next = change(known);
        const written = client.send(
          new UpdateItemCommand({
            TableName: table,
            Key,
            UpdateExpression: 'SET doc = :next',
            ConditionExpression: 'doc = :known',
            ExpressionAttributeValues: { ':next': document(next), ':known': Item?.doc ?? { NULL: true } },
          }),
        );
        if (await ifCondition(written)) return next;
      }
      throw new Error('An API key changed ten times while it was being changed.');
    },
    async touch(apiKey, at) {
      await client.send(
        new UpdateItemCommand({
          TableName: table,
          Key: key(partition(apiKey.workspaceId), sortKeys.apiKey(refOfApiKeyId(apiKey.id))),
          UpdateExpression: 'SET used = :at',
          ExpressionAttributeValues: { ':at': { S: new Date(at).toISOString() } },
        }),
      );
    },
    async list(workspaceId) {
      const keys: ApiKey[] = [];
      const all = {
        TableName: table,
        KeyConditionExpression: 'pk = :pk AND begins_with(sk, :prefix)',
        ExpressionAttributeValues: { ':pk': { S: partition(workspaceId) }, ':prefix': { S: sortKeys.apiKey('') } },
        ConsistentRead: true,
      };
      for await (const items of queryPages(client, all)) keys.push(...items.map(readApiKey));
      return keys;
    },
  };
  return store;
}

function apiKeyItem(apiKey: ApiKey) {
  return { ...key(partition(apiKey.workspaceId), sortKeys.apiKey(refOfApiKeyId(apiKey.id))), doc: document(apiKey) };
}
