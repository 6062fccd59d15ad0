import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import type { Balance } from '../core/ports.ts';
import type { ApiKey, KeyHealth, ProviderKey, Workspace } from '../core/workspace.ts';

/**
 * How the configuration table is laid out. Everything of a workspace has one partition; what the hot path needs lies in
 * four items whose keys are known beforehand, so that one BatchGetItem brings them, however many API keys there are.
 *
 *   pk WS#<ws ulid>  sk SETTINGS          doc, v, keys: {<pk_…>: {v, doc}}
 *                    sk HEALTH            keys: {<pk_…>: json}
 *                    sk BALANCE           balance, available, holds, credits (numbers in nano-dollars)
 *                    sk AK#<16 chars>     one API key; the characters are the end of its id
 *                    sk FALLBACK#<pk_…>#<hour>   count, cost, expires_at
 *   pk WORKSPACES    sk <ws_…>            the operator's list
 *   pk PLATFORM      sk HEALTH            keys: {<credential@version>: json}
 *
 * Documents are JSON text: one attribute is cheaper to read and write than a tree of attribute values.
 */
export type Item = Record<string, AttributeValue>;

export function partition(workspaceId: string): string {
  return `WS#${workspaceId.slice(3)}`;
}

export const sortKeys = {
  settings: 'SETTINGS',
  health: 'HEALTH',
  balance: 'BALANCE',
  apiKey: (ref: string) => `AK#${ref}`,
  fallbacks: (keyId: string, hour: string) => `FALLBACK#${keyId}#${hour}`,
};

export const workspaceList = 'WORKSPACES';
export const platformPartition = 'PLATFORM';

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
  return readDocument<ApiKey>(item.doc);
}

export function readProviderKeys(settings: Item): ProviderKey[] {
  return Object.values(settings.keys?.M ?? {}).map((entry) => readDocument<ProviderKey>(entry.M?.doc));
}

export function readHealth(item: Item | undefined): Record<string, KeyHealth> {
  return Object.fromEntries(Object.entries(item?.keys?.M ?? {}).map(([id, json]) => [id, readDocument<KeyHealth>(json)]));
}

export function readBalance(item: Item | undefined): Balance {
  return { balance: readNumber(item?.balance), available: readNumber(item?.available) };
}

export function readNumber(value: AttributeValue | undefined): number {
  return Number(value?.N ?? 0);
}

export function document(value: unknown): AttributeValue {
  return { S: JSON.stringify(value) };
}

function readDocument<T>(value: AttributeValue | undefined): T {
  return JSON.parse(value?.S ?? 'null');
}
