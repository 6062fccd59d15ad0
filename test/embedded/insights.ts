/**
 * As much of CloudWatch Logs Insights as the shipped queries use: docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CWL_QuerySyntax.html.
 * Whatever else a query holds is an error, so that none is shipped that nobody has tried.
 */
export interface QueryResult {
  rows: Record<string, unknown>[];
  /** The fields of log lines that the query names. */
  fields: Set<string>;
}

type Row = Record<string, unknown>;
type Test = (row: Row) => boolean;

export function runQuery(query: string, lines: string[]): QueryResult {
  const fields = new Set<string>();
  let rows: Row[] = lines.map(discover);
  let shown: string[] = [];
  let made = new Set<string>();
  const use = (name: string): string => {
    if (!made.has(name)) fields.add(name);
    return name;
  };
  const commands = query
    .split('\n')
    .filter((line) => !line.startsWith('#'))
    .join('\n')
    .split(/\s*\|\s*(?=[a-z]+ )/)
    .map((command) => command.trim());
  for (const command of commands) {
    const [, name = '', rest = ''] = /^(\w+)\s+([\s\S]+)$/.exec(command) ?? [];
    if (name === 'fields') shown = [...shown, ...rest.split(/,\s*/).map(use)];
    else if (name === 'filter') rows = rows.filter(parseCondition(rest, use));
    else if (name === 'sort') rows = sortRows(rows, rest, use);
    else if (name === 'limit') rows = rows.slice(0, Number(rest));
    else if (name === 'stats') {
      rows = aggregate(rows, rest, use);
      shown = Object.keys(rows[0] ?? {});
      made = new Set([...made, ...namesOf(rest)]);
    } else throw new Error(`Insights has no command like: ${command}`);
  }
  return { rows: rows.map((row) => Object.fromEntries(shown.map((name) => [name, row[name]]))), fields };
}

/** The fields that Insights finds in a line: nested members by a dot, members of lists by their number. */
export function discover(line: string): Row {
  const row: Row = { '@message': line, '@timestamp': timeOf(line), '@log': 'log' };
  const visit = (value: unknown, path: string): void => {
    if (typeof value === 'object' && value !== null)
      for (const [name, inner] of Object.entries(value)) visit(inner, path === '' ? name : `${path}.${name}`);
    else if (value !== null) row[path] = value;
  };
  visit(JSON.parse(line), '');
  return row;
}

function timeOf(line: string): number {
  const { _aws, timestamp } = JSON.parse(line) as { _aws?: { Timestamp: number }; timestamp?: string };
  return _aws?.Timestamp ?? Date.parse(timestamp ?? '1970-01-01');
}

function parseCondition(text: string, use: (name: string) => string): Test {
  const either = split(text, ' or ').map((part) => split(part, ' and ').map((term) => parseTerm(term.trim(), use)));
  return (row) => either.some((all) => all.every((test) => test(row)));
}

function parseTerm(term: string, use: (name: string) => string): Test {
  const present = /^ispresent\(([\w.@]+)\)$/.exec(term);
  if (present) {
    const name = use(present[1] ?? '');
    return (row) => row[name] !== undefined;
  }
  const [, field = '', operator = '', literal = ''] = /^([\w.@]+) (=|!=|like|in) (.+)$/.exec(term) ?? [];
  const name = use(field);
  const value = JSON.parse(literal) as unknown;
  if (operator === 'like' && typeof value === 'string') return (row) => String(row[name] ?? '').includes(value);
  if (operator === 'in' && Array.isArray(value)) return (row) => value.includes(row[name]);
  if (operator === '=') return (row) => row[name] === value;
  if (operator === '!=') return (row) => row[name] !== value;
  throw new Error(`Insights has no condition like: ${term}`);
}

/** Outside of quotation marks. */
function split(text: string, by: string): string[] {
  return text.split(new RegExp(`${by}(?=(?:[^"]*"[^"]*")*[^"]*$)`));
}

function sortRows(rows: Row[], text: string, use: (name: string) => string): Row[] {
  const [, field = '', order = 'asc'] = /^([\w.@]+)(?: (asc|desc))?$/.exec(text) ?? [];
  const name = use(field);
  const sign = order === 'desc' ? -1 : 1;
  return rows.toSorted((a, b) => sign * (Number(a[name] ?? 0) - Number(b[name] ?? 0)));
}

const measures: Record<string, (values: unknown[]) => unknown> = {
  count: (values) => values.length,
  count_distinct: (values) => new Set(values).size,
  sum: (values) => values.reduce<number>((sum, value) => sum + Number(value), 0),
  latest: (values) => values.at(-1),
};

function namesOf(stats: string): string[] {
  return [...stats.matchAll(/ as (\w+)/g)].map(([, name = '']) => name);
}

function aggregate(rows: Row[], text: string, use: (name: string) => string): Row[] {
  const [what = '', by = ''] = text.split(' by ');
  const keys = by.split(/,\s*/).map(use);
  const columns = what.split(/,\s*/).map((column) => {
    const [, name = '', argument = '', as = ''] = /^(\w+)\((\*|[\w.@]+)\) as (\w+)$/.exec(column) ?? [];
    const measure = measures[name];
    if (measure === undefined) throw new Error(`Insights has no measure like: ${column}`);
    return { measure, argument: argument === '*' ? null : use(argument), as };
  });
  const groups = Map.groupBy(rows, (row) => JSON.stringify(keys.map((key) => row[key] ?? null)));
  return [...groups.values()].map((group) => ({
    ...Object.fromEntries(keys.map((key) => [key, group[0]?.[key]])),
    ...Object.fromEntries(
      columns.map(({ measure, argument, as }) => [
        as,
        measure(group.flatMap((row) => (argument === null ? [1] : row[argument] === undefined ? [] : [row[argument]]))),
      ]),
    ),
  }));
}
