import { JWT } from 'google-auth-library/build/src/auth/jwtclient.js';
import { isObject, type JsonObject, parseJson } from '../../../core/json.ts';
import type { Failure } from '../../../core/routing/failure.ts';
import { readText, send } from '../../../transport/http-client.ts';
import type { Place } from '../errors/error-rules.ts';
import { readBreak, readNonsense, readTokenRefusal } from '../errors/errors.ts';
import { headersOf } from '../errors/headers.ts';

/** Tokens have some thousand characters. */
const answerLimit = 1024 * 1024;

const scope = 'https://www.googleapis.com/auth/cloud-platform';

type ExchangeResult = { value: string; lifetimeMs: number } | { failure: Failure };

interface Answered {
  status: number;
  headers: { get(name: string): string | null };
  text: string;
}

/**
 * A service account for an access token: the JWT grant (https://developers.google.com/identity/protocols/oauth2/service-account#httprest)
 * with Google's client, imported by its path because the package's entry brings twice as much code. The client knows one
 * address only, so its fetch is replaced: that leads to the operator's address by the client of all calls, obeys the signal, and keeps the answer for
 * us to classify.
 */
export async function exchange(
  tokenUrl: string,
  account: JsonObject,
  place: Place,
  signal: AbortSignal,
): Promise<ExchangeResult> {
  const seen: { answered?: Answered; broken?: unknown } = {};

  async function fetchToken(_url: unknown, init?: RequestInit): Promise<Response> {
    try {
      const headers = { 'content-type': 'application/x-www-form-urlencoded', accept: 'application/json' };
      const answer = await send(new URL(tokenUrl), 'POST', headers, String(init?.body), signal);
      const text = await readText(answer.body, answerLimit);
      const { status } = answer;
      seen.answered = { status, headers: headersOf(answer.headers), text };
      return new Response(text, { status, headers: { 'content-type': 'application/json' } });
    } catch (error) {
      seen.broken = error;
      throw error;
    }
  }

  const client = new JWT({
    email: String(account.client_email),
    key: String(account.private_key),
    scopes: [scope],
    // With it the client would hand requests and answers to its debug log.
    useAuthRequestParameters: false,
    // The policy of the gateway owns retries.
    transporterOptions: {
      fetchImplementation: fetchToken,
      retryConfig: { retry: 0, noResponseRetries: 0, shouldRetry: () => false },
    },
  });
  // The client's own errors are worded for its users; what counts is what the endpoint said.
  await client.authorize().catch(() => undefined);
  if (seen.answered) return readAnswer(seen.answered, place);
  if (seen.broken !== undefined) return { failure: readBreak(seen.broken, signal) };
  // Nothing was sent: the form has parsed this key, so what was stored is no longer what it was.
  return {
    failure: {
      kind: 'secret_unavailable',
      status: null,
      code: null,
      message: 'The stored private key could not sign.',
      hint: 'Store the service account key again.',
      providerRequestId: null,
      local: true,
    },
  };
}

function readAnswer(answered: Answered, place: Place): ExchangeResult {
  if (answered.status !== 200) return { failure: readTokenRefusal(answered, place) };
  const body = parseJson(answered.text);
  // The token goes into a header: anything but visible ASCII is no token.
  if (!isObject(body) || typeof body.access_token !== 'string' || !/^[\x21-\x7e]+$/.test(body.access_token))
    return { failure: readNonsense(answered.status) };
  const seconds = Number(body.expires_in);
  return { value: body.access_token, lifetimeMs: (seconds > 0 ? seconds : 3600) * 1000 };
}
