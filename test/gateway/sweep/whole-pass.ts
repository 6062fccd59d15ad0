import type { ListedSecret, SecretInventory } from '../../../functions/core/more-ports/sweep.ts';
import {
  newPass,
  type Pass,
  type SweepSecretsDeps,
  type Swept,
  sweepSecrets,
} from '../../../functions/gateway/sweep/sweep-secrets.ts';

/** A pass over all secrets of each store, a few pages at a time, each slice in a message of its own. Tells what was done in all of them. */
export async function wholePass(deps: SweepSecretsDeps, mostOrphans = 0): Promise<Swept> {
  const all: Swept = { checked: 0, removed: 0, settled: 0, adopted: 0, foreign: 0, withheld: 0, moved: 0 };
  for (const { store } of deps.inventories) {
    let pass: Pass | null = newPass(store, mostOrphans);
    while (pass !== null) {
      let pages = 0;
      const { swept, next }: Awaited<ReturnType<typeof sweepSecrets>> = await sweepSecrets(
        pass,
        () => ++pages === 40,
        deps,
      );
      if (next === null) for (const name of Object.keys(all) as (keyof Swept)[]) all[name] += swept[name];
      pass = next && JSON.parse(JSON.stringify(next));
    }
  }
  return all;
}

/** All that an inventory lists. */
export async function allSecrets(inventory: SecretInventory): Promise<ListedSecret[]> {
  const found: ListedSecret[] = [];
  let cursor: string | null = null;
  do {
    const { secrets, next }: Awaited<ReturnType<SecretInventory['page']>> = await inventory.page(cursor);
    found.push(...secrets);
    cursor = next;
  } while (cursor !== null);
  return found;
}
