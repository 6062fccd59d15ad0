import { longestEvent } from '../../core/sse-reader.ts';

/** Reads server-sent events from text that arrives in pieces of any size. */
interface EventReader {
  /** The `data` of every event that became complete. Throws when one grows past `longestEvent`. */
  push(text: string): string[];
  /** The data of an event whose closing blank line never came. */
  rest(): string | null;
}

/**
 * LF and CRLF, `data:` with and without the space, several data lines, comments and other fields
 * (https://html.spec.whatwg.org/multipage/server-sent-events.html). A lone CR ends no line: no provider sends it,
 * and to wait for what follows a CR would hold events back.
 */
export function createEventReader(): EventReader {
  let pending = '';
  let data: string[] = [];
  let gathered = 0;

  function readLine(line: string, complete: string[]): void {
    if (line === '') {
      if (data.length > 0) complete.push(data.join('\n'));
      data = [];
      gathered = 0;
    } else if (line.startsWith('data:')) {
      data.push(line.slice(line[5] === ' ' ? 6 : 5));
      gathered += line.length;
    }
  }

  return {
    push(text) {
      const complete: string[] = [];
      let start = 0;
      let end = text.indexOf('\n');
      while (end !== -1) {
        let line = pending + text.slice(start, end);
        pending = '';
        if (line.endsWith('\r')) line = line.slice(0, -1);
        readLine(line, complete);
        start = end + 1;
        end = text.indexOf('\n', start);
      }
      pending += text.slice(start);
      if (pending.length + gathered > longestEvent) throw new Error('An event of the stream is too long.');
      return complete;
    },
    rest() {
      const complete: string[] = [];
      readLine(pending.endsWith('\r') ? pending.slice(0, -1) : pending, complete);
      readLine('', complete);
      pending = '';
      return complete[0] ?? null;
    },
  };
}
