import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Bundle, bundleFunction } from './bundle-function.ts';
import { type LambdaProcess, readFraming, readText, startLambda } from './runtime-api.ts';

describe('a function that CDK bundled', () => {
  let bundle: Bundle;
  let lambda: LambdaProcess;
  let send: ServerResponse;
  const provider = createServer((_, response) => {
    send = response.writeHead(200, { 'content-type': 'text/event-stream' });
    send.write('data: {"i":1}\n\n');
  });

  beforeAll(async () => {
    bundle = bundleFunction('test/lib/sample-streaming-handler.ts');
    provider.listen(0, '127.0.0.1');
    await once(provider, 'listening');
    lambda = await startLambda(bundle.file, { AWS_REGION: 'eu-central-1' });
  });

  afterAll(async () => {
    await lambda?.stop();
    provider.closeAllConnections();
    provider.close();
    bundle?.remove();
  });

  it('streams: prelude, eight NUL bytes, and each chunk before the provider has sent the next', async () => {
    const invocation = await lambda.invoke({
      provider: `http://127.0.0.1:${(provider.address() as AddressInfo).port}/`,
    });
    expect(invocation.mode).toBe('streaming');
    expect(invocation.contentType).toBe('application/vnd.awslambda.http-integration-response');

    const { prelude, body } = await readFraming(invocation.chunks);
    expect(prelude).toEqual({ statusCode: 200, headers: { 'content-type': 'text/event-stream' } });
    expect(String((await body.next()).value)).toBe('data: {"i":1}\n\n');
    // Only now, with the first chunk in hand, does the provider go on.
    send.write('data: {"i":2}\n\n');
    expect(String((await body.next()).value)).toBe('data: {"i":2}\n\n');
    send.end('data: [DONE]\n\n');
    expect(String((await body.next()).value)).toBe('data: [DONE]\n\n');
    expect((await body.next()).done).toBe(true);
  });

  it('loads the SDKs from the bundle, the CommonJS ones included, and serves a second event', async () => {
    const { prelude, body } = await readFraming((await lambda.invoke({})).chunks);
    expect(prelude.statusCode).toBe(200);
    expect(await readText(body)).toBe('["function","function"]');
  });

  it('reports a handler that throws, and goes on', async () => {
    await expect(lambda.invoke({ provider: 'http://127.0.0.1:1/' })).rejects.toThrow('fetch failed');
    const { body } = await readFraming((await lambda.invoke({})).chunks);
    expect(await readText(body)).toBe('["function","function"]');
  });

  it('reports a bundle that cannot be loaded', async () => {
    const broken = await startLambda(`${bundle.file}.missing`);
    await expect(broken.invoke({})).rejects.toThrow("The function's process ended with 1.");
    await broken.stop();
  });
});
