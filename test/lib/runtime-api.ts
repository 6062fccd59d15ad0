import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';

/** What one invocation sent to the Runtime API, as it comes in. */
export interface Invocation {
  /** `streaming`, or undefined when the response was buffered. */
  mode: string | undefined;
  contentType: string | undefined;
  chunks: AsyncIterable<Buffer>;
}

export interface LambdaProcess {
  /** Resolves with the first byte of the response. Rejects when the handler threw or the process ended. One at a time. */
  invoke(event: object): Promise<Invocation>;
  /** All that the function printed so far. */
  output(): string;
  stop(): Promise<void>;
}

/** Runs a bundle in a process of its own, behind a Runtime API that serves this process alone, one invocation at a time. */
export async function startLambda(bundle: string, environment: Record<string, string> = {}): Promise<LambdaProcess> {
  let asking: ServerResponse | null = null;
  let event: string | null = null;
  let settle: { resolve(invocation: Invocation): void; reject(error: Error): void } | null = null;
  let printed = '';
  let ended: Error | null = null;

  const handOver = (): void => {
    if (!asking || event === null) return;
    asking.writeHead(200, {
      'lambda-runtime-aws-request-id': 'invocation',
      'lambda-runtime-deadline-ms': String(Date.now() + 900_000),
    });
    asking.end(event);
    asking = null;
    event = null;
  };
  const onRequest = (request: IncomingMessage, response: ServerResponse): void => {
    if (request.url?.endsWith('/next')) {
      asking = response;
      handOver();
    } else if (request.url?.endsWith('/response')) {
      request.on('end', () => response.writeHead(202).end());
      const mode = request.headers['lambda-runtime-function-response-mode'];
      settle?.resolve({ mode: mode?.toString(), contentType: request.headers['content-type'], chunks: request });
    } else {
      request.on('data', (chunk) => {
        printed += String(chunk);
      });
      request.on('end', () => {
        response.writeHead(202).end();
        settle?.reject(new Error(`The handler failed. ${printed}`));
      });
    }
  };
  const server = createServer(onRequest).listen(0, '127.0.0.1');
  await once(server, 'listening');

  const child: ChildProcess = spawn(process.execPath, [join(import.meta.dirname, 'lambda-runtime.ts'), bundle], {
    // Nothing of this shell's environment: a real credential must not reach the function under test.
    env: { AWS_LAMBDA_RUNTIME_API: `127.0.0.1:${(server.address() as AddressInfo).port}`, ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on('data', (chunk) => {
      printed += String(chunk);
    });
  }
  child.on('exit', (code) => {
    ended = new Error(`The function's process ended with ${code}. ${printed}`);
    settle?.reject(ended);
  });

  return {
    invoke(given) {
      return new Promise((resolve, reject) => {
        if (ended) return reject(ended);
        settle = { resolve, reject };
        event = JSON.stringify(given);
        handOver();
      });
    },
    output: () => printed,
    async stop() {
      settle = null;
      if (child.exitCode === null && child.kill()) await once(child, 'exit');
      server.closeAllConnections();
      server.close();
    },
  };
}

export interface FramedResponse {
  prelude: { statusCode: number; headers: Record<string, string> };
  /** To be read to its end: the function takes no further event before. */
  body: AsyncGenerator<Buffer>;
}

/** Takes the framing apart: the prelude as JSON, exactly eight NUL bytes, the body. Resolves as soon as the prelude is complete. */
export async function readFraming(chunks: AsyncIterable<Buffer>): Promise<FramedResponse> {
  const source = chunks[Symbol.asyncIterator]();
  let head = Buffer.alloc(0);
  let end = -1;
  while (end < 0 || head.length < end + 8) {
    const { value, done } = await source.next();
    if (done) throw new Error(`The response ended within its prelude: ${head.toString()}`);
    head = Buffer.concat([head, value]);
    end = head.indexOf(0);
  }
  if (!head.subarray(end, end + 8).equals(Buffer.alloc(8)))
    throw new Error('The prelude is not followed by eight NUL bytes.');
  const rest = head.subarray(end + 8);
  async function* body(): AsyncGenerator<Buffer> {
    if (rest.length > 0) yield rest;
    for (let part = await source.next(); !part.done; part = await source.next()) yield part.value;
  }
  return { prelude: JSON.parse(head.subarray(0, end).toString()) as FramedResponse['prelude'], body: body() };
}

export async function readText(body: AsyncIterable<Buffer>): Promise<string> {
  let text = '';
  for await (const part of body) text += part.toString();
  return text;
}
