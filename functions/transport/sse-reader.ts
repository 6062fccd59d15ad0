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

export function createSseReader(): SseReader {
  let rest = '';
  let data: string | null = null;
  // A CR at the end of a piece may be half of a CRLF whose LF opens the next piece.
  let afterCr = false;
  const reader: SseReader = {
    push(piece) {
      let text = piece;
      if (afterCr && text.length > 0) {
        if (text.charCodeAt(0) === 10) text = text.slice(1);
        afterCr = false;
      }
      const complete: string[] = [];
      const hasCr = text.includes('\r');
      const all = rest + text;
      let from = 0;
      for (;;) {
        const end = hasCr ? lineEnd(all, from) : all.indexOf('\n', from);
        if (end === -1) break;
        if (end === from) {
          if (data !== null) complete.push(data);
          data = null;
        } else if (all.startsWith('data:', from)) {
          const line = all.slice(all.charCodeAt(from + 5) === 32 ? from + 6 : from + 5, end);
          data = data === null ? line : `${data}\n${line}`;
        } else if (all.startsWith('data', from) && end === from + 4) {
          data = data === null ? '' : `${data}\n`;
        }
        from = end + 1;
        if (hasCr && all.charCodeAt(end) === 13) {
          if (from === all.length) afterCr = true;
          else if (all.charCodeAt(from) === 10) from++;
        }
      }
      rest = from === 0 ? all : all.slice(from);
      if (rest.length + (data?.length ?? 0) > longestEvent) throw new Error('An event of the stream is too long.');
      return complete;
    },
    rest: () => reader.push('\n\n')[0] ?? null,
  };
  return reader;
}

function lineEnd(text: string, from: number): number {
  const lf = text.indexOf('\n', from);
  const cr = text.indexOf('\r', from);
  if (lf === -1 || cr === -1) return Math.max(lf, cr);
  return Math.min(lf, cr);
}
