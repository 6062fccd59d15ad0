import { formatMs, formatUsd } from '../../client/format.ts';
import { type LogRecord, reasonOf } from '../../client/reason.ts';
import { type Paper, type Piece, toned } from '../terminal/paper.ts';
import { printTable } from '../terminal/table.ts';
import { openGateway, printJson, type World } from '../world.ts';
import { countUpTo, filtered, queryOf, timeAt } from './filters.ts';
import { keyNames, recordsOf } from './read-log.ts';

const usualCount = 50;

export function listCommand(world: World) {
  const time = timeAt(world.terminal.now);
  return filtered('list', 'requests, newest first')
    .option('--from <time>', 'since then: 2h, 7d or a time', time)
    .option('--to <time>', 'until then', time)
    .option('-n, --limit <count>', 'how many', countUpTo(10_000), usualCount)
    .action(async ({ from, to, limit, ...options }) => {
      const gateway = openGateway(world, options);
      const query = { ...queryOf(options), ...(from !== undefined && { from }), ...(to !== undefined && { to }) };
      const [records, nameOf] = await Promise.all([
        Array.fromAsync(firstOf(recordsOf(gateway, query), limit)),
        keyNames(gateway),
      ]);
      if (options.json) return printJson(world, { object: 'list', data: records });
      if (records.length === 0) world.out.line('There are no such requests.');
      else printTable(world.out, columns(nameOf), records);
    });
}

/** The first items of a list whose end nobody asks for. */
export async function* firstOf<Item>(items: AsyncGenerator<Item>, count: number): AsyncGenerator<Item> {
  if (count <= 0) return;
  let left = count;
  for await (const item of items) {
    yield item;
    if (--left === 0) return;
  }
}

const columns = (nameOf: (id: string | null) => string) => [
  { head: 'at', cell: ({ at }: LogRecord) => clockOf(at) },
  { head: 'status', cell: ({ status }: LogRecord) => String(status), right: true },
  { head: 'outcome', cell: (record: LogRecord) => outcomeOf(record, nameOf) },
  { head: 'model', cell: ({ model, endpoint }: LogRecord) => model ?? endpoint, flexible: true },
  { head: 'served by', cell: (record: LogRecord) => servedBy(record, nameOf), flexible: true },
  { head: 'took', cell: ({ total_ms }: LogRecord) => formatMs(total_ms), right: true },
  { head: 'charged', cell: ({ cost }: LogRecord) => formatUsd(cost), right: true },
  { head: 'request', cell: ({ request_id }: LogRecord) => request_id },
];

/** One request as one line of a list that goes on. */
export function printLine(out: Paper, record: LogRecord, nameOf: (id: string | null) => string): void {
  const { tone, title } = reasonOf(record, nameOf);
  out.line(
    { text: clockOf(record.at), style: 'dim' },
    '  ',
    toned(tone, String(record.status)),
    `  ${record.model ?? record.endpoint}  `,
    { text: formatMs(record.total_ms), style: 'dim' },
    `  ${title}  `,
    { text: record.request_id, style: 'dim' },
  );
}

function outcomeOf(record: LogRecord, nameOf: (id: string | null) => string): Piece {
  const { tone, word } = reasonOf(record, nameOf);
  return toned(tone, word);
}

function servedBy(record: LogRecord, nameOf: (id: string | null) => string): string {
  if (record.error_code !== null || record.credential === null) return '';
  return record.credential === 'byok' ? nameOf(record.provider_key_id) : 'the platform';
}

/** In the reader's own time zone, and sortable: `2026-11-25 08:15:30`. */
function clockOf(iso: string): string {
  const at = new Date(iso);
  const two = (part: number) => String(part).padStart(2, '0');
  const day = [at.getFullYear(), two(at.getMonth() + 1), two(at.getDate())].join('-');
  return `${day} ${[at.getHours(), at.getMinutes(), at.getSeconds()].map(two).join(':')}`;
}
