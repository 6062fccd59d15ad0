import type { Schemas } from './client.ts';

export type UsageRow = Schemas['UsageRow'];

export const groups = ['day', 'model', 'provider', 'credential'] as const;
export type Group = (typeof groups)[number];

export interface Sum {
  name: string;
  requests: number;
  errors: number;
  tokens: number;
  /** Charged to credit, USD. */
  charged: number;
  /** What the providers ask for requests of own keys: what they would have cost on credit, USD. */
  ownAtPrice: number;
  own: number;
  platform: number;
}

/** Sums of what agrees in one name; days in their order, the rest by how much there was. Amounts are for reading, not for accounts. */
export function sumBy(rows: UsageRow[], group: Group): Sum[] {
  const sums = new Map<string, Sum>();
  for (const row of rows) {
    const name = row[group] ?? 'none';
    const sum = sums.get(name) ?? {
      name,
      requests: 0,
      errors: 0,
      tokens: 0,
      charged: 0,
      ownAtPrice: 0,
      own: 0,
      platform: 0,
    };
    sum.requests += row.requests;
    sum.errors += row.errors;
    sum.tokens += row.prompt_tokens + row.completion_tokens;
    sum.charged += Number(row.cost);
    if (row.credential === 'byok') sum.ownAtPrice += Number(row.upstream_cost);
    if (row.credential === 'byok') sum.own += row.requests;
    if (row.credential === 'platform') sum.platform += row.requests;
    sums.set(name, sum);
  }
  const all = [...sums.values()];
  return group === 'day' ? all.sort((a, b) => (a.name < b.name ? -1 : 1)) : all.sort((a, b) => b.requests - a.requests);
}

export function total(rows: UsageRow[]): Sum {
  return (
    sumBy(
      rows.map((row) => ({ ...row, provider: 'all' })),
      'provider',
    )[0] ?? { name: 'all', requests: 0, errors: 0, tokens: 0, charged: 0, ownAtPrice: 0, own: 0, platform: 0 }
  );
}

export const measures = ['requests', 'tokens', 'cost'] as const;
export type Measure = (typeof measures)[number];

/** Own and platform, day by day without gaps: what the chart draws. Of own keys the cost is what the provider asks. */
export function series(
  rows: UsageRow[],
  measure: Measure,
  from: string,
  to: string,
): { days: string[]; own: number[]; platform: number[] } {
  const days: string[] = [];
  for (let at = Date.parse(from.slice(0, 10)); at <= Date.parse(to.slice(0, 10)); at += 86_400_000)
    days.push(new Date(at).toISOString().slice(0, 10));
  const valueIn = (row: UsageRow) =>
    measure === 'requests'
      ? row.requests
      : measure === 'tokens'
        ? row.prompt_tokens + row.completion_tokens
        : Number(row.credential === 'platform' ? row.cost : row.upstream_cost);
  const of = (credential: string) =>
    days.map((day) =>
      rows
        .filter((row) => row.day === day && row.credential === credential)
        .reduce((sum, row) => sum + valueIn(row), 0),
    );
  return { days, own: of('byok'), platform: of('platform') };
}
