import { createHash, timingSafeEqual } from 'node:crypto';
import { isObject, parseJson } from '../../core/json.ts';
import { SecretUnavailable } from '../../core/ports.ts';
import type { Secret } from '../../core/secret.ts';

/** More than an operator has people and pipelines; each is compared on every request. */
const mostTokens = 100;

/**
 * What operators authenticate with, from the secret's text: one token, or a JSON list of `{name, hash}` or `{name, token}`, of which each
 * holds. With hashes (SHA-256, hexadecimal) the secret itself lets nobody in. Kept as digests. Throws `SecretUnavailable` when it is malformed:
 * a list that is half understood must not let half of the people in.
 */
export function readAdminTokens(stored: Secret<string>): Buffer[] {
  const text = stored.reveal().trim();
  if (!text.startsWith('[')) return [sha256(text)];
  const list = parseJson(text);
  if (!Array.isArray(list) || list.length > mostTokens) throw malformed();
  return list.map((entry: unknown) => {
    if (!isObject(entry) || typeof entry.name !== 'string' || entry.name === '') throw malformed();
    const { token, hash } = entry;
    if (typeof token === 'string' && token !== '' && hash === undefined) return sha256(token);
    const digits =
      typeof hash === 'string' && token === undefined ? /^(?:sha256:)?([0-9a-f]{64})$/i.exec(hash)?.[1] : null;
    if (digits == null) throw malformed();
    return Buffer.from(digits, 'hex');
  });
}

/** Compares with every digest to its end, so that time tells neither which one fits nor how much of it. */
export function isAmong(digests: Buffer[], given: string): boolean {
  const digest = sha256(given);
  return digests.map((known) => timingSafeEqual(known, digest)).includes(true);
}

function sha256(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}

function malformed(): SecretUnavailable {
  return new SecretUnavailable('The secret of the admin tokens is malformed: a token, or a JSON list of {name, hash}.');
}
