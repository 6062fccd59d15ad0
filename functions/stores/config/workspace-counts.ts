import { type DynamoDBClient, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import type { WorkspaceCounts } from '../../core/ports.ts';
import { type Item, key, number, partition, readNumber, sortKeys } from './config-items.ts';

const minuteMs = 60_000;
/** Of this many workspaces a process keeps in mind what can be removed from their item. */
const manyWorkspaces = 2000;

/**
 * What a workspace with limits takes of the gateway, in one item: `r<minute>` requests, `t<minute>` tokens, `f<minute>` requests in
 * flight that have ended by the end of that minute. A process that dies ends nothing; its requests count until their minute is over,
 * which is the whole recovery: no item per request, no sweep. Minutes are those of the epoch. Past ones are removed with a later write.
 *
 * A write that the SDK repeats may count twice: limits err on the strict side, requests in flight until the lease is over.
 */
export function createWorkspaceCounts(client: DynamoDBClient, table: string): WorkspaceCounts {
  const past = new Map<string, string[]>();

  return {
    async add(workspaceId, at, { requests = 0, tokens = 0, inFlight = 0, endsBy = 0 }) {
      const minute = minuteOf(at);
      const changes: [name: string, change: number][] = [
        [`r${minute}`, requests],
        [`t${minute}`, tokens],
        // Its lease is over, and what it counted with it.
        [`f${minuteOf(endsBy)}`, minuteOf(endsBy) < minute ? 0 : inFlight],
      ];
      const due = changes.filter(([, change]) => change !== 0);
      if (due.length === 0) return null;
      const gone = past.get(workspaceId) ?? [];
      past.delete(workspaceId);
      const answer = await client.send(
        new UpdateItemCommand({
          TableName: table,
          Key: key(partition(workspaceId), sortKeys.limits),
          UpdateExpression: `ADD ${due.map((_, i) => `#c${i} :c${i}`).join(', ')}${gone.length > 0 ? ` REMOVE ${gone.join(', ')}` : ''}`,
          ExpressionAttributeNames: Object.fromEntries(due.map(([name], i) => [`#c${i}`, name])),
          ExpressionAttributeValues: Object.fromEntries(due.map(([, change], i) => [`:c${i}`, number(change)])),
          ReturnValues: 'ALL_NEW',
        }),
      );
      const item = answer.Attributes ?? {};
      const old = Object.keys(item).filter((name) => /^[rtf]\d+$/.test(name) && Number(name.slice(1)) < minute);
      if (old.length > 0) {
        if (past.size >= manyWorkspaces) past.clear();
        past.set(workspaceId, old);
      }
      return {
        requests: readNumber(item[`r${minute}`]),
        tokens: readNumber(item[`t${minute}`]),
        inFlight: inFlightOf(item, minute),
      };
    },
  };
}

function minuteOf(at: number): number {
  return Math.floor(at / minuteMs);
}

/** A minute that was removed before its last request ended counts below zero: that is nobody's room. */
function inFlightOf(item: Item, minute: number): number {
  return Object.entries(item)
    .filter(([name]) => /^f\d+$/.test(name) && Number(name.slice(1)) >= minute)
    .reduce((sum, [, value]) => sum + Math.max(0, readNumber(value)), 0);
}
