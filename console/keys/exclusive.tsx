import { useMutation, useQueryClient } from '@tanstack/preact-query';
import { bodyOf } from '../../client/client.ts';
import { formatUsd } from '../../client/format.ts';
import { nameOf, type ProviderKey } from '../../client/words.ts';
import { Switch } from '../parts/controls.tsx';
import { ErrorNotice } from '../parts/notice.tsx';
import { useBalance, useClient } from '../shell/api.tsx';

/** The switch for exclusive use (`fallback_enabled: false`), which says what is so and what turning it does. */
export function Exclusive({ its, next }: { its: ProviderKey; next: ProviderKey | null }) {
  const client = useClient();
  const queries = useQueryClient();
  const { data: balance } = useBalance();
  const change = useMutation({
    mutationFn: (exclusive: boolean) =>
      bodyOf(
        client.PATCH('/v1/provider-keys/{id}', {
          params: { path: { id: its.id } },
          body: { fallback_enabled: !exclusive },
        }),
      ),
    onSettled: () => queries.invalidateQueries({ queryKey: ['provider-keys'] }),
  });
  const exclusive = change.isPending ? change.variables : !its.fallback_enabled;
  const others = next === null ? '' : ` Your next key, “${nameOf(next)}”, may still serve.`;
  const credit = balance === undefined ? '' : ` (${formatUsd(balance.available_usd)} left)`;
  return (
    <>
      <Switch
        label="Never use the platform's credentials"
        on={exclusive}
        change={change.mutate}
        busy={change.isPending}
      >
        {exclusive
          ? `When this key fails, its requests fail with the reason, and nothing is charged to your credit.${others} Off: the platform may step in, at the cost of your credit.`
          : `When this key fails, the platform may serve, charged to your credit${credit}. On: such requests fail with the reason instead, and cost nothing.`}
      </Switch>
      {change.error !== null && <ErrorNotice error={change.error} />}
    </>
  );
}
