import type { IncomingMessage } from 'node:http';

/** Why a body was not taken. `left`: its sender closed the connection. */
export type NoBody = 'too_large' | 'left';

/** Reads a body of `limit` bytes at most; a longer one is read to its end and thrown away, so that its sender reads the answer. */
export function readBody(request: IncomingMessage, limit: number): Promise<Buffer | NoBody> {
  return new Promise((resolve) => {
    const pieces: Buffer[] = [];
    let size = 0;
    request.on('data', (piece: Buffer) => {
      size += piece.length;
      if (size <= limit) pieces.push(piece);
      else pieces.length = 0;
    });
    request.on('end', () => {
      if (size > limit) resolve('too_large');
      else resolve(pieces.length === 1 && pieces[0] ? pieces[0] : Buffer.concat(pieces, size));
    });
    request.on('error', () => resolve('left'));
    request.on('close', () => resolve('left'));
  });
}
