import type { Failure } from '../../core/routing/failure.ts';
import type { UpstreamCall } from '../../core/routing/upstream.ts';
import { type HttpAnswer, readText, send, wasRepeated } from '../../transport/http-client.ts';
import { expressUrl, operationUrl, type VertexModel } from './access/address.ts';
import type { AccessTokens } from './access/token.ts';
import type { Place } from './errors/error-rules.ts';
import { readBreak, readRefusal } from './errors/errors.ts';
import { headersOf } from './errors/headers.ts';

/** One model on Vertex AI as one call reaches it. */
export interface Target {
  place: Place;
  model: VertexModel;
}

export interface VertexRequest {
  /** `generateContent`, `rawPredict`, … */
  operation: string;
  body: string;
  /** Beside authorization and content type. */
  headers?: Record<string, string>;
}

/** Posts to an operation of the target's model and gives the answer, its body unread. Never rejects. */
export type Post = (
  call: UpstreamCall,
  target: Target,
  request: VertexRequest,
  signal: AbortSignal,
) => Promise<HttpAnswer | { failure: Failure }>;

/** Longer refusals are no messages. */
const refusalLimit = 1024 * 1024;

export function createPost(baseUrl: string | null, tokens: AccessTokens): Post {
  return async (call, { place, model }, { operation, body, headers }, signal) => {
    const { apiKey } = call.credential.reveal();
    if (typeof apiKey === 'string') {
      // Never in the URL, where logs would keep it: https://github.com/googleapis/js-genai/blob/main/src/_api_client.ts.
      const sent = { 'x-goog-api-key': apiKey, 'content-type': 'application/json', ...headers };
      return post(new URL(expressUrl(baseUrl, model, operation)), sent, body, signal);
    }
    const url = new URL(operationUrl(baseUrl, place.project, place.region, model, operation));

    async function attempt(renewed: boolean): Promise<HttpAnswer | { failure: Failure }> {
      const got = await tokens.get(call, place, signal);
      if ('failure' in got) return got;
      for (const trace of got.value.traces) call.authenticated(trace);
      const sent = { authorization: `Bearer ${got.value.token}`, 'content-type': 'application/json', ...headers };
      const answer = await send(url, 'POST', sent, body, signal);
      if (answer.status !== 401) return answer;
      const text = await readText(answer.body, refusalLimit);
      tokens.drop(call.credentialKey, got.value);
      if (!renewed) return attempt(true);
      return { failure: readRefusal({ status: 401, text, headers: headersOf(answer.headers) }, place) };
    }

    return attempt(false).catch((error: unknown) => ({ failure: broken(error, signal) }));
  };
}

async function post(
  url: URL,
  headers: Record<string, string>,
  body: string,
  signal: AbortSignal,
): Promise<HttpAnswer | { failure: Failure }> {
  return send(url, 'POST', headers, body, signal).catch((error: unknown) => ({ failure: broken(error, signal) }));
}

function broken(error: unknown, signal: AbortSignal): Failure {
  return { ...readBreak(error, signal), ...(wasRepeated(error) && { repeated: true }) };
}
