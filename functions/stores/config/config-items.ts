import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import type { ApiKey, KeyHealth, ProviderKey, Workspace } from '../../core/accounts/workspace.ts';
import type { Balance } from '../../core/ports.ts';

/**
 * How the configuration table is laid out. Everything of a workspace has one partition; what the hot path needs lies in
 * four items whose keys are known beforehand, so that one BatchGetItem brings them, however many API keys there are.
 *
 *   pk WS#<ws ulid>  sk SETTINGS          doc, v, keys: {<pk_…>: {v, doc}}, rev: how often the keys changed
 *                    sk HEALTH            keys: {<pk_…>: json}
 *                    sk BALANCE           balance, available in nano-dollars; hold:<req_…>, spent:<counter> (wallet.ts); credits, credit:<…> (credits.ts)
 *                                         to:<shard>, from:<shard>: credit that moved to and from shards (shards.ts)
 *                    sk CREDIT#<hash>     amount, done: one top-up
 *                    sk AK#<16 chars>     one API key; the characters are the end of its id
 *                    sk SPEND#<16 chars>  hold:<req_…>, spent:<counter> of an API key with spend caps
 *                    sk USAGE             until: the hours before it (epoch ms) are summed up; after, packed, moved: the sum of the next one so far
 *                    sk USAGE#<hour>      packed, expires_at: the rows of one hour
 *                    sk USE#<16 chars>#<minute or day>   requests, tokens, expires_at, for API keys with such limits
 *                    sk LIMITS            r<minute>, t<minute>, f<minute>: what a workspace with limits takes (workspace-counts.ts)
 *                    sk FALLBACK#<pk_…>#<hour>   count, cost, expires_at
 *   pk WS#<ws ulid>#<shard>  sk BALANCE   balance (less than nothing: what was spent here), available, hold:<req_…>, in, out (shards.ts)
 *   pk CHANGES#<ws ulid>  sk USE#…#<minute or day>  requests, expires_at: changes that API keys asked for
 *   pk WORKSPACES    sk <ws_…>            the operator's list
 *   pk ACTIVE#<hour>#<0 to 7>   sk <ws_…>          at, expires_at: the hour's records of the workspace are not summed up
 *   pk ACTIVE#LATE   sk <hour>#<ws_…>     the same of an hour that was closed, or could have been
 *   pk SWEEP         sk USAGE             until: of all workspaces; markedFrom, rounded, roundAt, secretsAt (core/more-ports/sweep.ts)
 *   pk PLATFORM      sk HEALTH            keys: {<credential@version>: json}
 *   pk TABLE         sk TABLE             id, name, since, schema: which table this is (table-identity.ts)
 *   pk PRICES        sk PRICES            price:<model id>: the operator's prices
 *
 * Documents are JSON text: one attribute is cheaper to read and write than a tree of attribute values.
 *
 * While a release is rolled out, and after it was rolled back, two releases read and write the same items (docs/deploy.md, "Upgrading"). So
 * fields are added and optional to read, never renamed or given another meaning; a change keeps fields that it does not know; what is no
 * longer written goes on being read for a release. test/stores/releases.test.ts holds the code against items of the release before.
 */
/** Grows when a release writes what the one before it does not know. 1: tables without a number. */
export const schemaVersion = 3;

export type Item = Record<string, AttributeValue>;

export function partition(workspaceId: string): string {
  return `WS#${workspaceId.slice(3)}`;
}

const hourName = (at: number) => new Date(at).toISOString().slice(0, 13);

/** Apart from the rest of the workspace: the function that counts them there may write nothing else of it. */
export function changesPartition(workspaceId: string): string {
  return `CHANGES#${workspaceId.slice(3)}`;
}

export const sortKeys = {
  settings: 'SETTINGS',
  health: 'HEALTH',
  balance: 'BALANCE',
  apiKey: (ref: string) => `AK#${ref}`,
  apiKeySpend: (ref: string) => `SPEND#${ref}`,
  limits: 'LIMITS',
  window: (ref: string, name: string) => `USE#${ref}#${name}`,
  usage: 'USAGE',
  usageHour: (at: number) => `USAGE#${hourName(at)}`,
  credit: (hash: string) => `CREDIT#${hash}`,
  fallbacks: (keyId: string, hour: string) => `FALLBACK#${keyId}#${hour}`,
};

export const workspaceList = 'WORKSPACES';
export const priceList = 'PRICES';
export const tableIdentity = 'TABLE';
export const sweepState = 'SWEEP';
export const platformPartition = 'PLATFORM';

const markShards = 8;

/** Where marks of workspaces with records to sum up lie (functions/stores/sweep/marks.ts). */
export const marks = {
  late: 'ACTIVE#LATE',
  ofHour: (hour: number) => Array.from({ length: markShards }, (_, shard) => `ACTIVE#${hourName(hour)}#${shard}`),
  partition: (workspaceId: string, hour: number) =>
    `ACTIVE#${hourName(hour)}#${(workspaceId.charCodeAt(workspaceId.length - 1) || 0) % markShards}`,
  lateName: (workspaceId: string, hour: number) => `${hourName(hour)}#${workspaceId}`,
  /** What a sort key says; `hour`: of its partition, null for late ones. */
  read: (sk: string, hour: number | null) =>
    hour === null
      ? { workspaceId: sk.slice(14), hour: Date.parse(`${sk.slice(0, 13)}:00:00Z`) }
      : { workspaceId: sk, hour },
};

/** What of an API key's id also follows from its hash: the last sixteen characters. */
export function refOfApiKeyId(id: string): string {
  return id.slice(-16);
}

export function key(pk: string, sk: string): Item {
  return { pk: { S: pk }, sk: { S: sk } };
}

export function readWorkspace(item: Item): Workspace {
  return readDocument<Workspace>(item.doc);
}

export function readApiKey(item: Item): ApiKey {
  return { ...readDocument<ApiKey>(item.doc), ...(item.used?.S !== undefined && { lastUsedAt: item.used.S }) };
}

export function readProviderKeys(settings: Item): ProviderKey[] {
  return Object.values(settings.keys?.M ?? {}).map((entry) => readDocument<ProviderKey>(entry.M?.doc));
}

export function readHealth(item: Item | undefined): Record<string, KeyHealth> {
  return Object.fromEntries(
    Object.entries(item?.keys?.M ?? {}).map(([id, json]) => [id, readDocument<KeyHealth>(json)]),
  );
}

export function readBalance(item: Item | undefined): Balance {
  return { balance: readNumber(item?.balance), available: readNumber(item?.available) };
}

export function readNumber(value: AttributeValue | undefined): number {
  return Number(value?.N ?? 0);
}

export function number(value: number): AttributeValue {
  return { N: String(value) };
}

export function document(value: unknown): AttributeValue {
  return { S: JSON.stringify(value) };
}

function readDocument<T>(value: AttributeValue | undefined): T {
  return JSON.parse(value?.S ?? 'null');
}
