import type { Failure } from '../../core/failure.ts';
import { isObject, type JsonObject, parseJson } from '../../core/json.ts';
import type { Place } from './error-rules.ts';
import { readBreak, readNonsense, readTokenRefusal } from './errors.ts';

/** Access tokens of service accounts, kept in the process. */
export interface AccessTokens {
  /** A token that is good for five more minutes; one exchange at a time for one key. Never throws. */
  get(credentialKey: string, account: JsonObject, place: Place, signal: AbortSignal): Promise<TokenResult>;
  /** Forgets a token that Vertex AI refused, unless another one has taken its place. */
  drop(credentialKey: string, token: string): void;
}

type TokenResult = { token: string } | { failure: Failure };

const scope = 'https://www.googleapis.com/auth/cloud-platform';
const renewBeforeMs = 5 * 60_000;
/** Keys with a token in one process; beyond it the one used longest ago is exchanged again when it comes back. */
const mostTokens = 2000;

interface Exchange {
  result: Promise<TokenResult>;
  controller: AbortController;
  /** Calls that wait for it: when the last one has left, the exchange ends too. */
  waiting: number;
}

export function createAccessTokens(tokenUrl: string): AccessTokens {
  const tokens = new Map<string, { token: string; renewAt: number }>();
  const exchanges = new Map<string, Exchange>();

  function begin(credentialKey: string, account: JsonObject, place: Place): Exchange {
    const controller = new AbortController();
    const result = exchange(tokenUrl, account, place, controller.signal).then((got) => {
      if (exchanges.get(credentialKey) === begun) exchanges.delete(credentialKey);
      if ('failure' in got) return got;
      tokens.delete(credentialKey);
      tokens.set(credentialKey, { token: got.token, renewAt: Date.now() + got.lifetimeMs - renewBeforeMs });
      const [oldest] = tokens.keys();
      if (tokens.size > mostTokens && oldest !== undefined) tokens.delete(oldest);
      return got;
    });
    const begun: Exchange = { result, controller, waiting: 0 };
    exchanges.set(credentialKey, begun);
    return begun;
  }

  return {
    async get(credentialKey, account, place, signal) {
      const known = tokens.get(credentialKey);
      if (known && Date.now() < known.renewAt) {
        tokens.delete(credentialKey);
        tokens.set(credentialKey, known);
        return { token: known.token };
      }
      const joined = exchanges.get(credentialKey) ?? begin(credentialKey, account, place);
      joined.waiting++;
      try {
        return await unlessAborted(joined.result, signal);
      } finally {
        joined.waiting--;
        if (joined.waiting === 0 && signal.aborted) {
          joined.controller.abort();
          if (exchanges.get(credentialKey) === joined) exchanges.delete(credentialKey);
        }
      }
    },

    drop(credentialKey, token) {
      if (tokens.get(credentialKey)?.token === token) tokens.delete(credentialKey);
    },
  };
}

async function unlessAborted(result: Promise<TokenResult>, signal: AbortSignal): Promise<TokenResult> {
  const left = Promise.withResolvers<TokenResult>();
  const leave = () => left.resolve({ failure: readBreak(null, signal) });
  if (signal.aborted) leave();
  signal.addEventListener('abort', leave, { once: true });
  try {
    return await Promise.race([result, left.promise]);
  } finally {
    signal.removeEventListener('abort', leave);
  }
}

/**
 * The JWT grant (https://developers.google.com/identity/protocols/oauth2/service-account#httprest) with Google's client.
 * The client knows one address only, so its fetch is replaced: that leads to the operator's address, obeys the signal, and
 * keeps the answer for us to classify. The module is loaded by its path: the package's entry brings twice as much code.
 */
async function exchange(tokenUrl: string, account: JsonObject, place: Place, signal: AbortSignal): Promise<{ token: string; lifetimeMs: number } | { failure: Failure }> {
  let answered: { status: number; headers: Headers; text: string } | null = null;
  let broken: unknown = null;

  async function fetchToken(_url: unknown, init?: RequestInit): Promise<Response> {
    try {
      const response = await fetch(tokenUrl, { method: 'POST', headers: init?.headers ?? {}, body: String(init?.body), redirect: 'manual', signal });
      answered = { status: response.status, headers: response.headers, text: await response.text() };
      return new Response(answered.text, { status: response.status, headers: { 'content-type': 'application/json' } });
    } catch (error) {
      broken = error;
      throw error;
    }
  }

  try {
    const { JWT } = await import('google-auth-library/build/src/auth/jwtclient.js');
    const client = new JWT({
      email: String(account.client_email),
      key: String(account.private_key),
      scopes: [scope],
      // With it the client would hand requests and answers to its debug log.
      useAuthRequestParameters: false,
      transporterOptions: { fetchImplementation: fetchToken, retryConfig: { retry: 0, noResponseRetries: 0, shouldRetry: () => false } },
    });
    await client.authorize();
  } catch {
    // The client's own errors are worded for its users; what counts is what the endpoint said.
  }
  return readExchange(answered, broken, place, signal);
}

type Answered = { status: number; headers: Headers; text: string } | null;

function readExchange(answered: Answered, broken: unknown, place: Place, signal: AbortSignal): { token: string; lifetimeMs: number } | { failure: Failure } {
  if (answered === null) {
    if (broken !== null) return { failure: readBreak(broken, signal) };
    return {
      failure: {
        kind: 'credential',
        status: null,
        code: null,
        message: 'The private key could not sign.',
        hint: 'Store the service account key again.',
        providerRequestId: null,
        local: true,
      },
    };
  }
  if (answered.status !== 200) return { failure: readTokenRefusal(answered, place) };
  const body = parseJson(answered.text);
  // The token goes into a header: anything but visible ASCII is no token.
  if (!isObject(body) || typeof body.access_token !== 'string' || !/^[\x21-\x7e]+$/.test(body.access_token)) return { failure: readNonsense(answered.status) };
  const seconds = Number(body.expires_in);
  return { token: body.access_token, lifetimeMs: (seconds > 0 ? seconds : 3600) * 1000 };
}
