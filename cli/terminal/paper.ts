import type { Writable } from 'node:stream';
import { styleText } from 'node:util';
import type { Tone } from '../../client/words.ts';
import { safeText } from './safe-text.ts';

type Style = 'bold' | 'dim' | 'red' | 'green' | 'yellow';

/** A text of one line, and how it looks where there are colours. */
export type Piece = string | { text: string; style: Style };

/** Where people read. Whatever is written here is made safe: the only escape sequences that a terminal gets are the paper's own. */
export interface Paper {
  line(...pieces: Piece[]): void;
  /** Draws over the line that was drawn last; at a terminal only. An empty one takes it away. */
  draw(...pieces: Piece[]): void;
  /** In terminal columns; null where nobody's eyes end. */
  width: number | null;
}

type Stream = Writable & { isTTY?: boolean | undefined; columns?: number | undefined };

export function paperOf(stream: Stream, env: Readonly<Record<string, string | undefined>>): Paper {
  const terminal = stream.isTTY === true;
  // https://no-color.org
  const colours = terminal && !env.NO_COLOR && env.TERM !== 'dumb';
  const write = (pieces: Piece[]) =>
    pieces
      .map((piece) => {
        if (typeof piece === 'string') return safeText(piece);
        const text = safeText(piece.text);
        return colours && text !== '' ? styleText(piece.style, text, { validateStream: false }) : text;
      })
      .join('');
  let drawn = false;
  const clear = () => {
    if (drawn) stream.write('\r\u001b[2K');
    drawn = false;
  };
  return {
    line(...pieces) {
      clear();
      stream.write(`${write(pieces).trimEnd()}\n`);
    },
    draw(...pieces) {
      if (!terminal) return;
      clear();
      if (pieces.length === 0) return;
      stream.write(write(pieces));
      drawn = true;
    },
    width: terminal ? stream.columns || null : null,
  };
}

const styles: Record<Tone, Style> = { ok: 'green', warn: 'yellow', bad: 'red', quiet: 'dim' };

export function toned(tone: Tone, text: string): Piece {
  return { text, style: styles[tone] };
}

export function textOf(piece: Piece): string {
  return safeText(typeof piece === 'string' ? piece : piece.text);
}
