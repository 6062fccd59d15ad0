import { InvalidArgumentError, Option } from '@commander-js/extra-typings';
import type { operations } from '../../client/api-schema.ts';
import { failures } from '../../client/words.ts';
import { command } from '../world.ts';

export type LogQuery = NonNullable<operations['listLogs']['parameters']['query']>;
type Kind = NonNullable<LogQuery['kind']>;

/** A command with the filters that the API has for its log. */
export function filtered(name: string, says: string) {
  return command(name, says)
    .option('--status <status>', 'error, success or a status such as 429')
    .addOption(new Option('--kind <kind>', 'the failure that decided').choices(Object.keys(failures) as Kind[]))
    .option('--model <model>', 'exact id')
    .option('--provider <provider>', 'such as openai')
    .addOption(new Option('--credential <whose>', 'who served').choices(['byok', 'platform'] as const))
    .option('--provider-key <id>', 'a provider key, pk_…')
    .option('--api-key-id <id>', 'an API key, ak_…')
    .option('--provider-request-id <id>', "the provider's own id")
    .option('--workspace <id>', 'operators: everything of one workspace; without it the failures of all');
}

export interface Filters {
  status?: string | undefined;
  kind?: Kind | undefined;
  model?: string | undefined;
  provider?: string | undefined;
  credential?: 'byok' | 'platform' | undefined;
  providerKey?: string | undefined;
  apiKeyId?: string | undefined;
  providerRequestId?: string | undefined;
  workspace?: string | undefined;
}

export function queryOf(filters: Filters): LogQuery {
  const query = {
    status: filters.status,
    kind: filters.kind,
    model: filters.model,
    provider: filters.provider,
    credential: filters.credential,
    provider_key_id: filters.providerKey,
    api_key_id: filters.apiKeyId,
    provider_request_id: filters.providerRequestId,
    workspace_id: filters.workspace,
  };
  return Object.fromEntries(Object.entries(query).filter(([, value]) => value !== undefined));
}

const units: Record<string, number> = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** `90s`, `15m`, `2h` or `7d` ago, a day, or a time: as ISO 8601 in UTC. */
export function timeAt(now: () => number): (text: string) => string {
  return (text) => {
    const [, count, unit] = /^(\d{1,6})([smhd])$/.exec(text) ?? [];
    const ms = unit === undefined ? Date.parse(text) : now() - Number(count) * (units[unit] ?? 0);
    if (Number.isNaN(ms)) throw new InvalidArgumentError('Give 15m, 2h or 7d, or a time such as 2026-11-25T08:00Z.');
    return new Date(ms).toISOString();
  };
}

export function countUpTo(max: number): (text: string) => number {
  return (text) => {
    const count = Number(text);
    if (!Number.isInteger(count) || count < 0 || count > max)
      throw new InvalidArgumentError(`Give a whole number up to ${max}.`);
    return count;
  };
}
