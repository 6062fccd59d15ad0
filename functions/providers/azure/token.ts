import { isObject, type JsonObject, parseJson } from '../../core/json.ts';
import type { Failure, FailureKind } from '../../core/routing/failure.ts';
import type { UpstreamCall } from '../../core/routing/upstream.ts';
import { Secret } from '../../core/secret.ts';
import { readRetryAfter, readText, send } from '../../transport/http-client.ts';
import type { Exchanged } from '../http-definition.ts';
import { createKept } from '../sessions/kept.ts';
import { cloudOf } from './endpoint.ts';

/** Access tokens of applications, kept in the process under the credential's key alone. */
export interface EntraTokens {
  /** Never rejects. */
  prove(call: UpstreamCall, signal: AbortSignal): Promise<Exchanged>;
}

type TokenResult = { value: string; lifetimeMs: number } | { failure: Failure };

/** Tokens have some thousand characters. */
const answerLimit = 1024 * 1024;

/** `authority`: instead of the cloud's own; null: the cloud's. */
export function createEntraTokens(authority: string | null): EntraTokens {
  const tokens = createKept<string>();
  return {
    async prove({ credential, credentialKey, authenticated }, signal) {
      const got = await tokens.get(credentialKey, (ended) => exchange(authority, credential.reveal(), ended), signal);
      if ('failure' in got) return got;
      const { value: token, fresh } = got;
      authenticated(new Secret(token));
      return {
        headers: { authorization: `Bearer ${token}` },
        refused() {
          tokens.drop(credentialKey, token);
          // One that is fresh will not get better.
          return !fresh;
        },
      };
    },
  };
}

/** The client credentials grant: https://learn.microsoft.com/entra/identity-platform/v2-oauth2-client-creds-grant-flow. */
async function exchange(authority: string | null, credential: JsonObject, signal: AbortSignal): Promise<TokenResult> {
  const cloud = cloudOf(new URL(String(credential.endpoint)).hostname);
  if (cloud === null) return { failure: failed('credential', null, 'The stored endpoint is none of Azure.', true) };
  const url = new URL(
    `${authority ?? cloud.authority}/${encodeURIComponent(String(credential.tenantId))}/oauth2/v2.0/token`,
  );
  const form = new URLSearchParams({
    grant_type: 'client_credentials',
    client_id: String(credential.clientId),
    client_secret: String(credential.clientSecret),
    scope: cloud.scope,
  });
  const headers = { 'content-type': 'application/x-www-form-urlencoded', accept: 'application/json' };
  try {
    const answer = await send(url, 'POST', headers, form.toString(), signal);
    const body = parseJson(await readText(answer.body, answerLimit));
    if (answer.status !== 200) {
      const retryAfterMs = readRetryAfter(answer.headers, Date.now());
      const failure = readRefusal(answer.status, isObject(body) ? body : {});
      return { failure: { ...failure, ...(retryAfterMs !== undefined && { retryAfterMs }) } };
    }
    // The token goes into a header: anything but visible ASCII is no token.
    if (!isObject(body) || typeof body.access_token !== 'string' || !/^[\x21-\x7e]+$/.test(body.access_token))
      return {
        failure: { ...failed('overloaded', 200, 'Entra ID answered with something that is no token.'), garbled: true },
      };
    const seconds = Number(body.expires_in);
    return { value: body.access_token, lifetimeMs: (seconds > 0 ? seconds : 3600) * 1000 };
  } catch {
    return { failure: failed('network', null, 'The connection to Entra ID failed.') };
  }
}

/**
 * RFC 6749 §5.2 and https://learn.microsoft.com/entra/identity-platform/reference-error-codes (AADSTS7000215: wrong secret,
 * 7000222: expired, 700016: no such application, 90002: no such tenant).
 */
const kinds: Record<string, FailureKind> = {
  invalid_client: 'credential',
  unauthorized_client: 'credential',
  invalid_grant: 'credential',
  invalid_request: 'credential',
  access_denied: 'permission',
  invalid_scope: 'permission',
  invalid_resource: 'permission',
  temporarily_unavailable: 'overloaded',
  server_error: 'overloaded',
};

function readRefusal(status: number, { error, error_description: description }: JsonObject): Failure {
  const code = typeof error === 'string' ? error : null;
  const known = code !== null && Object.hasOwn(kinds, code) ? kinds[code] : undefined;
  const usual = status === 429 ? 'rate_limit' : status >= 500 ? 'overloaded' : 'credential';
  const kind = status === 429 || status >= 500 ? usual : (known ?? usual);
  // Behind the first line stand trace ids and times.
  const words = typeof description === 'string' ? (description.split(/\r?\n| Trace ID:/)[0] ?? '') : '';
  const message = words.slice(0, 500) || `Entra ID answered with status ${status}.`;
  const hint = 'Check tenantId, clientId and clientSecret, and whether the secret has expired.';
  return { ...failed(kind, status, message), code, ...(kind === 'credential' && { hint }) };
}

function failed(kind: FailureKind, status: number | null, message: string, local = false): Failure {
  return { kind, status, code: null, message, providerRequestId: null, ...(local && { local }) };
}
