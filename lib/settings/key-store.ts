import type { SettingsReader } from './reader.ts';

/** Where the secrets of provider keys lie: each in Secrets Manager, or encrypted in a table, under a key of KMS. */
export interface KeyStoreSettings {
  /** Where new ones go. */
  store: 'secrets-manager' | 'kms';
  /** Whether some may still lie in Secrets Manager. */
  secretsManager: boolean;
  /** The encrypted ones; null: there are none. `table`, `keyArn`: those that exist already; null: the stack makes its own. */
  kms: { table: string | null; keyArn: string | null } | null;
}

export function readKeyStore({ take, flag }: SettingsReader): KeyStoreSettings {
  const store = (take('keyStore', /^(secrets-manager|kms)$/, 'secrets-manager or kms') ??
    'secrets-manager') as KeyStoreSettings['store'];
  // Who has just chosen kms has keys in Secrets Manager: they must not stop working.
  const both = flag('otherKeyStore', store === 'kms');
  const table = take('keyTable', /^[A-Za-z0-9_.-]{3,255}$/, 'the name of a table');
  const keyArn = take(
    'keyStoreKmsKeyArn',
    /^arn:[\w-]+:kms:[\w-]+:\d{12}:key\/[\w-]+$/,
    'the ARN of a KMS key (not of an alias)',
  );
  const usesKms = store === 'kms' || both;
  if (!usesKms && (table !== null || keyArn !== null))
    throw new Error(
      'keyway:keyTable and keyway:keyStoreKmsKeyArn need keyway:keyStore=kms or keyway:otherKeyStore=true.',
    );
  return { store, secretsManager: store === 'secrets-manager' || both, kms: usesKms ? { table, keyArn } : null };
}
