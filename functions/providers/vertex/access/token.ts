import type { JsonObject } from '../../../core/json.ts';
import type { Failure } from '../../../core/routing/failure.ts';
import type { Place } from '../errors/error-rules.ts';
import { readBreak } from '../errors/errors.ts';

/** Access tokens of service accounts, kept in the process. */
export interface AccessTokens {
  /** A token that is good for five more minutes; one exchange at a time for one key. Never throws. */
  get(credentialKey: string, account: JsonObject, place: Place, signal: AbortSignal): Promise<TokenResult>;
  /** Forgets a token that Vertex AI refused, unless another one has taken its place. */
  drop(credentialKey: string, token: string): void;
}

type TokenResult = { token: string } | { failure: Failure };

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
    const begun: Exchange = { result: run(), controller, waiting: 0 };
    exchanges.set(credentialKey, begun);
    return begun;

    async function run(): Promise<TokenResult> {
      try {
        // Google's client is loaded when the first token is needed: most cold starts never call Vertex AI.
        const { exchange } = await import('./exchange.ts');
        const got = await exchange(tokenUrl, account, place, controller.signal);
        if ('token' in got) keep(credentialKey, got.token, got.lifetimeMs);
        return got;
      } catch (error) {
        return { failure: readBreak(error, controller.signal) };
      } finally {
        if (exchanges.get(credentialKey) === begun) exchanges.delete(credentialKey);
      }
    }
  }

  function keep(credentialKey: string, token: string, lifetimeMs: number): void {
    tokens.delete(credentialKey);
    tokens.set(credentialKey, { token, renewAt: Date.now() + lifetimeMs - renewBeforeMs });
    const [oldest] = tokens.keys();
    if (tokens.size > mostTokens && oldest !== undefined) tokens.delete(oldest);
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
