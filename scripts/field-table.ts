// Writes the table of request fields into docs/clients.md, by asking the code what becomes of each.
import { readFileSync, writeFileSync } from 'node:fs';
import { isDeepStrictEqual } from 'node:util';
import type { Door } from '../functions/core/chat/dialect.ts';
import { Refusal } from '../functions/core/chat/refusal.ts';
import type { JsonObject } from '../functions/core/json.ts';
import { doors } from '../functions/operations/doors.ts';
import { chatFields, messagesFields, type Probe, responsesFields } from './fields/known-fields.ts';
import { type Road, roads } from './fields/roads.ts';

const target = new URL('../docs/clients.md', import.meta.url);
const begin = '<!-- Written by `npm run fields`. -->';
const end = '<!-- The end of what `npm run fields` writes. -->';

interface Chapter {
  title: string;
  door: keyof typeof doors;
  least: JsonObject;
  fields: Record<string, Probe>;
}

const chapters: Chapter[] = [
  {
    title: '`POST /v1/chat/completions`',
    door: 'chat',
    least: { model: 'm', messages: [{ role: 'user', content: 'hi' }] },
    fields: chatFields,
  },
  { title: '`POST /v1/responses`', door: 'responses', least: { model: 'm', input: 'hi' }, fields: responsesFields },
  {
    title: '`POST /v1/messages`',
    door: 'messages',
    least: { model: 'm', max_tokens: 2000, messages: [{ role: 'user', content: 'hi' }] },
    fields: messagesFields,
  },
];

export type Fate = 'kept' | 'translated' | 'dropped' | 'refused' | 'ignored';

/** What becomes of a field on a road: the request with it against the request without it. */
export async function fateOf(road: Road, door: Door, least: JsonObject, name: string, probe: Probe): Promise<Fate> {
  const { value, beside } = probe;
  const without = await road.write(door, { ...least, ...beside }).catch(refusal);
  const sent = await road.write(door, { ...least, ...beside, [name]: value }).catch(refusal);
  if (sent === 'refused') return 'refused';
  if (sent.dropped.some((dropped) => dropped === name || dropped.startsWith(`${name}.`))) return 'dropped';
  if (isDeepStrictEqual(sent.body[name], value)) return 'kept';
  return without !== 'refused' && isDeepStrictEqual(sent.body, without.body) ? 'ignored' : 'translated';
}

function refusal(error: unknown): 'refused' {
  if (error instanceof Refusal) return 'refused';
  throw error;
}

async function table({ title, door: name, least, fields }: Chapter): Promise<string[]> {
  const door = await doors[name]();
  const rows = [['field', ...roads.map((road) => road.title)]];
  for (const [field, probe] of Object.entries(fields).sort(([one], [other]) => (one < other ? -1 : 1))) {
    const fates: string[] = [];
    for (const road of roads) fates.push(await fateOf(road, door, least, field, probe));
    rows.push([`\`${field}\``, ...fates]);
  }
  const widths = roads
    .map((_, column) => column + 1)
    .concat(0)
    .sort((one, other) => one - other)
    .map((column) => Math.max(...rows.map((row) => (row[column] ?? '').length)));
  const line = (row: string[]) => `| ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(' | ')} |`;
  const [head = [], ...rest] = rows;
  return [`### ${title}`, '', line(head), line(widths.map((width) => '-'.repeat(width))), ...rest.map(line), ''];
}

/** The text of docs/clients.md with its tables as the code is now. */
export async function renderClients(paper: string): Promise<string> {
  const [before, rest] = paper.split(begin);
  const after = rest?.split(end)[1];
  if (before === undefined || after === undefined) throw new Error('docs/clients.md has lost its markers.');
  const tables: string[] = [];
  for (const chapter of chapters) tables.push(...(await table(chapter)));
  return [before, begin, '\n\n', tables.join('\n'), '\n', end, after].join('');
}

if (import.meta.main) {
  writeFileSync(target, await renderClients(readFileSync(target, 'utf8')));
  console.log(`Written: ${target.pathname}`);
}
