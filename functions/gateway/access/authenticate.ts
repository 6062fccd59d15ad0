import { hash, timingSafeEqual } from 'node:crypto';
import type { Operator } from '../../core/accounts/operator.ts';
import type { Scope } from '../../core/accounts/workspace.ts';
import { GatewayError } from '../../core/errors.ts';
import { encode80, ulidPattern } from '../../core/ids.ts';
import type { Admission, Directory, SecretReader } from '../../core/ports.ts';
import type { Lockout } from './lockout.ts';

/** A caller whose key has been checked. */
export type Principal = Admission;

const keyPattern = new RegExp(`^kw_(${ulidPattern})_[\\w-]{43,128}$`);

/**
 * Checks a workspace's API key and brings everything that decides about its request, with one read.
 * Throws `unauthorized`, `key_disabled`, `workspace_suspended` or `forbidden`. `method`: a suspended workspace may read, and take away.
 */
export async function authenticate(
  bearer: string | null,
  scope: Scope | 'any',
  directory: Directory,
  now: () => number,
  method = 'POST',
): Promise<Principal> {
  const workspaceId = bearer === null ? null : keyPattern.exec(bearer)?.[1];
  if (bearer === null || workspaceId == null) throw unauthorized(bearer);
  const digest = hashApiKey(bearer);
  // The comparison is made in every case, so that an unknown workspace takes as long as a wrong key.
  const matches = (hash: string) => sameHash(hash, digest);
  const admission = await directory.authenticate(`ws_${workspaceId}`, refOf(digest), matches);
  if (admission === null || !matches(admission.apiKey.hash)) throw unauthorized(bearer);
  const { apiKey } = admission;
  if (!apiKey.enabled || apiKey.revokedAt !== null)
    throw new GatewayError(
      'key_disabled',
      apiKey.revokedAt === null ? 'This API key is disabled.' : 'This API key was revoked.',
      { shouldRetry: false },
    );
  if (apiKey.limits.expiresAt !== null && Date.parse(apiKey.limits.expiresAt) <= now())
    throw new GatewayError('key_disabled', 'This API key has expired.', { shouldRetry: false });
  if (!admission.workspace.enabled)
    throw new GatewayError('key_disabled', 'This workspace is disabled.', { shouldRetry: false });
  if (!mayBeSuspended.includes(method)) requireActive(admission);
  if (scope !== 'any') requireScope(admission, scope);
  return admission;
}

/** What can do no harm, and what ends it: logs, usage and keys can be read, and keys revoked and deleted. */
const mayBeSuspended = ['GET', 'HEAD', 'DELETE'];

function requireActive({ workspace: { suspension } }: Principal): void {
  if (suspension == null) return;
  const why = suspension.reason === null ? '' : ` The reason given: ${suspension.reason}`;
  throw new GatewayError('workspace_suspended', `The operator has suspended this workspace.${why}`, {
    shouldRetry: false,
    hint: 'Ask whoever runs this gateway. Logs, usage and keys can be read meanwhile, and keys revoked or deleted.',
  });
}

/** Throws `forbidden`. Apart from `authenticate`, for whoever logs refusals too. */
export function requireScope({ apiKey }: Principal, scope: Scope): void {
  if (apiKey.scopes.includes(scope)) return;
  throw new GatewayError('forbidden', `This API key lacks the scope ${scope}.`, {
    shouldRetry: false,
    hint: `Use a key with the scope ${scope}; keys and their scopes: GET /v1/api-keys.`,
  });
}

export interface OperatorDeps {
  secrets: Pick<SecretReader, 'operatorOf'>;
  lockout: Lockout;
  report(event: string, details: object): void;
}

/**
 * Finds out which operator asks. Whoever is none is told so and leaves a line in the function's log; an address (`client.ip`) from which many wrong
 * tokens came waits longer and longer.
 */
export async function authenticateOperator(
  { bearer, requestId, client }: { bearer: string | null; requestId: string; client: { ip: string | null } },
  deps: OperatorDeps,
): Promise<Operator> {
  if (bearer === null || bearer === '') throw unauthorized(bearer);
  const operator = await deps.secrets.operatorOf(bearer);
  if (operator !== null) return operator;
  deps.report('operator_refused', { request_id: requestId, ip: client.ip });
  const waitSeconds = deps.lockout.wrong(client.ip ?? 'unknown');
  if (waitSeconds > 0)
    throw new GatewayError('rate_limit_exceeded', 'Too many wrong admin tokens came from this address.', {
      retryAfterSeconds: waitSeconds,
      shouldRetry: false,
    });
  throw new GatewayError('unauthorized', 'This is not the admin token.', {
    shouldRetry: false,
    hint: "This endpoint is the operator's: send the admin token as Authorization: Bearer …",
  });
}

/** Throws `forbidden`: an operator of role support looks and changes nothing. */
export function requireOwner({ role }: Operator): void {
  if (role === 'owner') return;
  throw new GatewayError('forbidden', `The role ${role} may read, and change nothing.`, {
    shouldRetry: false,
    hint: 'An operator of role owner can do this.',
  });
}

/** Whether this claims to be a workspace's API key; no operator's token begins so. */
export function isApiKey(bearer: string): boolean {
  return bearer.startsWith('kw_');
}

/** SHA-256, base64url. */
export function hashApiKey(key: string): string {
  return hash('sha256', key, 'base64url');
}

/** The last sixteen characters of a key's id follow from its hash, so that one look-up finds it by either. */
export function refOf(hash: string): string {
  return encode80(Buffer.from(hash, 'base64url').subarray(0, 10));
}

function sameHash(stored: string, given: string): boolean {
  const expected = Buffer.alloc(43);
  expected.write(stored, 'latin1');
  return timingSafeEqual(expected, Buffer.from(given, 'latin1')) && stored.length === given.length;
}

function unauthorized(bearer: string | null): GatewayError {
  return new GatewayError('unauthorized', bearer === null ? 'No API key was sent.' : 'This API key is not known.', {
    shouldRetry: false,
    hint: 'Send a Keyway key as Authorization: Bearer kw_… (a provider key belongs into POST /v1/provider-keys).',
  });
}
