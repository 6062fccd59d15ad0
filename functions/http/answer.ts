import { describeUnforeseen, fromUnforeseen, GatewayError, toWire } from '../core/errors.ts';
import type { JsonObject } from '../core/json.ts';
import { corsHeaders, preflight } from './cors.ts';
import type { Incoming } from './incoming.ts';
import type { Reply, Serve, Shell } from './reply.ts';

/** What every shell answers to a request: served or refused, with the headers that all answers have. Never rejects. */
export async function answer(incoming: Incoming, serve: Serve, shell: Shell): Promise<Reply> {
  let reply: Reply;
  try {
    reply = preflight(incoming, shell.origins) ?? (await serve(incoming));
  } catch (error) {
    reply = refusal(error, incoming.requestId, shell.report);
  }
  const headers = { ...reply.headers, ...corsHeaders(incoming, shell.origins), 'x-request-id': incoming.requestId };
  return { ...reply, headers };
}

/** What the caller is told of an error, nothing of an unexpected one but the request id; `write` gives the body its form. */
export function refusal(
  error: unknown,
  requestId: string,
  report: Shell['report'],
  write: (error: GatewayError, requestId: string) => JsonObject = toWire,
): Reply {
  let told: GatewayError;
  if (error instanceof GatewayError) told = error;
  else {
    report('unexpected_error', { request_id: requestId, error: describeUnforeseen(error) });
    told = fromUnforeseen(error);
  }
  return {
    status: told.status,
    headers: { 'content-type': 'application/json', ...told.headers() },
    body: JSON.stringify(write(told, requestId)),
  };
}
