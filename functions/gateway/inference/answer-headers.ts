import { formatRoute, isOwn } from '../../core/routing/policy.ts';
import type { Dispatched } from './dispatched.ts';

/** API Gateway takes 10,240 bytes of headers in all. */
const longestList = 2000;

/** The headers that every inference answer has, and refusals as far as they apply. `started`: `performance.now()` of the arrival. */
export function answerHeaders(started: number, dispatched: Dispatched): Record<string, string> {
  const { verdict, hops, served, tried } = dispatched;
  const providerMs = providerTime(dispatched);
  const calls = tried.filter(({ sent }) => sent !== null).length;
  const headers: Record<string, string> = {
    'x-keyway-attempts': String(calls),
    'server-timing': `gateway;dur=${(performance.now() - started - providerMs).toFixed(1)}, provider;dur=${(served?.firstByteMs ?? providerMs).toFixed(1)}`,
  };
  if (hops.length > 0) headers['x-keyway-route'] = formatRoute(hops);
  if (verdict.type !== 'nothing') headers['x-keyway-provider'] = verdict.target.provider;
  if (verdict.type === 'served') {
    headers['x-keyway-credential'] = verdict.target.type;
    if (isOwn(verdict.target)) headers['x-keyway-provider-key'] = verdict.target.key.id;
  }
  const providerRequestId = toldRequestId(dispatched);
  if (providerRequestId) headers['x-keyway-provider-request-id'] = headerSafe(providerRequestId);
  if (served !== null && served.droppedParams.length > 0)
    headers['x-keyway-dropped-params'] = nameList(served.droppedParams);
  return headers;
}

/** Milliseconds spent waiting for providers until now, streams after their commit point aside. */
export function providerTime({ tried }: Dispatched): number {
  return tried.reduce((sum, { ms }) => sum + ms, 0);
}

/** The caller chose the names: a long list is cut at a whole one. */
function nameList(names: string[]): string {
  const list = names.join(',');
  return list.length <= longestList ? list : list.slice(0, Math.max(0, list.lastIndexOf(',', longestList)));
}

/** The provider's own id of the call that served, or of the one whose failure the caller is told. */
export function toldRequestId({ verdict, served, tried }: Dispatched): string | null {
  if (verdict.type === 'failed') return verdict.failure.providerRequestId;
  return served?.answer.providerRequestId ?? tried.at(-1)?.record.provider_request_id ?? null;
}

function headerSafe(text: string): string {
  return text.replace(/[^\x20-\x7e]/g, '').slice(0, 200);
}
