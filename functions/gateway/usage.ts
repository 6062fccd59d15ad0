import type { JsonObject } from '../core/json.ts';
import { formatUsd, parseUsd } from '../core/money.ts';
import type { RequestLog } from '../core/ports.ts';

interface Row {
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
  cost: number;
}

/** Usage by day, model, provider, credential, API key and provider key, counted from the request log. */
export async function usageOf(log: RequestLog, workspaceId: string, from: number, to: number): Promise<JsonObject> {
  const rows = new Map<string, Row>();
  let cursor: string | null = null;
  do {
    const page = await log.list(workspaceId, { from, to, status: null, model: null, provider: null, credential: null, providerKeyId: null, limit: 1000, cursor });
    for (const record of page.data) {
      const { model, provider, credential, api_key_id, provider_key_id } = record;
      const day = record.at.slice(0, 10);
      const name = JSON.stringify([day, model, provider, credential, api_key_id, provider_key_id]);
      const row = rows.get(name) ?? { day, model, provider, credential, api_key_id, provider_key_id, requests: 0, errors: 0, prompt_tokens: 0, completion_tokens: 0, cost: 0 };
      row.requests++;
      if (record.error_code !== null) row.errors++;
      row.prompt_tokens += record.usage?.prompt_tokens ?? 0;
      row.completion_tokens += record.usage?.completion_tokens ?? 0;
      row.cost += parseUsd(record.cost) ?? 0;
      rows.set(name, row);
    }
    cursor = page.nextCursor;
  } while (cursor !== null);
  const data = [...rows.values()].map((row) => ({ ...row, cost: formatUsd(row.cost) }));
  return { object: 'list', data, next_cursor: null, from: new Date(from).toISOString(), to: new Date(to).toISOString() };
}
