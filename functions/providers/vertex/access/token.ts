import type { UpstreamCall } from '../../../core/routing/upstream.ts';
import { Secret } from '../../../core/secret.ts';
import { createKept, type Got } from '../../sessions/kept.ts';
import type { Place } from '../errors/error-rules.ts';
import { readBreak } from '../errors/errors.ts';
import type { Federation } from './federation-settings.ts';

export interface AccessToken {
  token: string;
  /** Itself, and what was lent on the way to it: whoever uses it has them removed from what providers say. */
  traces: Secret<string>[];
}

/** Access tokens of service accounts and of federated workloads, kept in the process. */
export interface AccessTokens {
  /** Whatever is lent on the way is told to the call's redactor before it is sent. Never rejects. */
  get(call: UpstreamCall, place: Place, signal: AbortSignal): Promise<Got<AccessToken>>;
  /** Forgets a token that Vertex AI refused, unless another one has taken its place. */
  drop(credentialKey: string, token: AccessToken): void;
}

/** `federation`: null where the operator has set up none. */
export function createAccessTokens(tokenUrl: string, federation: Federation | null): AccessTokens {
  const tokens = createKept<AccessToken>();
  return {
    get: (call, place, callSignal) =>
      tokens.get(
        call.credentialKey,
        async (signal) => {
          const traces: Secret<string>[] = [];
          const authenticated = (lent: Secret<string>) => {
            traces.push(lent);
            call.authenticated(lent);
          };
          const credential = call.credential.reveal();
          try {
            // Google's client is loaded when the first token is needed: most cold starts never call Vertex AI.
            const got =
              'poolId' in credential
                ? await (await import('./federation.ts')).federate(federation, credential, authenticated, place, signal)
                : await (await import('./exchange.ts')).exchange(tokenUrl, credential, place, signal);
            if ('failure' in got) return got;
            traces.push(new Secret(got.value));
            return { value: { token: got.value, traces }, lifetimeMs: got.lifetimeMs };
          } catch (error) {
            return { failure: readBreak(error, signal) };
          }
        },
        callSignal,
      ),
    drop: tokens.drop,
  };
}
