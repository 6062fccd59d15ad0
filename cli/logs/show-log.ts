import { formatCount, formatExact, formatMs, formatUsd } from '../../client/format.ts';
import { type Attempt, type LogRecord, reasonOf } from '../../client/reason.ts';
import { curlOf } from '../../client/repeat.ts';
import { failures } from '../../client/words.ts';
import { type Paper, toned } from '../terminal/paper.ts';
import { printFacts } from '../terminal/table.ts';
import { command, openGateway, printJson, type World } from '../world.ts';
import { keyNames, recordOf } from './read-log.ts';

type NameOf = (id: string | null) => string;

export function showCommand(world: World) {
  return command('show', 'why one request went as it went: what was tried, in what order, and in whose words')
    .argument('<request>', 'its id, req_…')
    .action(async (id, options) => {
      const gateway = openGateway(world, options);
      const [record, nameOf] = await Promise.all([recordOf(gateway, id), keyNames(gateway)]);
      if (options.json) return printJson(world, record);
      printRecord(world.out, record, nameOf);
      world.out.line();
      world.out.line({ text: 'Send one like it (the log keeps no prompts):', style: 'dim' });
      for (const line of curlOf(record, gateway.url).split('\n')) world.out.line('  ', line);
    });
}

/** What the page's view of a request shows: the reason first, then each attempt, then the rest. */
export function printRecord(out: Paper, record: LogRecord, nameOf: NameOf): void {
  const { tone, word, title, follows, todo } = reasonOf(record, nameOf);
  out.line({ text: record.model ?? record.endpoint, style: 'bold' }, '  ', toned(tone, word), '  ', {
    text: `${record.status} · ${formatExact(record.at)} · ${formatMs(record.total_ms)}`,
    style: 'dim',
  });
  out.line();
  out.line({ text: title, style: 'bold' });
  for (const sentence of follows) out.line(sentence);
  if (todo !== null) out.line('What to do: ', todo);
  if (record.attempts.length > 0) {
    out.line();
    out.line({ text: 'What was tried', style: 'bold' });
    printTimeline(out, record, nameOf);
  }
  out.line();
  out.line({ text: 'The request', style: 'bold' });
  printFacts(out, factsOf(record));
}

const barColumns = 30;

/** Each attempt with a bar that shows when it ran within the whole request. */
function printTimeline(out: Paper, { attempts, total_ms }: LogRecord, nameOf: NameOf): void {
  const starts = startsOf(attempts);
  const whole = Math.max(total_ms, 1, ...attempts.map(({ ms }, index) => (starts[index] ?? 0) + ms));
  for (const [index, attempt] of attempts.entries()) {
    const { target, provider, provider_key_id, region, kind, status, code, message, ms } = attempt;
    const start = starts[index] ?? 0;
    const from = Math.min(barColumns - 1, Math.floor((start / whole) * barColumns));
    const length = Math.min(barColumns - from, Math.max(1, Math.round((ms / whole) * barColumns)));
    const name = target === 'byok' ? `Your key “${nameOf(provider_key_id)}”` : "The platform's credentials";
    out.line(
      `  ${index + 1}. `,
      { text: '·'.repeat(from), style: 'dim' },
      toned(kind === null ? 'ok' : 'bad', '━'.repeat(length)),
      { text: '·'.repeat(barColumns - from - length), style: 'dim' },
      `  ${formatMs(start)} + ${formatMs(ms)}`,
    );
    const told = [provider, region, status === null ? null : `status ${status}`, code].filter((each) => each !== null);
    out.line(
      `     ${name}: `,
      kind === null ? toned('ok', 'served') : toned('bad', `it ${failures[kind].what}`),
      '  ',
      {
        text: told.join(' · '),
        style: 'dim',
      },
    );
    if (message) out.line({ text: "     The provider's words: ", style: 'dim' }, message);
    if (attempt.provider_request_id !== null)
      out.line({ text: `     The provider's request id: ${attempt.provider_request_id}`, style: 'dim' });
  }
}

/** Records before `started_ms` was kept say only how long each took: one began where the other ended. */
function startsOf(attempts: Attempt[]): number[] {
  let end = 0;
  return attempts.map(({ started_ms, ms }) => {
    const start = started_ms ?? end;
    end = start + ms;
    return start;
  });
}

function factsOf(record: LogRecord): [string, string | null | undefined][] {
  const { usage } = record;
  return [
    ['Request id', record.request_id],
    ['Workspace', record.workspace_id],
    ['API key', record.api_key_id],
    ['Endpoint', `${record.endpoint}${record.stream ? ', streamed' : ''}`],
    ['Route', record.route],
    ["Provider's model", record.provider_model],
    ["Provider's request id", record.provider_request_id],
    ['Tokens', usage && `${formatCount(usage.prompt_tokens)} in, ${formatCount(usage.completion_tokens)} out`],
    ['Charged to credit', formatUsd(record.cost)],
    ["Provider's price", record.upstream_cost && formatUsd(record.upstream_cost)],
    ['First content after', record.first_byte_ms === null ? null : formatMs(record.first_byte_ms)],
    ['Time in Keyway', formatMs(record.gateway_ms)],
    ['Finished with', record.finish_reason],
    ['Error code', record.error_code],
    ['Left out', record.dropped_params.join(', ')],
    ['Client', record.client.user_agent],
    ['Address', record.client.ip],
  ];
}
