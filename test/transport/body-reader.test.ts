import { once } from 'node:events';
import { createServer, type IncomingMessage, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { pipeline, Readable } from 'node:stream';
import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import { readBody } from '../../functions/transport/body-reader.ts';
import { dismiss, send } from '../../functions/transport/http-client.ts';

let server: Server | undefined;
afterEach(() => {
  server?.closeAllConnections();
  server?.close();
});

async function ask(answer: RequestListener): Promise<() => Promise<IncomingMessage>> {
  server = createServer(answer);
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const url = new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  return async () => (await send(url, 'GET', {}, null, AbortSignal.timeout(10_000))).body;
}

const tick = () => new Promise((resolve) => setImmediate(resolve));

describe('a body that is read as it comes', () => {
  it('brings every byte once, in order, however it was sent', async () => {
    let pieces: Uint8Array[] = [];
    const open = await ask(async (_, response) => {
      for (const [i, piece] of pieces.entries()) {
        response.write(piece);
        if (i % 3 === 0) await tick();
      }
      response.end();
    });
    const sent = fc.array(fc.uint8Array({ minLength: 1, maxLength: 300 }), { maxLength: 20 });
    await fc.assert(
      fc.asyncProperty(sent, fc.nat(3), async (given, every) => {
        pieces = given;
        const reader = readBody(await open());
        const read: Buffer[] = [];
        for (let piece = await reader.next(); piece !== null; piece = await reader.next()) {
          expect(piece.length).toBeGreaterThan(0);
          read.push(piece);
          if (read.length % (every + 1) === 0) await tick();
        }
        expect(Buffer.concat(read).equals(Buffer.concat(given))).toBe(true);
        expect(await reader.next()).toBeNull();
      }),
      { numRuns: 50 },
    );
  });

  it('tells what came before the connection broke, and then that it broke', async () => {
    const open = await ask(async (_, response) => {
      response.write('half');
      await tick();
      setTimeout(() => response.destroy(), 20);
    });
    const reader = readBody(await open());
    expect((await reader.next())?.toString()).toBe('half');
    await expect(reader.next()).rejects.toThrow();
    await expect(reader.next()).rejects.toThrow();
  });

  it('holds up a sender whom nobody reads', async () => {
    let written = 0;
    const open = await ask((_, response) => {
      const endless = function* () {
        for (;;) {
          written += 64 * 1024;
          yield Buffer.alloc(64 * 1024);
        }
      };
      pipeline(Readable.from(endless()), response, () => undefined);
    });
    const body = await open();
    const reader = readBody(body);
    await reader.next();
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(written).toBeLessThan(30 * 1024 * 1024);
    reader.release();
    dismiss(body, false);
  });

  it('leaves the rest to be read away, so that the connection serves again', async () => {
    const ports = new Set<number | undefined>();
    const open = await ask((request, response) => {
      ports.add(request.socket.remotePort);
      response.write('the end');
      setTimeout(() => response.end(), 20);
    });
    for (let i = 0; i < 3; i++) {
      const body = await open();
      const reader = readBody(body);
      await reader.next();
      reader.release();
      const closed = once(body, 'close');
      dismiss(body, true);
      await closed;
      await tick();
    }
    expect(ports.size).toBe(1);
  });
});
