import { assumption } from './assumptions.ts';
import { prices } from './prices.ts';
import type { Column } from './table.ts';

const hours = 730;
const days = 30;
const million = 1e6;

export type KeyStoreName = 'secrets-manager' | 'kms';

/** USD a month for so many tenants beside their requests: their secrets, their configuration, and the sweep that looks after them. */
export function monthOfTenants(tenants: number, store: KeyStoreName): Column {
  const keys = tenants * assumption('keys-per-tenant');
  const activeHours = tenants * assumption('active-hours');
  const kept = (bytes: number) => (bytes / 2 ** 30) * (prices.dynamoGb + prices.dynamoRecoveryGb);
  const [secrets, pass] =
    store === 'kms'
      ? // An item of 0.75 KB for a key; a scan of the table each hour.
        [prices.kmsKey + kept(keys * 768), hours * keys * 1.2 * (prices.dynamoRead / million)]
      : // A page of ListSecrets has a hundred; of each the record that names it is read.
        [
          keys * prices.secret,
          hours * ((keys / 100 / 10_000) * prices.secretsCalls + keys * (prices.dynamoRead / million)),
        ];
  return {
    title: `${tenants.toLocaleString('en-US')}, ${store}`,
    lines: [
      { item: 'secrets', usd: secrets },
      { item: 'looking through the secrets, hourly', usd: pass },
      { item: 'configuration kept', usd: kept(tenants * assumption('tenant-bytes')) },
      // Marks, heads and sums: docs/costs-and-credits.md, "Usage".
      { item: 'sums of active hours', usd: activeHours * 4 * (prices.dynamoWrite / million) },
      { item: 'looking at all workspaces, daily', usd: tenants * days * 5 * (prices.dynamoRead / million) },
      {
        item: 'runs of the sweep and its queue',
        usd: (hours * 12 * (50 + tenants / 65) * prices.dynamoRead) / million,
      },
    ],
  };
}
