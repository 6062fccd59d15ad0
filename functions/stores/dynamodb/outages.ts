import { isObject } from '../../core/json.ts';
import { StoreUnavailable } from '../../core/ports.ts';

interface Client {
  middlewareStack: {
    add(
      middleware: (next: (args: never) => Promise<unknown>) => (args: never) => Promise<unknown>,
      options: { step: 'initialize'; name: string },
    ): void;
  };
}

/** Makes a client throw `StoreUnavailable` when its service is down, slow or throttling, after the SDK's own retries. */
export function tellOutages<C>(client: C, service: string): C {
  (client as Client).middlewareStack.add(
    (next) => async (args) => {
      try {
        return await next(args);
      } catch (error) {
        throw isOutage(error) ? new StoreUnavailable(`${service}: ${error.name}.`) : error;
      }
    },
    { step: 'initialize', name: 'tellOutages' },
  );
  return client;
}

/** The service's own faults, throttling, and connections that Node or the SDK gave up on. Refusals of a request are none of these. */
function isOutage(error: unknown): error is Error {
  if (!(error instanceof Error) || !isObject(error)) return false;
  const { $fault, $retryable, code } = error as {
    $fault?: unknown;
    $retryable?: { throttling?: boolean };
    code?: unknown;
  };
  if (
    $fault === 'server' ||
    $retryable?.throttling === true ||
    /Throttl|ThroughputExceeded|RequestLimitExceeded|LimitExceededException/.test(error.name)
  )
    return true;
  return (
    $fault === undefined && (error.name === 'TimeoutError' || (typeof code === 'string' && /^E[A-Z_]+$/.test(code)))
  );
}
