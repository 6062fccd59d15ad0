import type { JsonObject } from '../../../core/json.ts';
import type { StsSettings } from '../../sessions/assume-role.ts';
import { createKept, type Got } from '../../sessions/kept.ts';
import type { Place } from '../errors/error-rules.ts';
import { readBreak } from '../errors/errors.ts';

/** Access tokens of service accounts and of federated workloads, kept in the process. */
export interface AccessTokens {
  /** Never rejects. */
  get(credentialKey: string, credential: JsonObject, place: Place, signal: AbortSignal): Promise<Got<string>>;
  /** Forgets a token that Vertex AI refused, unless another one has taken its place. */
  drop(credentialKey: string, token: string): void;
}

/** How the gateway proves itself to Google's pools: all of it the operator's, never a tenant's. */
export interface Federation extends StsSettings {
  /** The role whose sessions are named after workspaces; null: the operator has set up none. */
  roleArn: string | null;
  /** Google's Security Token Service: https://docs.cloud.google.com/iam/docs/reference/sts/rest/v1/TopLevel/token. */
  exchangeUrl: string;
  /** https://docs.cloud.google.com/iam/docs/reference/credentials/rest/v1/projects.serviceAccounts/generateAccessToken */
  credentialsUrl: string;
}

/** `federation`: null where the operator has set up none. */
export function createAccessTokens(tokenUrl: string, federation: Federation | null): AccessTokens {
  const tokens = createKept<string>();
  return {
    get: (credentialKey, credential, place, callSignal) =>
      tokens.get(
        credentialKey,
        async (signal) => {
          try {
            // Google's client is loaded when the first token is needed: most cold starts never call Vertex AI.
            if ('poolId' in credential)
              return await (await import('./federation.ts')).federate(federation, credential, place, signal);
            return await (await import('./exchange.ts')).exchange(tokenUrl, credential, place, signal);
          } catch (error) {
            return { failure: readBreak(error, signal) };
          }
        },
        callSignal,
      ),
    drop: tokens.drop,
  };
}
