import { ApiError } from '../../client/api-error.ts';
import { bodyOf, itemsOf } from '../../client/client.ts';
import type { LogRecord } from '../../client/reason.ts';
import { listKeys, namesOf } from '../keys/find-key.ts';
import type { Gateway } from '../world.ts';
import type { LogQuery } from './filters.ts';

const pageSize = '100';

/** Records, newest first, page by page as they are taken. */
export function recordsOf({ client }: Gateway, query: LogQuery): AsyncGenerator<LogRecord> {
  return itemsOf((cursor) =>
    client.GET('/v1/logs', {
      params: { query: { ...query, limit: pageSize, ...(cursor !== undefined && { cursor }) } },
    }),
  );
}

export function recordOf({ client }: Gateway, id: string): Promise<LogRecord> {
  return bodyOf(client.GET('/v1/logs/{id}', { params: { path: { id } } }));
}

/** Names of provider keys; their ids where the key may not see them, as operators' tokens may not. */
export async function keyNames(gateway: Gateway): Promise<(id: string | null) => string> {
  if (!gateway.key.startsWith('kw_')) return namesOf([]);
  try {
    return namesOf(await listKeys(gateway));
  } catch (error) {
    if (error instanceof ApiError && error.code === 'forbidden') return namesOf([]);
    throw error;
  }
}
