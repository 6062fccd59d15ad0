import { randomUUID } from 'node:crypto';
import type { JsonObject } from '../functions/core/json.ts';
import type { StoredVersion } from './secret-book.ts';
import { invalid, ServiceError } from './service-error.ts';

/* What callers give to the operations of the local Secrets Manager, checked as the service does. */

export function tokenOf(input: JsonObject): string {
  const token = optional(input, 'ClientRequestToken') ?? randomUUID();
  if (token.length < 32 || token.length > 64) throw invalid('ClientRequestToken must be 32-64 characters long.');
  return token;
}

export function hasValue(input: JsonObject): boolean {
  return input.SecretString !== undefined || input.SecretBinary !== undefined;
}

export function readValue(input: JsonObject): Pick<StoredVersion, 'string' | 'binary'> {
  const { SecretString: string, SecretBinary: binary } = input;
  const value = string ?? binary;
  if (typeof value !== 'string' || (string !== undefined && binary !== undefined))
    throw invalid('You must provide either SecretString or SecretBinary.');
  // 65536 bytes: Secrets Manager quotas, "Secret value size".
  if (Buffer.byteLength(value, string === undefined ? 'base64' : 'utf8') > 65_536)
    throw invalid('The secret value is longer than 65536 bytes.');
  return string === undefined ? { binary: value } : { string: value };
}

export function sameValue(version: StoredVersion | undefined, input: JsonObject): boolean {
  return version !== undefined && version.string === input.SecretString && version.binary === input.SecretBinary;
}

export function text(input: JsonObject, name: string): string {
  const value = optional(input, name);
  if (value === undefined)
    throw new ServiceError(
      'ValidationException',
      `Value null at '${name}' failed to satisfy constraint: Member must not be null`,
    );
  return value;
}

export function optional(input: JsonObject, name: string): string | undefined {
  const value = input[name];
  if (value === undefined || value === null || typeof value === 'string') return value ?? undefined;
  throw new ServiceError('SerializationException', `${name} is not a string.`);
}
