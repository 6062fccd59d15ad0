import { QueryCache, QueryClient, useQuery } from '@tanstack/preact-query';
import { createContext } from 'preact';
import { useContext } from 'preact/hooks';
import { ApiError } from '../../client/api-error.ts';
import { bodyOf, type Client, itemsOf, type Schemas } from '../../client/client.ts';
import { endsSession } from './session.ts';

export const ClientContext = createContext<Client | null>(null);

export function useClient(): Client {
  const client = useContext(ClientContext);
  if (client === null) throw new Error('Only views of a signed-in session ask the gateway.');
  return client;
}

/** `onEnd`: the gateway says that the key opens nothing any more. */
export function createQueries(onEnd: (error: ApiError) => void): QueryClient {
  return new QueryClient({
    queryCache: new QueryCache({
      onError: (error, { meta }) => meta?.optional !== true && endsSession(error) && onEnd(error),
    }),
    defaultOptions: {
      queries: {
        networkMode: 'always',
        staleTime: 5_000,
        // The gateway's refusals stay what they are; only what may pass is asked again.
        retry: (failures, error) => failures < 2 && !(error instanceof ApiError && error.status < 500),
        retryDelay: (failures) => 500 * 2 ** failures,
      },
      mutations: { networkMode: 'always' },
    },
  });
}

/** Everything that the views ask, by the names under which answers are kept. */
export function useProviderKeys(refetchMs?: number) {
  const client = useClient();
  return useQuery({
    queryKey: ['provider-keys'],
    queryFn: async ({ signal }) => {
      const data: Schemas['ProviderKey'][] = [];
      const page = (cursor: string | undefined) =>
        client.GET('/v1/provider-keys', {
          params: { query: { limit: '100', ...(cursor !== undefined && { cursor }) } },
          signal,
        });
      for await (const key of itemsOf(page)) data.push(key);
      // As they are tried: lower priority first, then the oldest (docs/api.md).
      return data.sort((a, b) => a.priority - b.priority || (a.id < b.id ? -1 : 1));
    },
    ...(refetchMs !== undefined && { refetchInterval: refetchMs }),
  });
}

export function useProviders() {
  const client = useClient();
  return useQuery({
    queryKey: ['providers'],
    queryFn: async ({ signal }) => (await bodyOf(client.GET('/v1/providers', { signal }))).data,
    staleTime: Number.POSITIVE_INFINITY,
  });
}

export function useModels() {
  const client = useClient();
  return useQuery({
    queryKey: ['models'],
    queryFn: async ({ signal }) => (await bodyOf(client.GET('/v1/models', { signal }))).data,
    staleTime: 600_000,
  });
}

export function useBalance() {
  const client = useClient();
  return useQuery({
    queryKey: ['balance'],
    queryFn: ({ signal }) => bodyOf(client.GET('/v1/balance', { signal })),
  });
}

/** `from`, `to`: ISO times; the gateway's own span without them. */
export function useUsage(from: string, to: string) {
  const client = useClient();
  return useQuery({
    queryKey: ['usage', from, to],
    queryFn: async ({ signal }) => {
      const usage = await bodyOf(client.GET('/v1/usage', { params: { query: { from, to } }, signal }));
      // CSV comes to those who ask for it.
      return typeof usage === 'string' ? [] : usage.data;
    },
  });
}
