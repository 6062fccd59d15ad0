import { itemsOf } from '../../client/client.ts';
import { nameOf, type ProviderKey } from '../../client/words.ts';
import { misused, Problem } from '../terminal/problem.ts';
import type { Gateway } from '../world.ts';

/** The keys in the order in which requests are tried: lower priority first, then the oldest (docs/api.md). */
export async function listKeys({ client, key }: Gateway, workspace?: string): Promise<ProviderKey[]> {
  if (workspace === undefined && !key.startsWith('kw_'))
    throw new Problem('An operator has no provider keys.', {
      hint: "Use a workspace's API key; keyway keys list --workspace ws_… shows those of one.",
    });
  const keys = await Array.fromAsync(
    workspace === undefined
      ? itemsOf((cursor) =>
          client.GET('/v1/provider-keys', {
            params: { query: { limit: '100', ...(cursor !== undefined && { cursor }) } },
          }),
        )
      : itemsOf((cursor) =>
          client.GET('/v1/workspaces/{id}/provider-keys', {
            params: { path: { id: workspace }, query: { limit: '100', ...(cursor !== undefined && { cursor }) } },
          }),
        ),
  );
  return keys.sort((a, b) => a.priority - b.priority || (a.id < b.id ? -1 : 1));
}

/** The key that is meant by an id or a label. Throws `Problem` when there is none, or when the label means several. */
export function findKey(keys: ProviderKey[], wanted: string): ProviderKey {
  const byId = keys.find(({ id }) => id === wanted);
  if (byId !== undefined) return byId;
  const [found, second] = keys.filter(({ label }) => label === wanted);
  if (found === undefined) throw new Problem(`There is no provider key “${wanted}”.`, { hint: 'keyway keys list' });
  if (second !== undefined) throw misused(`“${wanted}” is the label of several keys.`, 'Give the id: keyway keys list');
  return found;
}

/** How people know a key, by its id: its name, with the id where several have it; the id alone where nobody may know more. */
export function namesOf(keys: ProviderKey[]): (id: string | null) => string {
  const alike = Map.groupBy(keys, nameOf);
  const names = new Map(
    keys.map((key) => {
      const name = nameOf(key);
      return [key.id, (alike.get(name)?.length ?? 0) > 1 ? `${name} (${key.id})` : name];
    }),
  );
  return (id) => names.get(id ?? '') ?? id ?? 'unknown';
}
