import { randomUUID } from 'node:crypto';
import type { OutgoingHttpHeaders, ServerResponse } from 'node:http';
import { Writable } from 'node:stream';
import { finished } from 'node:stream/promises';
import type { APIGatewayProxyEvent, Context } from 'aws-lambda';
import { isObject } from '../functions/core/json.ts';

/**
 * Lambda's Node.js runtime for handlers in this process. The names and symbols are those of its own source
 * (github.com/aws/aws-lambda-nodejs-runtime-interface-client, HttpResponseStream and `streamifyResponse`).
 */
const streamingMark = Symbol.for('aws.lambda.runtime.handler.streaming');

/** What `HttpResponseStream.from` sends ahead of the body, and what a buffered handler returns beside it. */
interface Prelude {
  statusCode?: number;
  headers?: Record<string, string | number | boolean>;
  multiValueHeaders?: Record<string, (string | number | boolean)[]>;
  cookies?: string[];
}

type Handler = ((event: unknown, second: unknown, third?: Context) => unknown) & { [streamingMark]?: string };

const preludes = new WeakMap<Writable, Prelude>();

/** Gives this process the `awslambda` global. Call it before any handler is imported. */
export function installLambdaGlobal(): void {
  const awslambda = {
    streamifyResponse: (handler: Handler): Handler => Object.assign(handler, { [streamingMark]: 'response' }),
    HttpResponseStream: {
      from(stream: Writable, prelude: Prelude): Writable {
        // In Lambda it travels as JSON: undefined fields and anything that is no JSON are lost.
        preludes.set(stream, JSON.parse(JSON.stringify(prelude)));
        return stream;
      },
    },
  };
  Object.assign(globalThis, { awslambda });
}

/**
 * Runs a handler for one event and answers with what it says: streamed when it is a streaming handler, else as a whole.
 * Rejects when the handler throws or answers nonsense; whether the head has left by then is in `response.headersSent`.
 */
export async function invoke(
  handler: unknown,
  event: APIGatewayProxyEvent,
  response: ServerResponse,
  options: { functionName: string; timeoutMs: number },
): Promise<void> {
  if (!isHandler(handler)) throw new TypeError(`${options.functionName} exports no handler.`);
  const context = createContext(options.functionName, options.timeoutMs);
  if (handler[streamingMark] === 'response') {
    const stream = createResponseStream(response);
    await handler(event, stream, context);
    if (stream.writableFinished) return;
    stream.end();
    await finished(stream);
    return;
  }
  const result = await handler(event, context);
  if (!isObject(result) || typeof result.statusCode !== 'number')
    throw new TypeError(`${options.functionName} answered without a statusCode.`);
  if (response.destroyed) return;
  writeHead(response, result as Prelude);
  response.end(Buffer.from(String(result.body ?? ''), result.isBase64Encoded === true ? 'base64' : 'utf8'));
}

/**
 * The stream that a streaming handler writes to: every write goes to the socket at once, and a slow reader slows the handler.
 * When the caller leaves before the end it is destroyed: `error`, then `close`. In Lambda callers who leave are never seen,
 * so a handler that listens for `close` only ends earlier than it would there.
 */
function createResponseStream(response: ServerResponse): Writable {
  // The head travels with whatever the handler writes in the same turn, and alone when that is nothing.
  let begun = false;
  const flushHead = () => {
    if (!begun && !response.writableEnded && !response.destroyed) response.flushHeaders();
  };
  const stream = new Writable({
    decodeStrings: false,
    write(chunk: string | Buffer, encoding, done) {
      if (!sendHead(stream, response))
        return done(new TypeError('The handler wrote a body before HttpResponseStream.from.'));
      if (chunk.length === 0) {
        setImmediate(flushHead);
        return done();
      }
      begun = true;
      if (response.write(chunk, encoding)) done();
      else response.once('drain', done);
    },
    final(done) {
      if (!sendHead(stream, response)) return done(new TypeError('The handler ended without HttpResponseStream.from.'));
      response.end(() => done());
    },
  });
  // Without a listener of its own a caller who leaves would end the process.
  stream.on('error', () => {});
  response.once('close', () => {
    if (!response.writableFinished) stream.destroy(new Error('The caller closed the connection.'));
  });
  return Object.assign(stream, { setContentType: () => {} });
}

function sendHead(stream: Writable, response: ServerResponse): boolean {
  const prelude = preludes.get(stream);
  if (prelude && !response.headersSent) writeHead(response, prelude);
  return prelude !== undefined;
}

function writeHead(
  response: ServerResponse,
  { statusCode = 200, headers = {}, multiValueHeaders = {}, cookies = [] }: Prelude,
): void {
  const sent: OutgoingHttpHeaders = {};
  for (const name in headers) sent[name] = String(headers[name]);
  for (const [name, values] of Object.entries(multiValueHeaders)) sent[name] = values.map(String);
  if (cookies.length > 0) sent['set-cookie'] = cookies;
  response.writeHead(statusCode, sent);
}

function createContext(functionName: string, timeoutMs: number): Context {
  const end = performance.now() + timeoutMs;
  const unsupported = () => {
    throw new TypeError('Handlers answer by what they return.');
  };
  return {
    callbackWaitsForEmptyEventLoop: true,
    functionName,
    functionVersion: '$LATEST',
    invokedFunctionArn: `arn:aws:lambda:us-east-1:000000000000:function:${functionName}`,
    memoryLimitInMB: '1024',
    awsRequestId: randomUUID(),
    logGroupName: `/aws/lambda/${functionName}`,
    logStreamName: 'local',
    getRemainingTimeInMillis: () => Math.max(0, Math.round(end - performance.now())),
    done: unsupported,
    fail: unsupported,
    succeed: unsupported,
  };
}

function isHandler(value: unknown): value is Handler {
  return typeof value === 'function';
}
