import type { IncomingMessage } from 'node:http';

/** A body as it comes, for one reader. */
export interface BodyReader {
  /** All that has come since the last call, at least a byte; null at the end. Rejects when the connection breaks before it. */
  next(): Promise<Buffer | null>;
  /** Lets go of the body, which then may flow otherwise. */
  release(): void;
}

/** A stream's own async iterator does the same for several times the CPU, piece by piece. */
export function readBody(body: IncomingMessage): BodyReader {
  let wake: (() => void) | null = null;
  let ended = false;
  let failure: Error | null = null;
  const look = () => {
    wake?.();
    wake = null;
  };
  const end = () => {
    ended = true;
    look();
  };
  const fail = (error?: Error) => {
    failure ??= error ?? new Error('The connection broke before the end of the answer.');
    look();
  };
  const close = () => fail();
  body.on('readable', look).on('end', end).on('error', fail).on('close', close);
  return {
    async next() {
      for (;;) {
        const piece: Buffer | null = body.read();
        if (piece !== null) return piece;
        if (ended) return null;
        if (failure !== null) throw failure;
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
    },
    release() {
      body.off('readable', look).off('end', end).off('close', close);
    },
  };
}
