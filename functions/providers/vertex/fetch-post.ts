import type { Failure } from '../../core/routing/failure.ts';
import type { ProviderCall } from '../../core/routing/provider.ts';
import { operationUrl } from './address.ts';
import { readBreak, readRefusal } from './errors.ts';
import type { Target } from './post.ts';
import type { AccessTokens } from './token.ts';

export type Answered = { response: Response } | { failure: Failure };

/** Posts to an operation of the target's model and gives the successful response, its body unread. Never throws. */
export type Post = (
  call: ProviderCall,
  target: Target,
  operation: string,
  body: string,
  signal: AbortSignal,
) => Promise<Answered>;

export function createPost(baseUrl: string | null, tokens: AccessTokens): Post {
  return async (call, { place, model }, operation, body, signal) => {
    const url = operationUrl(baseUrl, place.project, place.region, model, operation);

    async function attempt(renewed: boolean): Promise<Answered> {
      const got = await tokens.get(call.credentialKey, call.credential.reveal(), place, signal);
      if ('failure' in got) return got;
      const response = await fetch(url, {
        method: 'POST',
        headers: { authorization: `Bearer ${got.token}`, 'content-type': 'application/json' },
        body,
        // A redirect would take the prompt elsewhere; Vertex AI never sends one.
        redirect: 'manual',
        signal,
      });
      if (response.ok) return { response };
      const text = await response.text();
      if (response.status === 401) {
        tokens.drop(call.credentialKey, got.token);
        if (!renewed) return attempt(true);
      }
      return { failure: readRefusal({ status: response.status, text, headers: response.headers }, place) };
    }

    try {
      return await attempt(false);
    } catch (error) {
      return { failure: readBreak(error, signal) };
    }
  };
}
