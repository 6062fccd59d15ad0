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

/** What of a record usage is made of. */
export type UsageRecord = Pick<
  LogRecord,
  | 'request_id'
  | 'at'
  | 'model'
  | 'provider'
  | 'credential'
  | 'api_key_id'
  | 'provider_key_id'
  | 'error_code'
  | 'usage'
  | 'cost'
  | 'upstream_cost'
>;

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
    count: (record: UsageRecord) => add(toRow(record)),
    rows: () => [...rows.values()].sort((a, b) => (a.day < b.day ? -1 : a.day > b.day ? 1 : 0)),
  };
}

function toRow(record: UsageRecord): UsageRow {
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

/**
 * Fewer rows with the same sums: of the half with the fewest requests it is no longer told which model, provider and provider key they were; where
 * that is known of none, nor which API key. A caller chooses the text in `model`, and so how many rows there are.
 */
export function foldRows(rows: UsageRow[]): UsageRow[] {
  const byRequests = rows.toSorted((a, b) => a.requests - b.requests);
  const small = byRequests.slice(0, Math.ceil(rows.length / 2));
  const isFolded = (row: UsageRow) => row.model === null && row.provider === null && row.provider_key_id === null;
  const api_key_id = small.every(isFolded) ? { api_key_id: '' } : {};
  const table = createUsageTable();
  for (const row of byRequests.slice(small.length)) table.add(row);
  for (const row of small) table.add({ ...row, model: null, provider: null, provider_key_id: null, ...api_key_id });
  return table.rows();
}

type Presented<Row> = Omit<Row, 'cost' | 'upstream_cost'> & { cost: string; upstream_cost: string };

/** A row as it is shown; operators see whose it is. */
export type PresentedRow = Presented<UsageRow> & { workspace_id?: string };

/** A row of one workspace among others: its keys are not told apart. */
export type WorkspaceRow = Omit<PresentedRow, 'api_key_id' | 'provider_key_id'> & { workspace_id: string };

export function presentRow(row: UsageRow): Presented<UsageRow> {
  return { ...row, cost: formatUsd(row.cost), upstream_cost: formatUsd(row.upstream_cost) };
}

/** The rows of one workspace, summed up over its keys. */
export function sumOverKeys(workspaceId: string, rows: UsageRow[]): WorkspaceRow[] {
  const table = createUsageTable();
  for (const row of rows) table.add({ ...row, api_key_id: '', provider_key_id: null });
  return table.rows().map((row) => {
    const { api_key_id: _key, provider_key_id: _providerKey, ...rest } = presentRow(row);
    return { workspace_id: workspaceId, ...rest };
  });
}

const columns = [
  'workspace_id',
  'day',
  'model',
  'provider',
  'credential',
  'api_key_id',
  'provider_key_id',
  ...sums,
] as const;
const operatorColumns: readonly string[] = ['workspace_id'];

/** RFC 4180, with a line of names: of the columns that the rows have, or for none those that a workspace sees. */
export function usageCsv(rows: (PresentedRow | WorkspaceRow)[]): string {
  const [first] = rows;
  const shown = columns.filter((name) => (first === undefined ? !operatorColumns.includes(name) : name in first));
  const lines = rows.map((row) => shown.map((name) => cell((row as PresentedRow)[name] ?? null)).join(','));
  return `${[shown.join(','), ...lines].join('\r\n')}\r\n`;
}

/** Callers choose the text in `model`: a spreadsheet must not take it for a formula (owasp.org/www-community/attacks/CSV_Injection). */
function cell(value: string | number | null): string {
  const text = typeof value === 'string' && /^[=+\-@\t\r]/.test(value) ? `'${value}` : String(value ?? '');
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
