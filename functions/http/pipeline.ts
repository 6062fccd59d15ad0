import { Readable } from 'node:stream';
import middy from '@middy/core';
import { executionModeStreamifyResponse } from '@middy/core/StreamifyResponse';
import type { APIGatewayProxyEvent, Context } from 'aws-lambda';
import { describeUnforeseen, fromUnforeseen, GatewayError, toWire } from '../core/errors.ts';
import { withHeartbeat } from './heartbeat.ts';
import { type Incoming, type InvocationContext, readIncoming } from './incoming.ts';

/** What a use case answers: text, or pieces of text as they come. */
export interface Reply {
  status: number;
  headers: Record<string, string>;
  body: string | AsyncIterable<string>;
}

export type Serve = (incoming: Incoming) => Promise<Reply>;
export type Report = (event: string, details: object) => void;

/** An entry whose answers are buffered by API Gateway. */
export function createBufferedHandler(serve: Serve, report: Report) {
  return pipeline(middy({ timeoutEarlyInMillis: 0 }), serve, report, async (reply) => ({
    ...head(reply),
    body: typeof reply.body === 'string' ? reply.body : await join(reply.body),
  }));
}

/** An entry whose answers are streamed through API Gateway (`ResponseTransferMode.STREAM`). */
export function createStreamingHandler(serve: Serve, report: Report) {
  const mode = middy({ timeoutEarlyInMillis: 0, executionMode: executionModeStreamifyResponse as () => void });
  const inner = pipeline(mode, serve, report, async (reply) => ({ ...head(reply), body: toBody(reply.body) }));
  const invoke = inner as unknown as (
    event: APIGatewayProxyEvent,
    stream: ResponseStream,
    context: Context,
  ) => Promise<void>;
  return awslambda.streamifyResponse(async (event: APIGatewayProxyEvent, stream: ResponseStream, context: Context) =>
    invoke(event, stream, { ...context, callerLeft: leaving(stream) } as Context),
  );
}

/** middy writes a text in slices of 16 KB; a large one costs less as a stream of one piece. */
function toBody(body: Reply['body']): string | Readable {
  if (typeof body !== 'string') return withHeartbeat(body);
  return body.length > 16_384 ? Readable.from([body]) : body;
}

type Pipeline = ReturnType<typeof middy>;

function pipeline(base: Pipeline, serve: Serve, report: Report, toLambda: (reply: Reply) => Promise<object>): Pipeline {
  return base
    .before((request) => {
      request.internal.incoming = readIncoming(
        request.event as APIGatewayProxyEvent,
        request.context as unknown as InvocationContext,
      );
      (request as { event: unknown }).event = request.internal.incoming;
    })
    .after(async (request) => {
      request.response = await finish(request.response as Reply, incomingOf(request), toLambda);
    })
    .onError(async (request) => {
      const incoming = incomingOf(request);
      request.response = await finish(refusal(request.error, incoming.requestId, report), incoming, toLambda);
    })
    .handler(serve as unknown as Parameters<Pipeline['handler']>[0]);
}

function incomingOf(request: { internal: Record<string, unknown> }): Incoming {
  return request.internal.incoming as Incoming;
}

async function finish(reply: Reply, incoming: Incoming, toLambda: (reply: Reply) => Promise<object>): Promise<object> {
  return toLambda({ ...reply, headers: { ...reply.headers, 'x-request-id': incoming.requestId } });
}

/** What the caller is told of an error; nothing of an unexpected one but the request id. */
function refusal(error: unknown, requestId: string, report: Report): Reply {
  let told: GatewayError;
  if (error instanceof GatewayError) told = error;
  else {
    report('unexpected_error', { request_id: requestId, error: describeUnforeseen(error) });
    told = fromUnforeseen(error);
  }
  return {
    status: told.status,
    headers: { 'content-type': 'application/json', ...told.headers() },
    body: JSON.stringify(toWire(told, requestId)),
  };
}

function head(reply: Reply) {
  return { statusCode: reply.status, headers: reply.headers };
}

async function join(pieces: AsyncIterable<string>): Promise<string> {
  let text = '';
  for await (const piece of pieces) text += piece;
  return text;
}

/** The stream that Lambda hands to the handler. Lambda's own never closes early; a server's does when its caller leaves. */
interface ResponseStream {
  on?(event: 'close', listener: () => void): unknown;
  writableFinished?: boolean;
}

function leaving(stream: ResponseStream): AbortSignal {
  const controller = new AbortController();
  stream.on?.('close', () => {
    if (stream.writableFinished !== true) controller.abort();
  });
  return controller.signal;
}

declare const awslambda: { streamifyResponse<T>(handler: T): T };
