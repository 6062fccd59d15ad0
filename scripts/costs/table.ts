export interface Line {
  item: string;
  usd: number;
}

export interface Column {
  title: string;
  lines: Line[];
}

export const sum = (lines: Line[]): number => lines.reduce((total, line) => total + line.usd, 0);

/** USD as people read it: cents where they matter. */
function usd(amount: number): string {
  return amount >= 1000 ? Math.round(amount).toLocaleString('en-US') : amount.toFixed(2);
}

/** A table in Markdown: an item a row, a case a column, and their sums. */
export function printTable(title: string, columns: Column[]): void {
  console.log(`\n${title}\n`);
  console.log(`| item | ${columns.map((column) => column.title).join(' | ')} |`);
  console.log(`| --- | ${columns.map(() => '---:').join(' | ')} |`);
  for (const item of new Set(columns.flatMap(({ lines }) => lines.map((line) => line.item)))) {
    const cells = columns.map(({ lines }) => lines.find((line) => line.item === item)?.usd);
    console.log(`| ${item} | ${cells.map((amount) => (amount === undefined ? '' : usd(amount))).join(' | ')} |`);
  }
  console.log(`| **sum** | ${columns.map(({ lines }) => `**${usd(sum(lines))}**`).join(' | ')} |`);
}
