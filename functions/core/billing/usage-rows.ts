import type { LogRecord } from '../log-record.ts';
import { formatUsd, type NanoUsd, parseUsd } from './money.ts';

/** What is counted together: everything of one day that agrees in all the names. */
export interface UsageRow {
  /** `2026-11-23`, UTC. */
  day: string;
  model: string | null;
  provider: string | null;
  credential: string | null;
  api_key_id: string;
  provider_key_id: string | null;
  requests: number;
  errors: number;
  prompt_tokens: number;
  completion_tokens: number;
  cached_tokens: number;
  reasoning_tokens: number;
  cost: NanoUsd;
  upstream_cost: NanoUsd;
}

const sums = [
  'requests',
  'errors',
  'prompt_tokens',
  'completion_tokens',
  'cached_tokens',
  'reasoning_tokens',
  'cost',
  'upstream_cost',
] as const;

export function createUsageTable() {
  const rows = new Map<string, UsageRow>();

  const add = (row: UsageRow): void => {
    const name = JSON.stringify([
      row.day,
      row.model,
      row.provider,
      row.credential,
      row.api_key_id,
      row.provider_key_id,
    ]);
    const known = rows.get(name);
    if (known === undefined) rows.set(name, { ...row });
    else for (const sum of sums) known[sum] += row[sum];
  };

  return {
    add,
    count: (record: LogRecord) => add(toRow(record)),
    rows: () => [...rows.values()].sort((a, b) => (a.day < b.day ? -1 : a.day > b.day ? 1 : 0)),
  };
}

function toRow(record: LogRecord): UsageRow {
  const { model, provider, credential, api_key_id, provider_key_id, usage } = record;
  return {
    day: record.at.slice(0, 10),
    model,
    provider,
    credential,
    api_key_id,
    provider_key_id,
    requests: 1,
    errors: record.error_code === null ? 0 : 1,
    prompt_tokens: usage?.prompt_tokens ?? 0,
    completion_tokens: usage?.completion_tokens ?? 0,
    cached_tokens: usage?.cached_tokens ?? 0,
    reasoning_tokens: usage?.reasoning_tokens ?? 0,
    cost: parseUsd(record.cost) ?? 0,
    upstream_cost: parseUsd(record.upstream_cost ?? '') ?? 0,
  };
}

export type PresentedRow = Omit<UsageRow, 'cost' | 'upstream_cost'> & { cost: string; upstream_cost: string };

export function presentRow(row: UsageRow): PresentedRow {
  return { ...row, cost: formatUsd(row.cost), upstream_cost: formatUsd(row.upstream_cost) };
}

const columns = ['day', 'model', 'provider', 'credential', 'api_key_id', 'provider_key_id', ...sums] as const;

/** RFC 4180, with a line of names. */
export function toCsv(rows: PresentedRow[]): string {
  const lines = rows.map((row) => columns.map((column) => cell(row[column])).join(','));
  return `${[columns.join(','), ...lines].join('\r\n')}\r\n`;
}

/** Callers choose the text in `model`: a spreadsheet must not take it for a formula (owasp.org/www-community/attacks/CSV_Injection). */
function cell(value: string | number | null): string {
  const text = typeof value === 'string' && /^[=+\-@\t\r]/.test(value) ? `'${value}` : String(value ?? '');
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
