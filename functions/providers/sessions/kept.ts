import type { Failure, FailureKind } from '../../core/routing/failure.ts';

/** Values that were got for a stored credential and last for a while (access tokens, sessions), kept in the process. */
export interface Kept<Value> {
  /**
   * One that is good for five more minutes; one exchange at a time for one key. `credentialKey` is `<key id>@<version>`: the only
   * thing that values are kept under. Never rejects.
   */
  get(credentialKey: string, obtain: Obtain<Value>, signal: AbortSignal): Promise<Got<Value>>;
  /** Forgets a value that was refused, unless another one has taken its place. */
  drop(credentialKey: string, value: Value): void;
}

/** Must not reject; its signal is aborted when nobody waits any more. */
export type Obtain<Value> = (
  signal: AbortSignal,
) => Promise<{ value: Value; lifetimeMs: number } | { failure: Failure }>;

/** `fresh`: it was got just now, so that another one will do no better. */
export type Got<Value> = { value: Value; fresh: boolean } | { failure: Failure };

const renewBeforeMs = 5 * 60_000;
/** Keys with a value in one process; beyond it the one used longest ago is got again when it comes back. */
const mostKept = 2000;
/** Failures after which a value that has not expired yet is used on. */
const passing: readonly FailureKind[] = ['network', 'timeout', 'overloaded', 'rate_limit'];

interface Held<Value> {
  value: Value;
  expiresAt: number;
}

interface Exchange<Value> {
  result: Promise<Got<Value>>;
  controller: AbortController;
  /** Calls that wait for it: when the last one has left, the exchange ends too. */
  waiting: number;
}

export function createKept<Value>(): Kept<Value> {
  const held = new Map<string, Held<Value>>();
  const exchanges = new Map<string, Exchange<Value>>();

  function begin(credentialKey: string, obtain: Obtain<Value>): Exchange<Value> {
    const controller = new AbortController();
    const begun: Exchange<Value> = { result: run(), controller, waiting: 0 };
    exchanges.set(credentialKey, begun);
    return begun;

    async function run(): Promise<Got<Value>> {
      const got = await obtain(controller.signal).catch((): { failure: Failure } => ({ failure: broken }));
      if (exchanges.get(credentialKey) === begun) exchanges.delete(credentialKey);
      if ('failure' in got) return got;
      keep(credentialKey, { value: got.value, expiresAt: Date.now() + got.lifetimeMs });
      return { value: got.value, fresh: true };
    }
  }

  function keep(credentialKey: string, one: Held<Value>): void {
    held.delete(credentialKey);
    held.set(credentialKey, one);
    const [oldest] = held.keys();
    if (held.size > mostKept && oldest !== undefined) held.delete(oldest);
  }

  return {
    async get(credentialKey, obtain, signal) {
      const known = held.get(credentialKey);
      if (known && Date.now() < known.expiresAt - renewBeforeMs) {
        keep(credentialKey, known);
        return { value: known.value, fresh: false };
      }
      const joined = exchanges.get(credentialKey) ?? begin(credentialKey, obtain);
      joined.waiting++;
      try {
        const got = await unlessAborted(joined.result, signal);
        const usable = known !== undefined && Date.now() < known.expiresAt;
        return 'failure' in got && usable && passing.includes(got.failure.kind)
          ? { value: known.value, fresh: false }
          : got;
      } finally {
        joined.waiting--;
        if (joined.waiting === 0 && signal.aborted) {
          joined.controller.abort();
          if (exchanges.get(credentialKey) === joined) exchanges.delete(credentialKey);
        }
      }
    },

    drop(credentialKey, value) {
      if (held.get(credentialKey)?.value === value) held.delete(credentialKey);
    },
  };
}

async function unlessAborted<Value>(result: Promise<Got<Value>>, signal: AbortSignal): Promise<Got<Value>> {
  const left = Promise.withResolvers<Got<Value>>();
  const leave = () => left.resolve({ failure: ended });
  if (signal.aborted) leave();
  signal.addEventListener('abort', leave, { once: true });
  try {
    return await Promise.race([result, left.promise]);
  } finally {
    signal.removeEventListener('abort', leave);
  }
}

const nobody = { status: null, code: null, providerRequestId: null } as const;
const ended: Failure = { ...nobody, kind: 'cancelled', message: 'The call was ended.' };
const broken: Failure = { ...nobody, kind: 'network', message: 'The exchange of the credential broke off.' };
