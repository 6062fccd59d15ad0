import type { IncomingMessage } from 'node:http';

/** Why a body was not taken. `left`: its sender closed the connection. `no_room`: `take` refused a piece of it. */
export type NoBody = 'too_large' | 'no_room' | 'left';

/**
 * Reads a body of `limit` bytes at most; what is not taken is read to its end and thrown away, so that its sender reads the answer.
 * `take` is asked for room for each piece as it comes: what is only announced holds nothing that others need.
 */
export function readBody(
  request: IncomingMessage,
  limit: number,
  take: (bytes: number) => boolean,
): Promise<Buffer | NoBody> {
  return new Promise((resolve) => {
    const pieces: Buffer[] = [];
    let size = 0;
    let refused: NoBody | null = null;
    request.on('data', (piece: Buffer) => {
      size += piece.length;
      if (refused === null && size > limit) refused = 'too_large';
      if (refused === null && !take(piece.length)) refused = 'no_room';
      if (refused === null) pieces.push(piece);
      else pieces.length = 0;
    });
    request.on('end', () => {
      if (refused !== null) resolve(refused);
      else resolve(pieces.length === 1 && pieces[0] ? pieces[0] : Buffer.concat(pieces, size));
    });
    request.on('error', () => resolve('left'));
    request.on('close', () => resolve('left'));
  });
}
