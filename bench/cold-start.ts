import { createRequire } from 'node:module';
import { Writable } from 'node:stream';

/**
 * A process as Lambda starts it for a function: loads the bundle, then answers one event after the other. Tells how long each took.
 * It loads next to nothing itself, or that would be missing from the bundle's cost; so no `fetch`, no `node:http`.
 */
const [, , bundle = '', events = '[]'] = process.argv;
const streaming = new WeakSet<object>();
let status = 0;
Object.assign(globalThis, {
  awslambda: {
    streamifyResponse<T extends object>(handler: T): T {
      streaming.add(handler);
      return handler;
    },
    HttpResponseStream: {
      from(stream: Writable, prelude: { statusCode: number }): Writable {
        status = prelude.statusCode;
        return stream;
      },
    },
  },
});

type Handler = (event: unknown, second: unknown, third?: unknown) => Promise<{ statusCode: number } | undefined>;

const began = performance.now();
const cpu = process.cpuUsage();
const { handler } = createRequire(import.meta.url)(bundle) as { handler: Handler };
const { user, system } = process.cpuUsage(cpu);
const load = { ms: performance.now() - began, cpuMs: (user + system) / 1000 };

const answers: { status: number; ms: number }[] = [];
for (const event of JSON.parse(events)) {
  const asked = performance.now();
  let ms: number | null = null;
  const stream = new Writable({
    write(chunk: Buffer, _encoding, done) {
      if (chunk.length > 0) ms ??= performance.now() - asked;
      done();
    },
  });
  const context = { getRemainingTimeInMillis: () => 60_000 };
  if (streaming.has(handler)) await handler(event, stream, context);
  else status = (await handler(event, context))?.statusCode ?? 0;
  answers.push({ status, ms: ms ?? performance.now() - asked });
}
process.send?.({ load, answers }, () => process.exit(0));
