import { useEffect, useState } from 'preact/hooks';
import { nameOf, type ProviderKey, titleOf } from '../../client/words.ts';
import { SelectField, TextField } from '../parts/controls.tsx';
import { useProviders } from '../shell/api.tsx';
import { changeQuery, hrefOf, useRoute } from '../shell/route.ts';

const names = ['status', 'model', 'provider', 'credential', 'provider_key_id', 'from', 'to'] as const;
export type Filters = Partial<Record<(typeof names)[number], string>> & { credential?: 'byok' | 'platform' };

/** The filters of an address, by the names that the API has for them. Whatever else stands there is none. */
export function readFilters(query: URLSearchParams): Filters {
  const found = names.flatMap((name): [string, string][] => {
    const value = query.get(name)?.trim() ?? '';
    const known = value !== '' && (name !== 'credential' || value === 'byok' || value === 'platform');
    return known ? [[name, value]] : [];
  });
  return Object.fromEntries(found) as Filters;
}

export function Filters({ keys }: { keys: ProviderKey[] }) {
  const { query } = useRoute();
  const { data: providers } = useProviders();
  const filters = readFilters(query);
  const set = (name: string) => (value: string) => changeQuery({ [name]: value });
  const any = Object.keys(filters).length > 0;
  return (
    <form class="filters" onSubmit={(event) => event.preventDefault()} aria-label="Filters">
      <SelectField
        label="Outcome"
        value={filters.status ?? ''}
        change={set('status')}
        options={[
          ['', 'All'],
          ['error', 'Failed'],
          ['success', 'Served'],
          ...(filters.status !== undefined && !['error', 'success'].includes(filters.status)
            ? [[filters.status, filters.status] as [string, string]]
            : []),
        ]}
      />
      <SelectField
        label="Served by"
        value={filters.credential ?? ''}
        change={set('credential')}
        options={[
          ['', 'All'],
          ['byok', 'Own keys'],
          ['platform', 'Platform'],
        ]}
      />
      <SelectField
        label="Provider key"
        value={filters.provider_key_id ?? ''}
        change={set('provider_key_id')}
        options={[['', 'All'], ...keys.map((key): [string, string] => [key.id, nameOf(key)])]}
      />
      <SelectField
        label="Provider"
        value={filters.provider ?? ''}
        change={set('provider')}
        options={[
          ['', 'All'],
          ...(providers ?? []).map(({ name }): [string, string] => [name, titleOf(name, providers)]),
        ]}
      />
      <ModelFilter value={filters.model ?? ''} />
      {any && (
        <a class="button quiet" href={hrefOf(['requests'])}>
          Clear
        </a>
      )}
    </form>
  );
}

const settleMs = 350;

/** Typing asks the gateway once it pauses. */
function ModelFilter({ value }: { value: string }) {
  const [typed, type] = useState(value);
  useEffect(() => type(value), [value]);
  useEffect(() => {
    if (typed.trim() === value) return;
    const timer = setTimeout(() => changeQuery({ model: typed.trim() }), settleMs);
    return () => clearTimeout(timer);
  }, [typed, value]);
  return <TextField label="Model" value={typed} change={type} placeholder="exact id" spellcheck={false} />;
}
