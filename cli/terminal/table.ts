import widthOf from 'fast-string-width';
import { type Paper, type Piece, textOf } from './paper.ts';

export interface Column<Row> {
  head: string;
  cell(row: Row): Piece;
  /** Numbers stand at the right. */
  right?: boolean;
  /** Shortened where the terminal is too narrow; the others keep their width. */
  flexible?: boolean;
}

const gap = '  ';
/** No flexible column is made narrower: what is shorter says nothing. */
const narrowest = 8;

/** Prints a table, its widths in terminal columns. Into a file or a pipe nothing is shortened. */
export function printTable<Row>(paper: Paper, columns: Column<Row>[], rows: Row[]): void {
  const cells = rows.map((row) => columns.map(({ cell }) => cell(row)));
  const widths = columns.map(({ head }, index) =>
    Math.max(widthOf(head), ...cells.map((row) => widthOf(textOf(row[index] ?? '')))),
  );
  if (paper.width !== null) shrink(columns, widths, paper.width);
  const print = (row: Piece[]) =>
    paper.line(
      ...columns.flatMap(({ right }, index): Piece[] => {
        const width = widths[index] ?? 0;
        const piece = shortened(row[index] ?? '', width);
        const padding = ' '.repeat(Math.max(0, width - widthOf(textOf(piece))));
        const between = index === 0 ? '' : gap;
        return right ? [between + padding, piece] : [between, piece, padding];
      }),
    );
  print(columns.map(({ head }) => ({ text: head, style: 'dim' })));
  for (const row of cells) print(row);
}

/** Takes from the widest flexible column, again and again, until the table fits or no more can be taken. */
function shrink(columns: { flexible?: boolean }[], widths: number[], room: number): void {
  const whole = () => widths.reduce((sum, width) => sum + width + gap.length, -gap.length);
  while (whole() > room) {
    const wide = widths.flatMap((width, index) => (columns[index]?.flexible && width > narrowest ? [index] : []));
    if (wide.length === 0) return;
    const widest = wide.reduce((a, b) => ((widths[b] ?? 0) > (widths[a] ?? 0) ? b : a));
    widths[widest] = (widths[widest] ?? 0) - 1;
  }
}

const graphemes = new Intl.Segmenter();

function shortened(piece: Piece, width: number): Piece {
  const text = textOf(piece);
  if (widthOf(text) <= width) return piece;
  let kept = '';
  for (const { segment } of graphemes.segment(text)) {
    if (widthOf(kept + segment) > width - 1) break;
    kept += segment;
  }
  return typeof piece === 'string' ? `${kept}…` : { ...piece, text: `${kept}…` };
}

/** Names and values, one pair in each line. */
export function printFacts(paper: Paper, facts: [name: string, value: Piece | null | undefined][]): void {
  const told = facts.flatMap(([name, value]): [string, Piece][] =>
    value == null || textOf(value) === '' ? [] : [[name, value]],
  );
  const width = Math.max(0, ...told.map(([name]) => widthOf(name)));
  for (const [name, value] of told)
    paper.line('  ', { text: name, style: 'dim' }, ' '.repeat(width - widthOf(name)), gap, value);
}
