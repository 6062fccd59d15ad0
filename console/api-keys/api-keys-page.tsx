import { useQuery } from '@tanstack/preact-query';
import { useMemo, useState } from 'preact/hooks';
import { itemsOf } from '../../client/client.ts';
import { counted, formatCount, formatExact, formatUsd } from '../../client/format.ts';
import type { KeyState } from '../../client/words.ts';
import { Ago, State } from '../parts/controls.tsx';
import { Empty, Loaded } from '../parts/loaded.tsx';
import { useClient, useUsage } from '../shell/api.tsx';
import { EditApiKey, NewApiKey, RevokeApiKey, RotateApiKey } from './change-api-key.tsx';
import { type ApiKey, limitsInWords } from './limits.tsx';

export function ApiKeysPage() {
  const client = useClient();
  const [adding, setAdding] = useState(false);
  const keys = useQuery({
    queryKey: ['api-keys'],
    queryFn: async ({ signal }) => {
      const all: ApiKey[] = [];
      for await (const key of itemsOf((cursor) =>
        client.GET('/v1/api-keys', {
          params: { query: { limit: '100', ...(cursor !== undefined && { cursor }) } },
          signal,
        }),
      ))
        all.push(key);
      return all;
    },
  });
  return (
    <>
      <div class="page-head">
        <div>
          <h1>API keys</h1>
          <p>What your programs sign their requests with. A key is shown once, when it is made.</p>
        </div>
        <button type="button" class="button primary" onClick={() => setAdding(true)}>
          Create key
        </button>
      </div>
      <Loaded asked={keys}>
        {(list) => (list.length === 0 ? <Empty title="No API keys" /> : <List keys={list} />)}
      </Loaded>
      {adding && <NewApiKey close={() => setAdding(false)} />}
    </>
  );
}

const usedDays = 30;

function List({ keys }: { keys: ApiKey[] }) {
  const { from, to } = useMemo(() => {
    const today = Date.parse(new Date().toISOString().slice(0, 10));
    return {
      from: new Date(today - (usedDays - 1) * 86_400_000).toISOString(),
      to: new Date(today + 86_399_000).toISOString(),
    };
  }, []);
  const { data: rows } = useUsage(from, to);
  const [ended, showEnded] = useState(false);
  const alive = keys.filter(({ revoked_at: revoked }) => revoked === null);
  const shown = ended ? keys : alive;
  return (
    <>
      <ul class="stack keys">
        {shown.map((key) => {
          const own = rows?.filter(({ api_key_id: id }) => id === key.id);
          const requests = own?.reduce((sum, row) => sum + row.requests, 0);
          const cost = own?.reduce((sum, row) => sum + Number(row.cost), 0);
          return (
            <Item
              key={key.id}
              its={key}
              used={
                requests === undefined
                  ? ''
                  : `${counted(requests, 'request')}, ${formatUsd(cost ?? 0)} of credit in ${usedDays} days`
              }
            />
          );
        })}
      </ul>
      {keys.length > alive.length && (
        <button type="button" class="button quiet show-ended" onClick={() => showEnded(!ended)}>
          {ended ? 'Hide revoked keys' : `Show ${formatCount(keys.length - alive.length)} revoked`}
        </button>
      )}
    </>
  );
}

type Open = 'edit' | 'rotate' | 'revoke';

function Item({ its, used }: { its: ApiKey; used: string }) {
  const [open, setOpen] = useState<Open | null>(null);
  const close = () => setOpen(null);
  const { tone, word } = stateOf(its);
  const limits = limitsInWords(its);
  const name = its.name ?? its.id;
  return (
    <li class="card padded stack api-key" aria-label={name}>
      <div class="spread">
        <div>
          <h2>{name}</h2>
          <p class="muted small">
            {its.scopes.join(' and ')} · <code>{its.id}</code>
          </p>
        </div>
        <p class="key-state">
          <State tone={tone}>{word}</State>{' '}
          <span class="muted small">
            {its.revoked_at !== null ? (
              <Ago at={its.revoked_at} />
            ) : its.last_used_at === null ? (
              'never used'
            ) : (
              <>
                used <Ago at={its.last_used_at} />
              </>
            )}
          </span>
        </p>
      </div>
      <p class="small">
        <span title={`made ${formatExact(its.created_at)}`}>{used}</span>
        {limits.length > 0 && <span class="muted"> · {limits.join(', ')}</span>}
      </p>
      {its.revoked_at === null && (
        <div class="row">
          <button type="button" class="button" onClick={() => setOpen('edit')}>
            Edit
          </button>
          <button type="button" class="button" onClick={() => setOpen('rotate')}>
            Rotate
          </button>
          <button type="button" class="button quiet last" onClick={() => setOpen('revoke')}>
            Revoke
          </button>
        </div>
      )}
      {open === 'edit' && <EditApiKey its={its} close={close} />}
      {open === 'rotate' && <RotateApiKey its={its} close={close} />}
      {open === 'revoke' && <RevokeApiKey its={its} close={close} />}
    </li>
  );
}

function stateOf(key: ApiKey): KeyState {
  if (key.revoked_at !== null) return { tone: 'bad', word: 'Revoked' };
  if (!key.enabled) return { tone: 'quiet', word: 'Switched off' };
  if (key.expires_at === null) return { tone: 'ok', word: 'Valid' };
  return Date.parse(key.expires_at) <= Date.now() ? { tone: 'bad', word: 'Expired' } : { tone: 'ok', word: 'Valid' };
}
