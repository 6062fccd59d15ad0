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
    reply = refusal(error, incoming, shell);
  }
  const headers = { ...reply.headers, ...corsHeaders(incoming, shell.origins), 'x-request-id': incoming.requestId };
  return { ...reply, headers };
}

/** What the caller is told of an error, nothing of an unexpected one but the request id; `write` gives the body its form. */
export function refusal(
  error: unknown,
  incoming: Incoming,
  { report, refused }: Pick<Shell, 'report' | 'refused'>,
  write: (error: GatewayError, requestId: string) => JsonObject = toWire,
): Reply {
  let told: GatewayError;
  if (error instanceof GatewayError) told = error;
  else {
    report('unexpected_error', { request_id: incoming.requestId, error: describeUnforeseen(error) });
    told = fromUnforeseen(error);
  }
  if (!told.recorded)
    refused({
      request_id: incoming.requestId,
      ...incoming.ids,
      at: incoming.at,
      ms: performance.now() - incoming.started,
      method: incoming.method.slice(0, 10),
      resource: incoming.resource,
      status: told.status,
      error_code: told.code,
      ip: incoming.client.ip,
    });
  return {
    status: told.status,
    headers: { 'content-type': 'application/json', ...told.headers() },
    body: JSON.stringify(write(told, incoming.requestId)),
  };
}
