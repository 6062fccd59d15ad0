/**
 * Reads server-sent events (html.spec.whatwg.org, "Interpreting an event stream") from text that arrives in any pieces:
 * LF, CRLF or CR, comments, several data lines. Gives the data of each event that the text so far completes.
 */
export interface SseReader {
  /** Throws when an event grows past sixteen million characters: it would be kept in memory as long as it does not end. */
  push(text: string): string[];
  /** The data of an event whose closing blank line never came; null when there is none. */
  rest(): string | null;
}

export const longestEvent = 16 * 1024 * 1024;

/** How a text is searched; tests count by it what is looked at. */
export type Find = (text: string, sign: string, from: number) => number;

/** Each character is searched for line ends once, and copied a few times, however small the pieces are that an event comes in. */
export function createSseReader(find: Find = (text, sign, from) => text.indexOf(sign, from)): SseReader {
  const line = collectText();
  let data: string[] | null = null;
  let dataLength = 0;
  // A CR at the end of a piece may be half of a CRLF whose LF opens the next piece.
  let afterCr = false;
  const reader: SseReader = {
    push(piece) {
      if (piece.length === 0) return [];
      const complete: string[] = [];
      const endLine = (text: string) => {
        if (text === '') {
          if (data !== null) complete.push(data.join('\n'));
          data = null;
          dataLength = 0;
        } else if (text.startsWith('data:') || text === 'data') {
          data ??= [];
          const value = text.slice(text.charCodeAt(5) === 32 ? 6 : 5);
          data.push(value);
          dataLength += value.length + 1;
        }
      };
      let from = afterCr && piece.charCodeAt(0) === 10 ? 1 : 0;
      let lf = find(piece, '\n', from);
      let cr = find(piece, '\r', from);
      afterCr = false;
      while (lf !== -1 || cr !== -1) {
        const isCr = lf === -1 || (cr !== -1 && cr < lf);
        const end = isCr ? cr : lf;
        endLine(line.take(piece.slice(from, end)));
        from = end + 1;
        if (isCr) {
          if (from === piece.length) afterCr = true;
          else if (from === lf) from++;
          cr = find(piece, '\r', from);
        }
        if (lf !== -1 && lf < from) lf = find(piece, '\n', from);
      }
      if (from < piece.length) line.add(from === 0 ? piece : piece.slice(from));
      if (line.length() + dataLength > longestEvent) throw new Error('An event of the stream is too long.');
      return complete;
    },
    rest: () => reader.push('\n\n')[0] ?? null,
  };
  return reader;
}

/** Text that comes in pieces, joined by the thousand: neither a copy for each piece nor an object for each until the end. */
function collectText() {
  let pieces: string[] = [];
  let joined: string[] = [];
  let length = 0;
  return {
    length: () => length,
    add(piece: string) {
      length += piece.length;
      if (pieces.push(piece) < 1024) return;
      joined.push(pieces.join(''));
      pieces = [];
    },
    /** What was added, and `last` behind it. */
    take(last: string): string {
      if (length === 0) return last;
      const text = [...joined, ...pieces, last].join('');
      pieces = [];
      joined = [];
      length = 0;
      return text;
    },
  };
}
