import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';

/** Whose secret it is, and which of its versions. */
export interface SecretName {
  workspaceId: string;
  keyId: string;
  version: string;
}

/** One version of a secret as it is stored. */
export interface SealedVersion {
  /** How it was sealed; this code knows 1. */
  format: number;
  /** The data key, wrapped by KMS. */
  wrappedKey: Uint8Array;
  nonce: Uint8Array;
  /** With the tag of 16 bytes at its end. */
  ciphertext: Uint8Array;
  /** Epoch ms. */
  writtenAt: number;
}

/** What is stored is not what was written, under this name: changed, swapped or damaged. The message repeats nothing of it. */
export class TamperedSecretError extends Error {
  override readonly name = 'TamperedSecretError';
}

const algorithm = 'aes-256-gcm';
const format = 1;
/** NIST SP 800-38D, 8.2.2: 96 random bits. Each data key encrypts one text, so that no two nonces ever meet under one key. */
const nonceBytes = 12;
const tagBytes = 16;

/**
 * What KMS binds a data key to, and CloudTrail shows of each call; nothing of it is secret. Policies ask for the first two
 * (lib/constructs/key-vault.ts): docs.aws.amazon.com/kms/latest/developerguide/encrypt_context.html
 */
export function encryptionContext({ workspaceId, keyId, version }: SecretName): Record<string, string> {
  return {
    'keyway:purpose': 'provider-key',
    'keyway:workspace': workspaceId,
    'keyway:key': keyId,
    'keyway:version': version,
  };
}

/** `dataKey`: 32 bytes that encrypt nothing else. */
export function seal(
  dataKey: Uint8Array,
  wrappedKey: Uint8Array,
  name: SecretName,
  writtenAt: number,
  text: string,
): SealedVersion {
  const nonce = randomBytes(nonceBytes);
  const cipher = createCipheriv(algorithm, dataKey, nonce, { authTagLength: tagBytes });
  cipher.setAAD(associatedData(name, format, writtenAt));
  const ciphertext = Buffer.concat([cipher.update(text, 'utf8'), cipher.final(), cipher.getAuthTag()]);
  return { format, wrappedKey, nonce, ciphertext, writtenAt };
}

/** Throws `TamperedSecretError` unless everything is as it was sealed, the name included. */
export function open(dataKey: Uint8Array, name: SecretName, sealed: SealedVersion): string {
  const { nonce, ciphertext, writtenAt } = sealed;
  if (nonce.length !== nonceBytes || ciphertext.length < tagBytes) throw tampered();
  const end = ciphertext.length - tagBytes;
  try {
    const decipher = createDecipheriv(algorithm, dataKey, nonce, { authTagLength: tagBytes });
    decipher.setAAD(associatedData(name, sealed.format, writtenAt));
    decipher.setAuthTag(ciphertext.subarray(end));
    return Buffer.concat([decipher.update(ciphertext.subarray(0, end)), decipher.final()]).toString('utf8');
  } catch {
    throw tampered();
  }
}

/** As a JSON list, in which no two names look the same. */
function associatedData({ workspaceId, keyId, version }: SecretName, sealedAs: number, writtenAt: number): Buffer {
  return Buffer.from(JSON.stringify(['keyway provider key', sealedAs, workspaceId, keyId, version, writtenAt]));
}

function tampered(): TamperedSecretError {
  return new TamperedSecretError('The stored secret does not decrypt under its name.');
}
