import { ApiError, Unreachable } from '../../client/api-error.ts';
import type { LogRecord } from '../../client/reason.ts';
import { messageOf } from '../terminal/problem.ts';
import { type Gateway, openGateway, printJsonLine, type World } from '../world.ts';
import { countUpTo, filtered, type LogQuery, queryOf } from './filters.ts';
import { firstOf, printLine } from './list-logs.ts';
import { keyNames, recordsOf } from './read-log.ts';

/** How often is asked: sooner while requests come, later while none do, and later still while the gateway is in trouble. */
const pace = { shortestMs: 1000, idleMs: 5000, troubledMs: 30_000 };
/** A record is written when its request ends, and stands where it began: this is how long ago that may be (15 minutes is what Lambda allows). */
const longestMs = 16 * 60_000;
/** Every so many looks the whole of that time is read, for requests that were long. */
const deepEvery = 10;
/** A look is given up when it meets so many requests that it knows, or so many in all. */
const patience = { known: 100, deep: 10_000 };
/** The last requests are looked for in so much of the log, which may be long and hold few that fit. */
const backlogMs = 24 * 3_600_000;
/** Clocks of gateway and reader may differ. */
const skewMs = 60_000;

export function tailCommand(world: World) {
  return filtered(
    'tail',
    'the last requests, and then new ones as they end, until Ctrl-C. With --json one JSON line each',
  )
    .option('-n, --lines <count>', 'how many of the last day, at most', countUpTo(1000), 10)
    .action(async ({ lines, ...options }) => {
      const gateway = openGateway(world, options);
      const nameOf = options.json ? null : await keyNames(gateway);
      for await (const record of follow(world, gateway, queryOf(options), lines)) {
        if (nameOf === null) printJsonLine(world, record);
        else printLine(world.out, record, nameOf);
      }
    });
}

/** The last records, oldest first, and then each new one, once. Ends when the user leaves; rejects when the gateway refuses for good. */
async function* follow(world: World, gateway: Gateway, query: LogQuery, last: number): AsyncGenerator<LogRecord> {
  const { now, stop, wait } = world.terminal;
  const seen = new Map<string, number>();
  const note = (record: LogRecord) => seen.set(record.request_id, Date.parse(record.at));
  const backlog = { ...query, from: new Date(now() - backlogMs).toISOString() };
  const begun: LogRecord[] = await Array.fromAsync(firstOf(recordsOf(gateway, backlog), Math.max(last, 1)));
  // By the gateway's own clock where it has told one. What had ended by then was there before.
  const since = begun.length === 0 ? now() - skewMs : Math.max(...begun.map(endOf));
  for (const record of begun.toReversed()) {
    note(record);
    if (last > 0) yield record;
  }
  let pause = pace.shortestMs;
  for (let look = 1; ; look++) {
    await wait(pause);
    if (stop.aborted) return;
    try {
      const deep = look % deepEvery === 0;
      const from = new Date(Math.min(now(), since) - longestMs).toISOString();
      const known = (record: LogRecord) => seen.has(record.request_id) || endOf(record) < since;
      const records = firstOf(recordsOf(gateway, { ...query, from }), patience.deep);
      const fresh = await unknownOf(records, known, deep ? patience.deep : patience.known);
      for (const record of fresh.toReversed()) {
        note(record);
        yield record;
      }
      pause = fresh.length > 0 ? pace.shortestMs : Math.min(pause * 1.5, pace.idleMs);
      // Nothing that is older is asked for again.
      for (const [id, at] of seen) if (at < Date.parse(from) - skewMs) seen.delete(id);
    } catch (error) {
      if (stop.aborted) return;
      pause = pauseAfter(error, pause);
      world.err.line(`${messageOf(error)} Looking again in ${Math.round(pause / 1000)} s.`);
    }
  }
}

const endOf = ({ at, total_ms }: LogRecord) => Date.parse(at) + total_ms;

/** What is not known yet, newest first; so many in a row that are known end the search. */
async function unknownOf(
  records: AsyncGenerator<LogRecord>,
  isKnown: (record: LogRecord) => boolean,
  enough: number,
): Promise<LogRecord[]> {
  const fresh: LogRecord[] = [];
  let known = 0;
  for await (const record of records) {
    if (!isKnown(record)) {
      fresh.push(record);
      known = 0;
    } else if (++known >= enough) break;
  }
  return fresh;
}

/** Troubles that pass are waited for; throws the others again. */
function pauseAfter(error: unknown, pause: number): number {
  const passes =
    error instanceof Unreachable || (error instanceof ApiError && (error.status >= 500 || error.status === 429));
  if (!passes) throw error;
  const asked = error instanceof ApiError ? (error.details?.retry_after_seconds ?? 0) * 1000 : 0;
  return Math.min(pace.troubledMs, Math.max(pause * 2, asked));
}
