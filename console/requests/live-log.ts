import { useInfiniteQuery, useQuery } from '@tanstack/preact-query';
import { useMemo } from 'preact/hooks';
import { bodyOf } from '../../client/client.ts';
import type { LogRecord } from '../../client/reason.ts';
import { useClient } from '../shell/api.tsx';
import type { Filters } from './filters.tsx';

const pageSize = '50';
/** How often new requests are looked for while the page is seen. */
const refreshMs = 3_000;

/**
 * The request log, newest first: its pages as far as they were asked for, and above them whatever came since. Looking for new ones
 * never asks for the old pages again.
 */
export function useLiveLog(filters: Filters) {
  const client = useClient();
  const page = async (cursor: string | undefined, signal: AbortSignal) =>
    bodyOf(
      client.GET('/v1/logs', {
        params: { query: { ...filters, limit: pageSize, ...(cursor !== undefined && { cursor }) } },
        signal,
      }),
    );
  const pages = useInfiniteQuery({
    queryKey: ['logs', filters],
    queryFn: ({ pageParam, signal }) => page(pageParam, signal),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (last) => last.next_cursor ?? undefined,
    staleTime: Number.POSITIVE_INFINITY,
    // Kept only while it is seen: a later visit begins with the newest.
    gcTime: 0,
  });
  const newest = useQuery({
    queryKey: ['logs-newest', filters],
    queryFn: ({ signal }) => page(undefined, signal),
    refetchInterval: refreshMs,
    enabled: pages.data !== undefined,
    gcTime: 0,
  });
  const data = useMemo(
    () => pages.data && merged([newest.data?.data ?? [], ...pages.data.pages.map((each) => each.data)]),
    [pages.data, newest.data],
  );
  return {
    data,
    error: pages.error ?? newest.error,
    refetch: () => (pages.error === null ? newest.refetch() : pages.refetch()),
    more: pages.hasNextPage ? () => void (pages.isFetchingNextPage || pages.fetchNextPage()) : null,
  };
}

/** Every request once, newest first: ids begin with the time. */
function merged(lists: LogRecord[][]): LogRecord[] {
  const byId = new Map(lists.flat().map((record) => [record.request_id, record]));
  return [...byId.values()].sort((a, b) => (a.request_id < b.request_id ? 1 : -1));
}
