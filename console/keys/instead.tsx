import { useQuery } from '@tanstack/preact-query';
import { bodyOf } from '../../client/client.ts';
import { nameOf, type ProviderKey } from '../../client/words.ts';
import { When } from '../parts/when.tsx';
import { useClient, useProviderKeys } from '../shell/api.tsx';
import { hrefOf } from '../shell/route.ts';

/** A request may take so long (docs/settings.md, KEYWAY_DEADLINE_MS): the one that failed last began at most so much earlier. */
const longestMs = 15 * 60_000;

/** Who served the request that failed last with this key, by the request log: the health of a key counts the platform alone. */
export function Instead({ its, failedAt }: { its: ProviderKey; failedAt: string }) {
  const client = useClient();
  const { data: keys } = useProviderKeys();
  const { data: record } = useQuery({
    queryKey: ['instead', its.id, failedAt],
    queryFn: async ({ signal }) => {
      const from = new Date(Date.parse(failedAt) - longestMs).toISOString();
      const query = { provider_key_id: its.id, from, to: failedAt, limit: '20' };
      const { data } = await bodyOf(client.GET('/v1/logs', { params: { query }, signal }));
      const failed = ({ provider_key_id: id, kind }: (typeof data)[number]['attempts'][number]) =>
        id === its.id && kind !== null;
      return data.find(({ attempts }) => attempts.some(failed)) ?? null;
    },
    staleTime: Number.POSITIVE_INFINITY,
    // Health is written a moment before the record.
    refetchInterval: ({ state }) => (state.data === null && state.dataUpdateCount < 4 ? 2_000 : false),
  });
  if (record == null) return null;
  const other = keys?.find(({ id }) => id === record.provider_key_id);
  return (
    <p>
      {record.error_code !== null
        ? 'Nobody served instead'
        : record.credential === 'platform'
          ? "The platform's credentials served instead"
          : `Your key “${other === undefined ? record.provider_key_id : nameOf(other)}” served instead, at no cost to your credit`}
      :{' '}
      <a href={hrefOf(['requests', record.request_id])}>
        the request of <When at={record.at} />
      </a>
      .
    </p>
  );
}
