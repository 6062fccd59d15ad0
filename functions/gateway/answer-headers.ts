import { formatRoute, isOwn } from '../core/routing/policy.ts';
import type { Dispatched } from './dispatch.ts';

/** API Gateway takes 10,240 bytes of headers in all. */
const longestList = 2000;

/** The headers of CONTRACT.md §6, on answers and, as far as they apply, on refusals. `started`: `performance.now()` of the arrival. */
export function answerHeaders(
  started: number,
  dispatched: Dispatched,
  answer: { providerRequestId: string | null; droppedParams: string[] } | null,
): Record<string, string> {
  const { verdict, hops } = dispatched;
  const headers: Record<string, string> = {
    'x-keyway-attempts': String(dispatched.calls),
    'server-timing': `gateway;dur=${(performance.now() - started - dispatched.providerMs).toFixed(1)}, provider;dur=${(dispatched.firstByteMs ?? dispatched.providerMs).toFixed(1)}`,
  };
  if (hops.length > 0) headers['x-keyway-route'] = formatRoute(hops);
  if (verdict.type !== 'nothing') headers['x-keyway-provider'] = verdict.target.provider;
  if (verdict.type === 'served') {
    headers['x-keyway-credential'] = verdict.target.type;
    if (isOwn(verdict.target)) headers['x-keyway-provider-key'] = verdict.target.key.id;
  }
  const providerRequestId = answer === null ? toldRequestId(dispatched) : answer.providerRequestId;
  if (providerRequestId) headers['x-keyway-provider-request-id'] = headerSafe(providerRequestId);
  if (answer !== null && answer.droppedParams.length > 0)
    headers['x-keyway-dropped-params'] = nameList(answer.droppedParams);
  return headers;
}

/** The caller chose the names: a long list is cut at a whole one. */
function nameList(names: string[]): string {
  const list = names.join(',');
  return list.length <= longestList ? list : list.slice(0, Math.max(0, list.lastIndexOf(',', longestList)));
}

/** The provider's own id of the call that served, or of the one whose failure the caller is told. */
export function toldRequestId({ verdict, attempts }: Dispatched): string | null {
  return verdict.type === 'failed' ? verdict.failure.providerRequestId : (attempts.at(-1)?.provider_request_id ?? null);
}

function headerSafe(text: string): string {
  return text.replace(/[^\x20-\x7e]/g, '').slice(0, 200);
}
