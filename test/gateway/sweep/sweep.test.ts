import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { formatUsd } from '../../../functions/core/billing/money.ts';
import { closableUntil, hourMs, leaseMs } from '../../../functions/core/hours.ts';
import type { LogRecord } from '../../../functions/core/log-record.ts';
import { createActiveHours, withActiveHours } from '../../../functions/gateway/accounts/active-hours.ts';
import { usageOf } from '../../../functions/gateway/accounts/usage.ts';
import { type CoordinateDeps, coordinate } from '../../../functions/gateway/sweep/coordinate.ts';
import { createInProcessQueue } from '../../../functions/gateway/sweep/in-process-queue.ts';
import { doWork, readWork, type Work, type WorkDeps } from '../../../functions/gateway/sweep/work.ts';
import { createProviderKeys } from '../../../functions/stores/config/provider-keys.ts';
import { createTableIdentity } from '../../../functions/stores/config/table-identity.ts';
import { createWorkspaces } from '../../../functions/stores/config/workspaces.ts';
import { createHotCalls } from '../../../functions/stores/dynamodb/hot-calls.ts';
import { createRequestLog } from '../../../functions/stores/log/request-log.ts';
import { createUsageHours } from '../../../functions/stores/log/usage-hours.ts';
import { createUsagePages } from '../../../functions/stores/log/usage-pages.ts';
import { createCredits } from '../../../functions/stores/money/credits.ts';
import { createHoldBook } from '../../../functions/stores/money/hold-book.ts';
import { createLedger } from '../../../functions/stores/money/ledger.ts';
import { createMarks } from '../../../functions/stores/sweep/marks.ts';
import { createSweepState } from '../../../functions/stores/sweep/sweep-state.ts';
import { createUsageSums } from '../../../functions/stores/sweep/usage-sums.ts';
import { createSqs, createWorkQueue } from '../../../functions/stores/sweep/work-queue.ts';
import { logRecord } from '../../core/telemetry/sample-record.ts';
import { type EmbeddedQueue, startSqs } from '../../embedded/sqs.ts';
import { addWorkspace, newId, openTables } from '../../stores/tables.ts';

const noon = Date.parse('2026-11-23T12:00:00Z');
const minute = 60_000;
const noCaps = { fallback: [], apiKey: null };

/** A gateway's stores and its sweep, by a clock that is set. */
async function open() {
  const tables = await openTables();
  const { client, config, log: logTable } = tables;
  const clock = { now: noon };
  const now = () => clock.now;
  const calls = createHotCalls(client);
  const marks = createMarks(client, calls, config);
  const reported: [string, object][] = [];
  const said: [string, object][] = [];
  const report = (event: string, details: object) => void reported.push([event, details]);
  /** As another process writes it. */
  const logOf = () =>
    withActiveHours(createRequestLog(client, calls, logTable, now), createActiveHours({ marks, now, report }));
  const queue = createInProcessQueue<Work>();
  const hours = createUsageHours(client, config);
  const deps: CoordinateDeps & WorkDeps = {
    marks,
    state: createSweepState(client, config),
    book: createHoldBook(client, config, now),
    ledger: createLedger(client, config, now),
    log: createRequestLog(client, calls, logTable, now),
    usageLog: createUsagePages(client, logTable),
    sums: createUsageSums(client, config),
    hours,
    workspaces: createWorkspaces(client, config),
    keys: createProviderKeys(client, config),
    table: createTableIdentity(client, config, now).record,
    inventories: [],
    queue,
    now,
    report,
    say: (what, done) => said.push([what, done]),
  };
  const record = (workspaceId: string, at: number, change: Partial<LogRecord> = {}): LogRecord => ({
    ...logRecord(change),
    request_id: newId('req', at),
    workspace_id: workspaceId,
    at: new Date(at).toISOString(),
    expires_at: Math.floor(noon / 1000) + 365 * 86_400,
  });
  const run = async () => {
    const found = await coordinate(deps);
    await queue.drain((work) => doWork(work, deps));
    return found;
  };
  const usage = (id: string) => usageOf({ log: logOf(), hours }, id, { from: noon - 72 * hourMs, to: clock.now }, null);
  const marked = async () => {
    const found: string[] = [];
    for (const hour of [null, ...Array.from({ length: 10 }, (_, i) => noon + (i - 5) * hourMs)])
      for await (const part of marks.list(hour)) found.push(...part.map(({ workspaceId }) => workspaceId));
    return found;
  };
  return { tables, clock, deps, hours, calls, queue, logOf, record, run, usage, marked, reported, said };
}

const none = async () => undefined;

/** As after a release that made marks for longer than a day. */
async function settled({ deps, clock }: Awaited<ReturnType<typeof open>>) {
  const due = closableUntil(clock.now);
  for (const mark of ['until', 'markedFrom', 'rounded'] as const) await deps.state.advance(mark, due);
  for (const mark of ['roundAt', 'secretsAt'] as const) await deps.state.advance(mark, clock.now);
}

describe('the sweep', { timeout: 120_000 }, () => {
  let gateway: Awaited<ReturnType<typeof open>>;
  beforeAll(async () => {
    gateway = await open();
  });
  afterAll(() => gateway.tables.close());

  it('closes hours of active workspaces, and asks nothing of idle ones', async () => {
    const its = await open();
    await settled(its);
    const { tables, clock, deps, logOf, record, run, marked, usage } = its;
    const [idle, active] = [(await addWorkspace(tables, 0)).workspace.id, (await addWorkspace(tables, 0)).workspace.id];
    const log = logOf();
    for (const at of [noon, noon + 5, noon + 70 * minute]) {
      clock.now = at;
      await log.write(record(active, at));
    }
    const asked: string[] = [];
    tables.client.middlewareStack.add(
      (next) => (args) => {
        asked.push(JSON.stringify(args.input));
        return next(args);
      },
      { step: 'initialize' },
    );
    clock.now = noon + 75 * minute;
    expect(await run()).toMatchObject({ active: 1, visits: 0 });
    clock.now = noon + hourMs + leaseMs;
    expect(await run()).toMatchObject({ active: 1, visits: 1, open_hours: 1 });
    expect(await marked()).toEqual([active]);
    expect(await deps.sums.head(active)).toEqual({ until: noon + hourMs, draft: null });
    clock.now += 5 * minute;
    expect(await run()).toMatchObject({ active: 1, visits: 0, open_hours: 0 });
    expect(await its.hours.completeUntil(null)).toBe(noon + hourMs);
    expect((await usage(active)).rows).toMatchObject([{ requests: 3 }]);
    expect(asked.join('\n')).toContain(active.slice(3));
    expect(asked.join('\n')).not.toContain(idle.slice(3));
    await tables.close();
  });

  it('marks once per workspace, hour and process, and again when the hour may have been closed', async () => {
    const { tables } = gateway;
    const puts: string[] = [];
    let at = noon + 10 * minute;
    const hours = createActiveHours({
      marks: {
        put: async ({ workspaceId, hour, late }) => void puts.push(`${workspaceId} ${(hour - noon) / hourMs} ${late}`),
      },
      now: () => at,
      report: () => undefined,
    });
    await Promise.all([hours.mark('a', noon), hours.mark('a', noon + 5), hours.mark('b', noon)]);
    await hours.mark('a', noon + hourMs);
    expect(puts).toEqual(['a 0 false', 'b 0 false', 'a 1 false']);
    at = noon + hourMs + leaseMs;
    await hours.mark('a', noon + 59 * minute);
    await hours.mark('a', noon + 59 * minute);
    expect(puts.slice(3)).toEqual(['a 0 true', 'a 0 true']);
    expect(tables.config).toBeTruthy();
  });

  it('tries again to mark after a failure, and never keeps a record back', async () => {
    let failures = 1;
    const reported: string[] = [];
    const hours = createActiveHours({
      marks: { put: async () => (failures-- > 0 ? Promise.reject(new Error('down')) : undefined) },
      now: () => noon,
      report: (event) => reported.push(event),
    });
    const written: string[] = [];
    const log = withActiveHours(
      { ...gateway.logOf(), write: async ({ request_id }) => void written.push(request_id) },
      hours,
    );
    await log.write(gateway.record('ws_1', noon));
    await log.write(gateway.record('ws_1', noon));
    expect([written.length, reported, failures]).toEqual([2, ['hour_not_marked'], -1]);
  });

  it('finds forgotten holds of workspaces that are active within five minutes, and tells of them before it closes their hour', async () => {
    const its = await open();
    await settled(its);
    const { tables, clock, deps, hours, logOf, record, run, usage, marked } = its;
    const { id } = (await addWorkspace(tables, 1000)).workspace;
    const balance = () => createCredits(tables.client, tables.config).balance(id);
    const broken = newId('req', noon + 59 * minute);
    clock.now = noon + 59 * minute;
    await logOf().write(record(id, clock.now));
    await deps.ledger.hold(id, broken, 400, noCaps);
    clock.now = noon + 59 * minute + leaseMs;
    await run();
    expect(await balance()).toEqual({ balance: 1000, available: 600 });
    // In this very run its hour is closed, too.
    clock.now = noon + hourMs + leaseMs;
    expect(await run()).toMatchObject({ visits: 1 });
    expect(await balance()).toEqual({ balance: 1000, available: 1000 });
    expect((await deps.sums.head(id)).until).toBe(noon + hourMs);
    const requests = async () => (await usage(id)).rows.reduce((sum, row) => sum + row.requests, 0);
    expect(await requests()).toBe(2);
    expect(await marked()).toEqual([]);
    // One that came in the hour that is closed by now, and whose hold is younger: the hour is opened again.
    const slow = newId('req', noon + hourMs - 1);
    await deps.ledger.hold(id, slow, 300, noCaps);
    await logOf().write(record(id, clock.now));
    clock.now += leaseMs + minute;
    expect(await run()).toMatchObject({ visits: 1 });
    expect(await balance()).toEqual({ balance: 1000, available: 1000 });
    expect((await hours.list(id, noon, noon)).reduce((sum, row) => sum + row.requests, 0)).toBe(3);
    expect(await requests()).toBe(4);
    await tables.close();
  });

  it('opens an hour again for a record that comes late', async () => {
    const its = await open();
    await settled(its);
    const { tables, clock, logOf, record, run, usage, marked } = its;
    const { id } = (await addWorkspace(tables, 0)).workspace;
    await logOf().write(record(id, noon));
    clock.now = noon + 3 * hourMs;
    await run();
    expect((await usage(id)).rows).toMatchObject([{ requests: 1 }]);
    // Of a process that was suspended meanwhile.
    await logOf().write(record(id, noon + 1));
    expect(await run()).toMatchObject({ visits: 0 });
    clock.now += 3 * minute;
    expect(await run()).toMatchObject({ visits: 1 });
    expect((await usage(id)).rows).toMatchObject([{ requests: 2 }]);
    expect(await its.hours.list(id, noon, noon)).toMatchObject([{ requests: 2 }]);
    expect(await marked()).toEqual([]);
    await tables.close();
  });

  it('keeps a mark that was renewed while it was at work', async () => {
    const { deps, marked } = gateway;
    const mark = { workspaceId: 'ws_A', hour: noon - 5 * hourMs, at: noon, late: false };
    await deps.marks.put(mark);
    await deps.marks.put({ ...mark, at: noon + 1 });
    expect(await deps.marks.stands(mark)).toBe(false);
    await deps.marks.remove(mark);
    expect(await marked()).toEqual(['ws_A']);
    await deps.marks.remove({ ...mark, at: noon + 1 });
    expect(await marked()).toEqual([]);
  });

  it('looks at every workspace while a release may be at work that makes no marks, and closes no hour for all before that', async () => {
    const its = await open();
    const { tables, clock, run, deps, record } = its;
    const unmarked = createRequestLog(tables.client, its.calls, tables.log, deps.now);
    const ids: string[] = [];
    for (let i = 0; i < 40; i++) ids.push((await addWorkspace(tables, 0)).workspace.id);
    for (const id of ids.slice(0, 3)) await unmarked.write(record(id, noon - 2 * hourMs));
    expect(await run()).toMatchObject({ rounds: 1, visits: 0 });
    for (const [i, id] of ids.entries()) expect((await deps.sums.head(id)).until).toBe(i < 3 ? noon - hourMs : 0);
    expect(its.said).toContainEqual(['round', { visited: 40, hours: 3 }]);
    clock.now += 5 * minute;
    expect(await run()).toMatchObject({ rounds: 0 });
    expect((await deps.state.read()).until).toBe(noon - hourMs);
    // From a day later on the marks alone decide, but for one look a day.
    for (const [hours, rounds] of [
      [26.5, 1],
      [27.6, 0],
    ] as const) {
      clock.now = noon + hours * hourMs;
      expect(await run(), `after ${hours} hours`).toMatchObject({ rounds });
    }
    expect((await deps.state.read()).until).toBe(closableUntil(clock.now));
    await tables.close();
  });

  it('does not send what is large in a round by itself without a mark that tells of it', async () => {
    const its = await open();
    const { tables, clock, deps, record, queue, usage, marked, run } = its;
    const { id } = (await addWorkspace(tables, 0)).workspace;
    for (let i = 0; i < 4; i++) await its.logOf().write(record(id, noon - 2 * hourMs + i));
    for await (const part of deps.marks.list(null)) for (const mark of part) await deps.marks.remove(mark);
    const slow: WorkDeps = { ...deps, usageLog: { pages: (...given) => oneByOne(deps.usageLog.pages(...given)) } };
    await doWork({ duty: 'round', round: { until: noon - hourMs, after: null } }, slow);
    expect(await marked()).toEqual([id]);
    // The message is lost. Nobody takes the hour for closed, and who comes later goes on.
    await queue.drain(none);
    clock.now += 10 * minute;
    await coordinate(deps);
    expect((await deps.state.read()).until).toBeLessThan(noon - hourMs);
    await queue.drain((work) => doWork(work, deps));
    await run();
    expect((await usage(id)).rows).toMatchObject([{ requests: 4 }]);
    expect(await marked()).toEqual([]);
    await tables.close();
  });

  it('lets a huge workspace keep others waiting for a slice at most', async () => {
    const its = await open();
    await settled(its);
    const { tables, clock, deps, record, logOf, queue, usage } = its;
    const [huge, small] = [(await addWorkspace(tables, 0)).workspace.id, (await addWorkspace(tables, 0)).workspace.id];
    for (let i = 0; i < 9; i++) await logOf().write(record(huge, noon + i));
    await logOf().write(record(small, noon));
    clock.now = noon + 2 * hourMs;
    // Each page takes eight seconds.
    const slow: WorkDeps = {
      ...deps,
      usageLog: {
        async *pages(...given) {
          for await (const page of oneByOne(deps.usageLog.pages(...given))) {
            if (given[0] === huge) clock.now += 8000;
            yield page;
          }
        },
      },
    };
    await coordinate(deps);
    const slices: number[] = [];
    await queue.drain(async (work) => {
      const before = clock.now;
      await doWork(work, slow);
      slices.push(clock.now - before);
    });
    expect(Math.max(...slices)).toBeLessThanOrEqual(24_000);
    expect(slices.filter((ms) => ms > 0)).toHaveLength(3);
    for (const [id, requests] of [
      [huge, 9],
      [small, 1],
    ] as const)
      expect((await usage(id)).rows).toMatchObject([{ requests }]);
    await tables.close();
  });

  it('adds nothing while much waits, and finds it again', async () => {
    const its = await open();
    await settled(its);
    const { tables, clock, deps, record, logOf } = its;
    const { id } = (await addWorkspace(tables, 0)).workspace;
    await logOf().write(record(id, noon));
    clock.now = noon + 2 * hourMs;
    const full = { ...deps, queue: { send: none, waiting: async () => 201 } };
    expect(await coordinate(full)).toMatchObject({ active: 1, visits: 0 });
    expect(await coordinate(deps)).toMatchObject({ active: 1, visits: 1 });
    await tables.close();
  });

  it('tells when hours stay open', async () => {
    const its = await open();
    await settled(its);
    const { tables, clock, deps, record, logOf, reported } = its;
    const { id } = (await addWorkspace(tables, 0)).workspace;
    await logOf().write(record(id, noon));
    clock.now = noon + 2 * hourMs + leaseMs;
    expect(await coordinate(deps)).toMatchObject({ open_hours: 2 });
    expect(reported).toEqual([['hours_not_closed', { hours: 2, until: new Date(noon).toISOString() }]]);
    await tables.close();
  });

  it('does every part of a piece of work before it says that one failed', async () => {
    const its = await open();
    await settled(its);
    const { tables, clock, deps, record, logOf, usage } = its;
    const ids: string[] = [];
    for (let i = 0; i < 3; i++) ids.push((await addWorkspace(tables, 0)).workspace.id);
    for (const id of ids) await logOf().write(record(id, noon));
    clock.now = noon + 2 * hourMs;
    const broken: WorkDeps = {
      ...deps,
      sums: { ...deps.sums, head: (id) => (id === ids[1] ? Promise.reject(new Error('down')) : deps.sums.head(id)) },
    };
    const visits = ids.map((workspaceId) => ({ workspaceId, marks: [], continues: null }));
    await expect(doWork({ duty: 'workspaces', visits }, broken)).rejects.toThrow('down');
    expect(await Promise.all(ids.map(async (id) => (await deps.sums.head(id)).until))).toEqual([
      noon + hourMs,
      0,
      noon + hourMs,
    ]);
    await doWork({ duty: 'workspaces', visits }, deps);
    for (const id of ids) expect((await usage(id)).rows).toMatchObject([{ requests: 1 }]);
    await tables.close();
  });

  it('closes all hours exactly once, whatever crashes, comes twice, late or out of order', async () => {
    const its = await open();
    const { tables, clock, deps, record, logOf } = its;
    const sqs = await startSqs();
    const client = createSqs({
      ...{ endpoint: sqs.url, region: 'us-east-1' },
      credentials: { accessKeyId: 'a', secretAccessKey: 'b' },
    });
    const queue = createWorkQueue<Work>(client, sqs.queueUrl);
    let start = noon;
    const step = fc.oneof(
      {
        weight: 4,
        arbitrary: fc.record({ do: fc.constant('write' as const), ws: fc.nat(2), ago: fc.nat(90), cost: fc.nat(999) }),
      },
      {
        weight: 2,
        arbitrary: fc.record({ do: fc.constant('wait' as const), minutes: fc.integer({ min: 1, max: 50 }) }),
      },
      { weight: 3, arbitrary: fc.record({ do: fc.constant('coordinate' as const), crash: fc.option(fc.nat(12)) }) },
      {
        weight: 4,
        arbitrary: fc.record({
          do: fc.constant('deliver' as const),
          which: fc.nat(5),
          again: fc.boolean(),
          crash: fc.option(fc.nat(12)),
        }),
      },
    );
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 25 }), async (steps) => {
        // Each run has days of its own: the tables are the same.
        start += 12 * hourMs;
        clock.now = start;
        await settled(its);
        const ids: string[] = [];
        for (let i = 0; i < 3; i++) ids.push((await addWorkspace(tables, 0)).workspace.id);
        const sums = new Map(ids.map((id) => [id, { requests: 0, cost: 0 }]));
        const log = logOf();
        const dying = (crash: number | null): CoordinateDeps & WorkDeps => {
          let left = crash ?? Number.POSITIVE_INFINITY;
          const step = <Port extends object>(port: Port): Port =>
            new Proxy(port, {
              get: (target, name) => {
                const run = Reflect.get(target, name) as (...given: unknown[]) => unknown;
                return (...given: unknown[]) => {
                  if (left-- <= 0) throw new Error('died');
                  return run(...given);
                };
              },
            });
          const { marks, state, sums: own, book } = deps;
          return {
            ...deps,
            ...{ marks: step(marks), state: step(state), sums: step(own), book: step(book), queue: step(queue) },
            usageLog: { pages: (...given) => oneByOne(deps.usageLog.pages(...given)) },
            // A slice is over soon.
            now: () => clock.now,
          };
        };
        const worker = (on: WorkDeps) => async (event: { Records: { messageId: string; body: string }[] }) => {
          const batchItemFailures = [];
          for (const { messageId, body } of event.Records)
            try {
              await doWork(readWork(body) as Work, on);
            } catch {
              batchItemFailures.push({ itemIdentifier: messageId });
            }
          return { batchItemFailures };
        };
        for (const each of steps) {
          if (each.do === 'wait') clock.now += each.minutes * minute;
          else if (each.do === 'write') {
            const at = Math.max(start, clock.now - each.ago * minute);
            const id = ids[each.ws] ?? '';
            const sum = sums.get(id) ?? { requests: 0, cost: 0 };
            sums.set(id, { requests: sum.requests + 1, cost: sum.cost + each.cost * 100 });
            await log.write({ ...record(id, at), cost: formatUsd(each.cost * 100), expires_at: 4e9 });
          } else if (each.do === 'coordinate') await coordinate(dying(each.crash)).catch(() => null);
          else await sqs.deliver(worker(dying(each.crash)), (all) => all.slice(each.which, each.which + 2), each.again);
        }
        clock.now = Math.max(clock.now, start + 4 * hourMs);
        // What is left of messages comes again, and what was given up is found anew.
        for (let i = 0; i < 3; i++) {
          clock.now += 10 * minute;
          await coordinate(dying(null));
          while (sqs.waiting.length > 0) await sqs.deliver(worker({ ...dying(null), usageLog: deps.usageLog }));
        }
        for (const id of ids) {
          const rows = await its.hours.list(id, start, clock.now);
          expect({
            requests: rows.reduce((sum, row) => sum + row.requests, 0),
            cost: rows.reduce((sum, row) => sum + row.cost, 0),
          }).toEqual(sums.get(id));
          expect((await deps.sums.head(id)).draft).toBeNull();
        }
        expect((await deps.state.read()).until).toBe(closableUntil(clock.now));
        const left: string[] = [];
        for (const hour of [null, ...Array.from({ length: 8 }, (_, i) => start + i * hourMs)])
          for await (const part of deps.marks.list(hour)) left.push(...part.map(({ workspaceId }) => workspaceId));
        expect(left).toEqual([]);
      }),
      { numRuns: 10 },
    );
    client.destroy();
    await Promise.all([sqs.close(), tables.close()]);
  }, 240_000);
});

describe('the queue', () => {
  let sqs: EmbeddedQueue;
  beforeAll(async () => {
    sqs = await startSqs();
  });
  afterAll(() => sqs.close());
  const open = () => {
    const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
    return createWorkQueue<object>(createSqs({ endpoint: sqs.url, region: 'us-east-1', credentials }), sqs.queueUrl);
  };

  it('takes any number of pieces, in batches that SQS takes, and tells how many wait', async () => {
    const queue = open();
    await queue.send([]);
    const works = Array.from({ length: 25 }, (_, i) => ({ i, filling: 'x'.repeat(i === 3 ? 900_000 : 50_000) }));
    await queue.send(works);
    expect(await queue.waiting()).toBe(25);
    expect(new Set(sqs.waiting.map(({ body }) => (JSON.parse(body) as { i: number }).i)).size).toBe(25);
    sqs.waiting.length = 0;
  });

  it('says so when SQS takes a part of a batch, or nothing', async () => {
    const queue = open();
    sqs.refuses = 'the first';
    await expect(queue.send([{ a: 1 }, { a: 2 }])).rejects.toThrow('1 of 2');
    sqs.refuses = 'everything';
    await expect(queue.send([{ a: 1 }])).rejects.toThrow();
    sqs.refuses = 'nothing';
  });
});

/** Pages of one record. */
async function* oneByOne(pages: ReturnType<WorkDeps['usageLog']['pages']>): ReturnType<WorkDeps['usageLog']['pages']> {
  for await (const { records, isLast } of pages)
    for (const [i, record] of records.toSorted((a, b) => (a.request_id < b.request_id ? -1 : 1)).entries())
      yield { records: [record], upTo: record.request_id, isLast: isLast && i === records.length - 1 };
}
