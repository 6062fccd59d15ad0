import { ApiError } from './api-error.ts';
import { bodyOf, type Client } from './client.ts';

/** What a key opens: a workspace (`manage`), inference alone, or the operator's views. */
export type Role = 'manage' | 'inference' | 'operator';

/** Asks the gateway what a key opens. Rejects with what the gateway says when it opens nothing. */
export async function roleOf(client: Client, key: string): Promise<Role> {
  if (!key.startsWith('kw_')) {
    await bodyOf(client.GET('/v1/workspaces', { params: { query: { limit: '1' } } }));
    return 'operator';
  }
  // Any key opens the balance; only `manage` opens the keys.
  await bodyOf(client.GET('/v1/balance'));
  try {
    await bodyOf(client.GET('/v1/provider-keys', { params: { query: { limit: '1' } } }));
    return 'manage';
  } catch (error) {
    if (error instanceof ApiError && error.code === 'forbidden') return 'inference';
    throw error;
  }
}
