import { useMutation } from '@tanstack/preact-query';
import { lazy } from 'preact/compat';
import { useMemo } from 'preact/hooks';
import { bodyOf } from '../../client/client.ts';
import { counted, formatCount, formatDay, formatUsd } from '../../client/format.ts';
import {
  type Group,
  groups,
  type Measure,
  measures,
  type Sum,
  series,
  sumBy,
  total,
  type UsageRow,
} from '../../client/usage-sums.ts';
import { titleOf } from '../../client/words.ts';
import { Part } from '../parts/boundary.tsx';
import { SelectField } from '../parts/controls.tsx';
import { Empty, Loaded } from '../parts/loaded.tsx';
import { ErrorNotice } from '../parts/notice.tsx';
import { Table } from '../parts/table.tsx';
import { useClient, useProviders, useUsage } from '../shell/api.tsx';
import { changeQuery, useRoute } from '../shell/route.ts';

const Chart = lazy(async () => (await import('./chart.tsx')).Chart);

const spans: [string, string][] = [
  ['7', 'Last 7 days'],
  ['30', 'Last 30 days'],
  ['90', 'Last 90 days'],
];
const groupWords: Record<Group, string> = {
  day: 'Day',
  model: 'Model',
  provider: 'Provider',
  credential: 'Own or platform',
};
const measureWords: Record<Measure, string> = { requests: 'Requests', tokens: 'Tokens', cost: 'Cost' };
const credentialWords: Record<string, string> = { byok: 'Own keys', platform: 'Platform', none: 'Nobody served' };

const sumColumns = ['Requests', 'Failed', 'Tokens', 'Charged', 'Own keys at price'];

function oneOf<T extends string>(value: string | null, known: readonly T[], otherwise: T): T {
  return known.find((each) => each === value) ?? otherwise;
}

export function UsagePage() {
  const { query } = useRoute();
  const days = oneOf(query.get('days'), ['7', '30', '90'], '30');
  // To the start of a day, so that the question stays the same while one looks; the gateway knows no usage of the future.
  const { from, to } = useMemo(() => spanOf(Number(days)), [days]);
  const usage = useUsage(from, to);
  return (
    <>
      <div class="page-head">
        <div>
          <h1>Usage</h1>
          <p>
            What your workspace used, by days of UTC. Own keys are paid at their provider, platform credentials from
            your credit.
          </p>
        </div>
        <Download from={from} to={to} />
      </div>
      <Loaded asked={usage} rows={4}>
        {(rows) => <Shown rows={rows} days={days} from={from} to={to} />}
      </Loaded>
    </>
  );
}

function spanOf(days: number): { from: string; to: string } {
  const today = new Date(new Date().toISOString().slice(0, 10)).getTime();
  return {
    from: new Date(today - (days - 1) * 86_400_000).toISOString(),
    to: new Date(today + 86_399_000).toISOString(),
  };
}

function Shown({ rows, days, from, to }: { rows: UsageRow[]; days: string; from: string; to: string }) {
  const { query } = useRoute();
  const group = oneOf(query.get('by'), groups, 'day');
  const measure = oneOf(query.get('show'), measures, 'requests');
  const drawn = useMemo(() => series(rows, measure, from, to), [rows, measure, from, to]);
  const all = total(rows);
  return (
    <div class="stack usage">
      <form class="filters" onSubmit={(event) => event.preventDefault()} aria-label="What is shown">
        <SelectField label="Time" value={days} change={(value) => changeQuery({ days: value })} options={spans} />
        <SelectField
          label="Chart"
          value={measure}
          change={(value) => changeQuery({ show: value })}
          options={measures.map((each) => [each, measureWords[each]])}
        />
        <SelectField
          label="Table by"
          value={group}
          change={(value) => changeQuery({ by: value })}
          options={groups.map((each) => [each, groupWords[each]])}
        />
      </form>
      {all.requests === 0 ? (
        <Empty title="Nothing was used in this time" />
      ) : (
        <>
          <Totals all={all} />
          <figure class="card padded">
            <figcaption class="spread">
              <h2>{measureWords[measure]} by day</h2>
              <span class="row small legend">
                <span class="swatch own" aria-hidden="true" /> Own keys{measure === 'cost' && " (provider's price)"}
                <span class="swatch platform" aria-hidden="true" /> Platform
              </span>
            </figcaption>
            <Part rows={3}>
              <Chart
                {...drawn}
                format={measure === 'cost' ? formatUsd : formatCount}
                says={`${measureWords[measure]} by day, the numbers stand in the table`}
              />
            </Part>
          </figure>
          <Sums sums={sumBy(rows, group)} group={group} />
        </>
      )}
    </div>
  );
}

function Totals({ all }: { all: Sum }) {
  return (
    <dl class="totals">
      <Total name="Requests" value={formatCount(all.requests)} says={`${formatCount(all.errors)} failed`} />
      <Total name="Tokens" value={formatCount(all.tokens)} says={`${counted(all.own, 'request')} by own keys`} />
      <Total
        name="Charged to credit"
        value={formatUsd(all.charged)}
        says={`${counted(all.platform, 'request')} by the platform`}
      />
      <Total name="Own keys, at credit prices" value={formatUsd(all.ownAtPrice)} says="what they would have cost" />
    </dl>
  );
}

function Total({ name, value, says }: { name: string; value: string; says: string }) {
  return (
    <div class="card padded">
      <dt class="muted small">{name}</dt>
      <dd>
        <span class="big">{value}</span>
        <span class="muted small">{says}</span>
      </dd>
    </div>
  );
}

function Sums({ sums, group }: { sums: Sum[]; group: Group }) {
  const { data: providers } = useProviders();
  const words = (name: string) =>
    group === 'day'
      ? formatDay(name)
      : group === 'credential'
        ? (credentialWords[name] ?? name)
        : group === 'provider'
          ? name === 'none'
            ? 'None'
            : titleOf(name, providers)
          : name;
  return (
    <Table
      label={`Usage by ${groupWords[group].toLowerCase()}`}
      columns={[groupWords[group], ...sumColumns.map((name) => ({ name, number: true as const }))]}
    >
      {sums.map((sum) => (
        <tr key={sum.name}>
          <th scope="row">{words(sum.name)}</th>
          <td class="number">{formatCount(sum.requests)}</td>
          <td class="number">{formatCount(sum.errors)}</td>
          <td class="number">{formatCount(sum.tokens)}</td>
          <td class="number">{formatUsd(sum.charged)}</td>
          <td class="number">{formatUsd(sum.ownAtPrice)}</td>
        </tr>
      ))}
    </Table>
  );
}

function Download({ from, to }: { from: string; to: string }) {
  const client = useClient();
  const load = useMutation({
    mutationFn: async () => {
      const headers = { accept: 'text/csv' };
      const csv = await bodyOf(client.GET('/v1/usage', { params: { query: { from, to } }, headers, parseAs: 'text' }));
      const address = URL.createObjectURL(new Blob([csv as string], { type: 'text/csv' }));
      const link = Object.assign(document.createElement('a'), {
        href: address,
        download: `keyway-usage-${from.slice(0, 10)}.csv`,
      });
      link.click();
      URL.revokeObjectURL(address);
    },
  });
  return (
    <div>
      <button type="button" class="button" aria-disabled={load.isPending} onClick={() => load.mutate()}>
        Download CSV
      </button>
      {load.error !== null && <ErrorNotice error={load.error} />}
    </div>
  );
}
