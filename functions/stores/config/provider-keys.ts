import { type DynamoDBClient, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { mostProviderKeys } from '../../core/accounts/workspace.ts';
import type { ProviderKeys } from '../../core/ports.ts';
import { ifCondition } from '../dynamodb/dynamodb.ts';
import { batchGetOf, readItems } from '../dynamodb/read-items.ts';
import {
  document,
  key,
  number,
  partition,
  readHealth,
  readNumber,
  readProviderKeys,
  sortKeys,
} from './config-items.ts';

/** Provider keys lie in the workspace's SETTINGS item, each with its version beside it, so that every change is one conditional update. */
export function createProviderKeys(client: DynamoDBClient, table: string): ProviderKeys {
  return {
    async list(workspaceId) {
      const pk = partition(workspaceId);
      const items = await readItems(
        batchGetOf(client),
        table,
        [key(pk, sortKeys.settings), key(pk, sortKeys.health)],
        true,
      );
      const settings = items.find((item) => item.sk?.S === sortKeys.settings);
      const health = items.find((item) => item.sk?.S === sortKeys.health);
      return {
        keys: settings ? readProviderKeys(settings) : [],
        health: readHealth(health),
        revision: readNumber(settings?.rev),
      };
    },

    put(workspaceId, providerKey, replaces, revision) {
      const isFree =
        replaces === null
          ? 'attribute_exists(pk) AND attribute_not_exists(#keys.#id) AND size(#keys) < :most'
          : '#keys.#id.v = :replaces';
      const isUnchanged = revision === 0 ? ' AND attribute_not_exists(rev)' : ' AND rev = :rev';
      return ifCondition(
        client.send(
          new UpdateItemCommand({
            TableName: table,
            Key: key(partition(workspaceId), sortKeys.settings),
            UpdateExpression: 'SET #keys.#id = :key ADD rev :one',
            ConditionExpression: isFree + (revision === undefined ? '' : isUnchanged),
            ExpressionAttributeNames: { '#keys': 'keys', '#id': providerKey.id },
            ExpressionAttributeValues: {
              ':key': { M: { v: number(providerKey.version), doc: document(providerKey) } },
              ':one': number(1),
              ...(revision !== undefined && revision > 0 && { ':rev': number(revision) }),
              ...(replaces === null ? { ':most': number(mostProviderKeys) } : { ':replaces': number(replaces) }),
            },
          }),
        ),
      );
    },

    remove(workspaceId, id, version) {
      return ifCondition(
        client.send(
          new UpdateItemCommand({
            TableName: table,
            Key: key(partition(workspaceId), sortKeys.settings),
            UpdateExpression: 'REMOVE #keys.#id ADD rev :one',
            ConditionExpression: '#keys.#id.v = :version',
            ExpressionAttributeNames: { '#keys': 'keys', '#id': id },
            ExpressionAttributeValues: { ':version': number(version), ':one': number(1) },
          }),
        ),
      );
    },
  };
}
