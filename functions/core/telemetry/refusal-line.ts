import type { ErrorCode } from '../errors.ts';
import type { InvocationIds } from '../log-record.ts';
import { embed } from './metrics.ts';
import { isOwnError, type LineOptions } from './request-line.ts';

/** A request that was refused and has no record: nobody's, because its key is not known, or no inference. */
export interface Refusal extends InvocationIds {
  request_id: string;
  /** Epoch ms of its arrival, and how long it took. */
  at: number;
  ms: number;
  method: string;
  /** The route's pattern, never the path: that is the caller's. */
  resource: string;
  status: number;
  error_code: ErrorCode;
  ip: string | null;
}

/** A refusal as one line of JSON with its metric: one series for each error code. */
export function toRefusalLine(refusal: Refusal, { namespace }: Pick<LineOptions, 'namespace'>): string {
  const own = isOwnError(refusal.error_code);
  return JSON.stringify({
    _aws: embed(namespace, refusal.at + Math.round(refusal.ms), [
      { dimensions: ['error_code'], metrics: ['refusals'] },
      { dimensions: [], metrics: own ? ['gateway_errors'] : [] },
    ]),
    request_id: refusal.request_id,
    gateway_request_id: refusal.gateway_request_id ?? undefined,
    gateway_extended_request_id: refusal.gateway_extended_request_id ?? undefined,
    lambda_request_id: refusal.lambda_request_id ?? undefined,
    method: refusal.method,
    resource: refusal.resource,
    status: refusal.status,
    error_code: refusal.error_code,
    ip: refusal.ip ?? undefined,
    total_ms: Math.round(refusal.ms),
    refusals: 1,
    ...(own && { gateway_errors: 1 }),
  });
}
