import { DeleteItemCommand, type DynamoDBClient, GetItemCommand, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import type { SecretWriter } from '../../core/ports.ts';
import { ifCondition } from '../dynamodb/dynamodb.ts';
import type { DataKeys } from './data-keys.ts';
import { encryptionContext, seal } from './seal.ts';
import { itemKey, number, toAttribute, versionName } from './sealed-items.ts';

export interface SealedWriterDeps {
  client: DynamoDBClient;
  table: string;
  dataKeys: Pick<DataKeys, 'generate'>;
  /** The identity of the configuration table. */
  owner(): Promise<string>;
  now(): number;
}

/**
 * Encrypts each version under a data key of its own, of which it keeps only what KMS wrapped: from then on it cannot read the version
 * itself. One data key for a whole workspace would have to be unwrapped, with all that is under it, to write the second secret.
 */
export function createSealedWriter(deps: SealedWriterDeps): SecretWriter {
  const { client, table: TableName } = deps;
  return {
    // `isNew` says nothing more here: the first version is the current one, all others wait until they are promoted.
    async write(workspaceId, keyId, value, version) {
      const name = { workspaceId, keyId, version };
      const { plaintext, wrapped } = await deps.dataKeys.generate(encryptionContext(name));
      const sealed = seal(plaintext, wrapped, name, deps.now(), value.reveal());
      plaintext.fill(0);
      await client.send(
        new UpdateItemCommand({
          TableName,
          Key: itemKey(workspaceId, keyId),
          UpdateExpression:
            'SET #version = :sealed, #owner = :owner, created = if_not_exists(created, :now), changed = :now, #current = if_not_exists(#current, :version) REMOVE expires_at',
          ExpressionAttributeNames: { '#version': versionName(version), '#owner': 'owner', '#current': 'current' },
          ExpressionAttributeValues: {
            ':sealed': toAttribute(sealed),
            ':owner': { S: await deps.owner() },
            ':now': number(deps.now()),
            ':version': { S: version },
          },
        }),
      );
    },

    ...createSealedVersions(deps),

    async remove(workspaceId, keyId) {
      await client.send(new DeleteItemCommand({ TableName, Key: itemKey(workspaceId, keyId) }));
    },
  };
}

const mostRounds = 5;

/** What the sweep does to versions, too: it has no data keys. */
export function createSealedVersions({
  client,
  table: TableName,
  now,
}: Pick<SealedWriterDeps, 'client' | 'table' | 'now'>): Pick<SecretWriter, 'promote' | 'discard'> {
  return {
    async promote(workspaceId, keyId, version) {
      const Key = itemKey(workspaceId, keyId);
      for (let round = 1; ; round++) {
        const { Item = {} } = await client.send(new GetItemCommand({ TableName, Key, ConsistentRead: true }));
        if (Item[versionName(version)] === undefined)
          throw new Error('The version that is to be current is not there.');
        const { current, previous } = Item;
        if (current?.S === version) return;
        // The two latest stay, as in Secrets Manager.
        const dropped = current?.S !== undefined && previous?.S !== version ? previous?.S : undefined;
        const sets = ['#current = :version', 'changed = :now', ...(current ? ['#previous = :current'] : [])];
        const written = client.send(
          new UpdateItemCommand({
            TableName,
            Key,
            UpdateExpression: `SET ${sets.join(', ')}${dropped === undefined ? '' : ' REMOVE #dropped'}`,
            ConditionExpression: `attribute_exists(#version) AND ${current ? '#current = :current' : 'attribute_not_exists(#current)'}`,
            ExpressionAttributeNames: {
              '#current': 'current',
              '#version': versionName(version),
              ...(current && { '#previous': 'previous' }),
              ...(dropped !== undefined && { '#dropped': versionName(dropped) }),
            },
            ExpressionAttributeValues: {
              ':version': { S: version },
              ':now': number(now()),
              ...(current && { ':current': current }),
            },
          }),
        );
        if (await ifCondition(written)) return;
        if (round === mostRounds) throw new Error('The current version changed five times while it was being changed.');
      }
    },

    async discard(workspaceId, keyId, version) {
      await ifCondition(
        client.send(
          new UpdateItemCommand({
            TableName,
            Key: itemKey(workspaceId, keyId),
            UpdateExpression: 'REMOVE #version',
            ConditionExpression: 'attribute_exists(pk) AND NOT #current = :version AND NOT #previous = :version',
            ExpressionAttributeNames: {
              '#version': versionName(version),
              '#current': 'current',
              '#previous': 'previous',
            },
            ExpressionAttributeValues: { ':version': { S: version } },
          }),
        ),
      );
    },
  };
}
