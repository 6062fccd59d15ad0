import { type DynamoDBClient, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { type AuditRecord, auditPrefix, matchesAuditQuery } from '../../core/audit-record.ts';
import type { AuditTrail } from '../../core/more-ports/records.ts';
import type { Item } from '../config/config-items.ts';
import { fromAttributes, isExpired, recentPartition, toAttributes } from './log-items.ts';
import { mapped, readRecent } from './recent-index.ts';
import { collect, readPartition, spanOf } from './sorted-readers.ts';

/**
 * One item per change, in the log table. A workspace's changes have a partition of their own: they are few beside its requests.
 * `scanLimit`: how many records one list call looks at before it hands back a cursor.
 */
export function createAuditTrail(
  client: DynamoDBClient,
  table: string,
  now: () => number,
  scanLimit = 4000,
): AuditTrail {
  return {
    async put(record) {
      await client.send(
        new PutItemCommand({
          TableName: table,
          Item: {
            pk: { S: auditPartition(record.workspace_id) },
            sk: { S: record.request_id },
            recent: { S: recentPartition('audit', record.request_id) },
            ...toAttributes(record),
          },
        }),
      );
    },

    async list(workspaceId, query) {
      const span = spanOf(query);
      const items =
        workspaceId === null
          ? readRecent(client, table, 'audit', span, 100)
          : readPartition(client, { TableName: table, attribute: 'pk', partition: auditPartition(workspaceId) }, span);
      const at = now();
      return collect(
        mapped(items, fromItem),
        query.limit,
        scanLimit,
        (record) => !isExpired(record, at) && matchesAuditQuery(record, query),
      );
    },
  };
}

function auditPartition(workspaceId: string | null): string {
  return `${auditPrefix}${workspaceId ?? 'gateway'}`;
}

const jsonAttributes = new Set(['before', 'after', 'client']);

function fromItem(item: Item): AuditRecord {
  return fromAttributes(item, jsonAttributes) as unknown as AuditRecord;
}
