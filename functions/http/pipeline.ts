import { Readable } from 'node:stream';
import middy from '@middy/core';
import { executionModeStreamifyResponse } from '@middy/core/StreamifyResponse';
import type { APIGatewayProxyEvent, Context } from 'aws-lambda';
import { answer } from './answer.ts';
import { withHeartbeat } from './heartbeat.ts';
import { type Incoming, type InvocationContext, readIncoming } from './incoming.ts';
import type { Reply, Serve, Shell } from './reply.ts';

/** An entry whose answers are buffered by API Gateway. */
export function createBufferedHandler(serve: Serve, shell: Shell) {
  return pipeline(middy({ timeoutEarlyInMillis: 0 }), serve, shell, async (reply) => ({
    ...head(reply),
    body: typeof reply.body === 'string' ? reply.body : await join(reply.body),
  }));
}

/** An entry whose answers are streamed through API Gateway (`ResponseTransferMode.STREAM`). */
export function createStreamingHandler(serve: Serve, shell: Shell) {
  const mode = middy({ timeoutEarlyInMillis: 0, executionMode: executionModeStreamifyResponse as () => void });
  const inner = pipeline(mode, serve, shell, async (reply) => ({ ...head(reply), body: toBody(reply.body) }));
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
  if (body instanceof Uint8Array) return Readable.from([body]);
  if (typeof body !== 'string') return withHeartbeat(body);
  return body.length > 16_384 ? Readable.from([body]) : body;
}

type Pipeline = ReturnType<typeof middy>;

function pipeline(base: Pipeline, serve: Serve, shell: Shell, toLambda: (reply: Reply) => Promise<object>): Pipeline {
  return base
    .before((request) => {
      (request as { event: unknown }).event = readIncoming(
        request.event as APIGatewayProxyEvent,
        request.context as unknown as InvocationContext,
      );
    })
    .after(async (request) => {
      request.response = await toLambda(request.response as Reply);
    })
    .handler(((incoming: Incoming) => answer(incoming, serve, shell)) as unknown as Parameters<Pipeline['handler']>[0]);
}

function head(reply: Reply) {
  return { statusCode: reply.status, headers: reply.headers };
}

async function join(pieces: Exclude<Reply['body'], string>): Promise<string> {
  // API Gateway would take them for text.
  if (pieces instanceof Uint8Array) throw new TypeError('Bytes are for entries whose answers are streamed.');
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
