import type { KMSClient, KMSClientConfig } from '@aws-sdk/client-kms';
import { tellOutages } from '../dynamodb/outages.ts';
import { createRequestHandler } from '../dynamodb/request-handler.ts';
import { TamperedSecretError } from './seal.ts';

/** Data keys of 32 bytes, wrapped by a key that never leaves KMS. `context`: what a data key is bound to. */
export interface DataKeys {
  /** A new one. Whoever may ask for it can unwrap none that there was before. */
  generate(context: Record<string, string>): Promise<{ plaintext: Uint8Array; wrapped: Uint8Array }>;
  /** Throws `TamperedSecretError` when it was not wrapped so, by this key, with this context. */
  unwrap(wrapped: Uint8Array, context: Record<string, string>): Promise<Uint8Array>;
}

/** `kmsKey`: ARN. The SDK's client is loaded by the first call: who stores secrets in Secrets Manager starts without it. */
export function createDataKeys(
  kmsKey: string,
  where: Pick<KMSClientConfig, 'endpoint' | 'region' | 'credentials'> = {},
): DataKeys {
  let client: KMSClient | null = null;
  const load = async () => {
    const kms = await import('@aws-sdk/client-kms');
    client ??= tellOutages(
      new kms.KMSClient({ ...where, maxAttempts: 3, requestHandler: createRequestHandler(128) }),
      'KMS',
    );
    return { kms, client };
  };
  return {
    async generate(context) {
      const { kms, client } = await load();
      const answer = await client.send(
        new kms.GenerateDataKeyCommand({ KeyId: kmsKey, KeySpec: 'AES_256', EncryptionContext: context }),
      );
      if (answer.Plaintext === undefined || answer.CiphertextBlob === undefined)
        throw new Error('KMS gave no data key.');
      return { plaintext: answer.Plaintext, wrapped: answer.CiphertextBlob };
    },

    async unwrap(wrapped, context) {
      const { kms, client } = await load();
      try {
        const { Plaintext } = await client.send(
          new kms.DecryptCommand({ KeyId: kmsKey, CiphertextBlob: wrapped, EncryptionContext: context }),
        );
        if (Plaintext?.length === 32) return Plaintext;
        throw new TamperedSecretError('What KMS unwrapped is no data key.');
      } catch (error) {
        // The errors of Decrypt: docs.aws.amazon.com/kms/latest/APIReference/API_Decrypt.html
        if (error instanceof kms.InvalidCiphertextException || error instanceof kms.IncorrectKeyException)
          throw new TamperedSecretError('KMS does not unwrap the data key of the stored secret.');
        throw error;
      }
    },
  };
}
