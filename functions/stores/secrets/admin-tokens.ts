import { createHash, timingSafeEqual } from 'node:crypto';
import { type Operator, operatorRoles } from '../../core/accounts/operator.ts';
import { isObject, parseJson } from '../../core/json.ts';
import { SecretUnavailable } from '../../core/ports.ts';
import type { Secret } from '../../core/secret.ts';

/** More than an operator has people and pipelines; each is compared on every request. */
const mostTokens = 100;

/** A token by its SHA-256, and whose it is. */
export interface AdminToken extends Operator {
  digest: Buffer;
}

/** Of whoever holds the one token that has no name, such as the one that the stack generates. */
const unnamed: Operator = { name: 'admin', role: 'owner' };

/** What an audit record tells of an operator is one line. */
const namePattern = /^[^\p{Cc}\p{Cf}\p{Zl}\p{Zp}]{1,200}$/u;

/**
 * What operators authenticate with, from the secret's text: one token, or a JSON list of `{name, role?, hash}` or `{name, role?, token}`, of which
 * each holds; without a role it is an owner's. With hashes (SHA-256, hexadecimal) the secret itself lets nobody in. Kept as digests. Throws
 * `SecretUnavailable` when it is malformed: a list that is half understood must not let half of the people in.
 */
export function readAdminTokens(stored: Secret<string>): AdminToken[] {
  const text = stored.reveal().trim();
  if (!text.startsWith('[')) return [{ ...unnamed, digest: sha256(text) }];
  const list = parseJson(text);
  if (!Array.isArray(list) || list.length > mostTokens) throw malformed();
  return list.map((entry: unknown) => {
    if (!isObject(entry) || typeof entry.name !== 'string' || !namePattern.test(entry.name)) throw malformed();
    const { name, token, hash } = entry;
    const role = entry.role === undefined ? 'owner' : operatorRoles.find((each) => each === entry.role);
    if (role === undefined) throw malformed();
    if (typeof token === 'string' && token !== '' && hash === undefined) return { name, role, digest: sha256(token) };
    const digits =
      typeof hash === 'string' && token === undefined ? /^(?:sha256:)?([0-9a-f]{64})$/i.exec(hash)?.[1] : null;
    if (digits == null) throw malformed();
    return { name, role, digest: Buffer.from(digits, 'hex') };
  });
}

/**
 * Compares with every digest to its end, so that time tells neither which one fits nor how much of it. Null: none fits. A token that is
 * listed more than once may do what each of its entries allows, and no more.
 */
export function operatorAmong(tokens: AdminToken[], given: string): Operator | null {
  const digest = sha256(given);
  const fitting = tokens.filter((known) => timingSafeEqual(known.digest, digest));
  const [first] = fitting;
  if (first === undefined) return null;
  return { name: first.name, role: fitting.every(({ role }) => role === 'owner') ? 'owner' : 'support' };
}

function sha256(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}

function malformed(): SecretUnavailable {
  return new SecretUnavailable(
    'The secret of the admin tokens is malformed: a token, or a JSON list of {name, role, hash}.',
  );
}
