import { useInfiniteQuery, useQuery } from '@tanstack/preact-query';
import { ApiError } from '../../client/api-error.ts';
import type { Schemas } from '../../client/client.ts';
import { useClient } from '../shell/api.tsx';
import { useRoute } from '../shell/route.ts';

/** What operators see across workspaces. A gateway without these records answers 401 or 404, and the views say so. */
export type FailedRequest = Schemas['LogRecord'];
export type Change = Schemas['AuditRecord'];

/** Those of the filters that the address has. */
export function useFilters<Name extends string>(names: readonly Name[]): Partial<Record<Name, string>> {
  const { query } = useRoute();
  const given = names.flatMap((name): [Name, string][] => {
    const value = query.get(name);
    return value ? [[name, value]] : [];
  });
  return Object.fromEntries(given) as Partial<Record<Name, string>>;
}

interface Page<Item> {
  data: Item[];
  next_cursor: string | null;
}

type Get = (path: string, init: object) => Promise<{ data?: unknown }>;

/** The pages of a list so far. */
export function useRecords<Item>(path: string, query: Record<string, string>) {
  const get = useClient().GET as unknown as Get;
  const pages = useInfiniteQuery({
    queryKey: ['records', path, query],
    queryFn: async ({ pageParam, signal }) => {
      const asked = { ...query, limit: '50', ...(pageParam !== undefined && { cursor: pageParam }) };
      return (await get(path, { params: { query: asked }, signal })).data as Page<Item>;
    },
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (last) => last.next_cursor ?? undefined,
    meta: { optional: true },
  });
  return {
    data: pages.data?.pages.flatMap(({ data }) => data),
    error: pages.error,
    refetch: pages.refetch,
    more: pages.hasNextPage ? () => void pages.fetchNextPage() : null,
  };
}

/** One answer that not every gateway gives. */
export function useOptional<Answer>(path: string, query: Record<string, string>) {
  const get = useClient().GET as unknown as Get;
  return useQuery({
    queryKey: ['record', path, query],
    queryFn: async ({ signal }) => (await get(path, { params: { query }, signal })).data as Answer,
    meta: { optional: true },
  });
}

export function isAbsent(error: unknown): boolean {
  return error instanceof ApiError && (error.status === 401 || error.status === 404);
}
