/**
 * What the managed Node.js runtime does around a handler, as far as streamed responses go: it offers the global `awslambda`, asks the
 * Runtime API for events, and sends what the handler writes. Run as `node lambda-runtime.ts <bundle>` in a process of its own.
 * Protocol: docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html and runtimes-custom.html#runtimes-custom-response-streaming.
 */
import { request } from 'node:http';
import { Writable } from 'node:stream';
import { pathToFileURL } from 'node:url';
import { format } from 'node:util';

const api = `http://${process.env.AWS_LAMBDA_RUNTIME_API}/2018-06-01/runtime`;

class ResponseStream extends Writable {
  contentType = 'application/octet-stream';
  readonly #url: string;
  #call: ReturnType<typeof request> | undefined;
  #accepted: Promise<void> | undefined;

  constructor(url: string) {
    super();
    this.#url = url;
  }

  setContentType(contentType: string): void {
    this.contentType = contentType;
  }

  #open(): ReturnType<typeof request> {
    if (this.#call) return this.#call;
    const call = request(this.#url, {
      method: 'POST',
      headers: { 'content-type': this.contentType, 'lambda-runtime-function-response-mode': 'streaming' },
    });
    this.#accepted = new Promise((resolve, reject) => {
      call.on('response', (response) => response.resume().on('end', resolve));
      call.on('error', reject);
    });
    this.#call = call;
    return call;
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    if (chunk.length === 0) done();
    else this.#open().write(chunk, done);
  }

  override _final(done: (error?: Error | null) => void): void {
    this.#open().end();
    this.#accepted?.then(() => done(), done);
  }
}

type StreamingHandler = (event: unknown, stream: ResponseStream, context: object) => Promise<void>;

const streaming = new WeakSet<object>();

Object.assign(globalThis, {
  awslambda: {
    streamifyResponse(handler: StreamingHandler): StreamingHandler {
      streaming.add(handler);
      return handler;
    },
    HttpResponseStream: {
      from(stream: ResponseStream, prelude: object): ResponseStream {
        stream.setContentType('application/vnd.awslambda.http-integration-response');
        stream.write(JSON.stringify(prelude));
        stream.write(Buffer.alloc(8));
        return stream;
      },
    },
  },
});

/**
 * The console as Lambda's own client leaves it where the log format is JSON: an object stays one, in `message`
 * (github.com/aws/aws-lambda-nodejs-runtime-interface-client, src/logging/formatter.ts).
 */
let requestId = '';
const levels = { debug: 'DEBUG', info: 'INFO', log: 'INFO', warn: 'WARN', error: 'ERROR' } as const;
for (const [method, level] of Object.entries(levels) as [keyof typeof levels, string][])
  console[method] = (message: unknown, ...params: unknown[]) => {
    const told = params.length === 0 ? message : format(message, ...params);
    const line = JSON.stringify({ timestamp: new Date().toISOString(), level, requestId, message: told });
    process.stdout.write(`${line}\n`);
  };

const bundle = process.argv[2];
if (bundle === undefined) throw new Error('Usage: node lambda-runtime.ts <bundle>');
const { handler } = (await import(pathToFileURL(bundle).href)) as { handler: StreamingHandler };

for (;;) {
  const next = await fetch(`${api}/invocation/next`);
  const id = next.headers.get('lambda-runtime-aws-request-id') ?? '';
  requestId = id;
  const deadline = Number(next.headers.get('lambda-runtime-deadline-ms'));
  const context = {
    awsRequestId: id,
    callbackWaitsForEmptyEventLoop: true,
    getRemainingTimeInMillis: () => deadline - Date.now(),
  };
  try {
    const event: unknown = await next.json();
    if (streaming.has(handler)) await handler(event, new ResponseStream(`${api}/invocation/${id}/response`), context);
    else
      await fetch(`${api}/invocation/${id}/response`, {
        method: 'POST',
        body: JSON.stringify(await (handler as (event: unknown, context: object) => unknown)(event, context)),
      });
  } catch (error) {
    await fetch(`${api}/invocation/${id}/error`, { method: 'POST', body: String(error) });
  }
}
