import { GetItemCommand } from '@aws-sdk/client-dynamodb';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Workspace, WorkspaceLimits } from '../../../functions/core/accounts/workspace.ts';
import type { WorkspaceCounts } from '../../../functions/core/ports.ts';
import { createWorkspaceLimiter, type Lease } from '../../../functions/gateway/accounts/workspace-limiter.ts';
import { createWorkspaceCounts } from '../../../functions/stores/config/workspace-counts.ts';
import { newId, openTables, type Tables } from '../../stores/tables.ts';

const start = Date.parse('2026-11-23T10:05:20Z');
const longest = 900_000;

describe('the limits of a workspace', () => {
  let tables: Tables;
  beforeAll(async () => {
    tables = await openTables();
  });
  afterAll(() => tables.close());

  const workspaceWith = (limits?: Partial<WorkspaceLimits>): Workspace => ({
    id: newId('ws'),
    name: 'a workspace',
    enabled: true,
    createdAt: new Date(start).toISOString(),
    retentionDays: 30,
    fallbackCaps: { dayUsd: null, monthUsd: null },
    ...(limits && { limits: { requestsPerMinute: null, requestsInFlight: null, tokensPerMinute: null, ...limits } }),
  });

  /** A process, with the number of its writes. */
  const open = (counts: WorkspaceCounts = createWorkspaceCounts(tables.client, tables.config)) => {
    const clock = { now: start };
    const seen = { writes: 0, reports: [] as string[] };
    const limiter = createWorkspaceLimiter({
      counts: {
        add: async (...given) => {
          const sums = await counts.add(...given);
          if (sums !== null) seen.writes++;
          return sums;
        },
      },
      now: () => clock.now,
      report: (event) => seen.reports.push(event),
    });
    const take = (workspace: Workspace, ms = longest) => limiter.take(workspace, clock.now + ms);
    return { take, clock, seen };
  };
  type Process = ReturnType<typeof open>;
  const later = (processes: Process[], ms: number) => {
    for (const { clock } of processes) clock.now += ms;
  };

  it.each([undefined, {}])('cost a workspace that has none no call: %j', async (limits) => {
    const { take, seen } = open();
    expect(await take(workspaceWith(limits))).toEqual({ headers: {}, refusal: null, lease: null });
    expect(seen.writes).toBe(0);
  });

  it('let as many requests through as the minute allows, over all processes, and start anew', async () => {
    const workspace = workspaceWith({ requestsPerMinute: 5 });
    const processes = [open(), open(), open()];
    const taken = await Promise.all(
      Array.from({ length: 20 }, (_, i) => (processes[i % 3] as Process).take(workspace)),
    );
    expect(taken.filter(({ refusal }) => refusal === null)).toHaveLength(5);
    later(processes, 40_000);
    expect((await (processes[0] as Process).take(workspace)).refusal).toBeNull();
  });

  it('say whose they are, when to come back, and what is left', async () => {
    const workspace = workspaceWith({ requestsPerMinute: 1 });
    const { take } = open();
    expect((await take(workspace)).headers).toEqual({
      'x-ratelimit-limit-requests': '1',
      'x-ratelimit-remaining-requests': '0',
      'x-ratelimit-reset-requests': '40s',
    });
    const { refusal } = await take(workspace);
    expect(refusal).toMatchObject({
      code: 'rate_limit_exceeded',
      status: 429,
      message: "This workspace's limit of 1 requests a minute is reached.",
    });
    expect(refusal?.headers()).toEqual({ 'retry-after': '40' });
  });

  it('let no more requests in at the same time than there are places, whichever processes they come to', async () => {
    const workspace = workspaceWith({ requestsInFlight: 10 });
    const processes = Array.from({ length: 50 }, () => open());
    const taken = await Promise.all(processes.map(({ take }) => take(workspace)));
    const leases = taken.flatMap(({ lease }) => lease ?? []);
    expect(leases).toHaveLength(10);
    const refusal = taken.find((one) => one.refusal !== null)?.refusal;
    expect(refusal?.message).toBe("This workspace's limit of 10 requests at the same time is reached.");
    expect(refusal?.headers()).toEqual({ 'retry-after': '1' });
    await Promise.all(leases.slice(0, 3).map((lease) => lease.end(0)));
    const again = await Promise.all(Array.from({ length: 9 }, () => open().take(workspace)));
    expect(again.filter(({ lease }) => lease !== null)).toHaveLength(3);
  });

  it('take a place back that a process died with, when its request must have ended', async () => {
    const workspace = workspaceWith({ requestsInFlight: 2 });
    const [one, other] = [open(), open()];
    await one.take(workspace, 90_000);
    await one.take(workspace, 90_000);
    for (const at of [0, 30_000, 60_000]) {
      other.clock.now = start + at;
      expect((await other.take(workspace)).refusal, `${at} ms later`).not.toBeNull();
    }
    // 10:05:20 and 90 s are 10:06:50: the minute is over at 10:07.
    other.clock.now = Date.parse('2026-11-23T10:07:00Z');
    expect((await other.take(workspace)).refusal).toBeNull();
  });

  it('mind no request that ends after its lease: nobody gets two places for one', async () => {
    const workspace = workspaceWith({ requestsInFlight: 1 });
    const [slow, other, third] = [open(), open(), open()];
    const { lease } = await slow.take(workspace, 10_000);
    later([slow, other, third], 120_000);
    expect((await other.take(workspace)).refusal).toBeNull();
    await lease?.end(0);
    expect((await third.take(workspace)).refusal).not.toBeNull();
  });

  it('mind no clock that is behind: what is counted below zero is no room', async () => {
    const workspace = workspaceWith({ requestsInFlight: 1 });
    const counts = createWorkspaceCounts(tables.client, tables.config);
    await counts.add(workspace.id, start, { inFlight: -1, endsBy: start + 60_000 });
    const { take } = open();
    expect((await take(workspace)).refusal).toBeNull();
    expect((await take(workspace)).refusal).not.toBeNull();
  });

  it('give a place back once, however often the request is said to have ended', async () => {
    const workspace = workspaceWith({ requestsInFlight: 2 });
    const { take, seen } = open();
    const { lease } = await take(workspace);
    await take(workspace);
    await Promise.all([lease?.end(0), lease?.end(0), lease?.end(0)]);
    expect(seen.writes).toBe(3);
    expect((await take(workspace)).refusal).toBeNull();
    expect((await take(workspace)).refusal).not.toBeNull();
  });

  it('refuse once the tokens of the minute are used up, and count them in the minute in which they are known', async () => {
    const workspace = workspaceWith({ tokensPerMinute: 1000 });
    const [one, other] = [open(), open()];
    const { lease } = await one.take(workspace);
    await lease?.end(600);
    expect((await other.take(workspace)).headers).toMatchObject({ 'x-ratelimit-remaining-tokens': '400' });
    await (await other.take(workspace)).lease?.end(500);
    expect((await one.take(workspace)).refusal?.message).toContain('1000 tokens a minute');
    later([one, other], 60_000);
    expect((await one.take(workspace)).refusal).toBeNull();
  });

  it('write once where only requests are limited, and twice where places or tokens are', async () => {
    for (const [limits, writes] of [
      [{ requestsPerMinute: 9 }, 1],
      [{ requestsInFlight: 9 }, 2],
      [{ tokensPerMinute: 9 }, 2],
      [{ requestsPerMinute: 9, requestsInFlight: 9, tokensPerMinute: 9 }, 2],
    ] as const) {
      const { take, seen } = open();
      await (await take(workspaceWith(limits))).lease?.end(5);
      expect(seen.writes, JSON.stringify(limits)).toBe(writes);
    }
  });

  it('cost two writes a second and process for a flood that finds no place, and one a minute beyond the minute’s requests', async () => {
    const full = workspaceWith({ requestsInFlight: 1 });
    const { take, seen, clock } = open();
    await take(full);
    for (let i = 0; i < 100; i++) expect((await take(full)).refusal).not.toBeNull();
    expect(seen.writes).toBe(3);
    clock.now += 1000;
    for (let i = 0; i < 100; i++) await take(full);
    expect(seen.writes).toBe(5);

    const busy = workspaceWith({ requestsPerMinute: 1 });
    const flood = open();
    for (let i = 0; i < 100; i++) await flood.take(busy);
    expect(flood.seen.writes).toBeLessThanOrEqual(3);
  });

  it('do not use up the minute with requests that find no place', async () => {
    const workspace = workspaceWith({ requestsInFlight: 1, requestsPerMinute: 3 });
    const { lease } = await open().take(workspace);
    for (let i = 0; i < 5; i++) expect((await open().take(workspace)).refusal).not.toBeNull();
    await lease?.end(0);
    expect((await open().take(workspace)).headers['x-ratelimit-remaining-requests']).toBe('1');
  });

  it('hold as the operator last set them, also in a process that has just refused', async () => {
    const workspace = workspaceWith({ requestsPerMinute: 1 });
    const { take } = open();
    await take(workspace);
    expect((await take(workspace)).refusal).not.toBeNull();
    const raised = { ...workspace, limits: { ...workspace.limits, requestsPerMinute: 10 } as WorkspaceLimits };
    expect((await take(raised)).refusal).toBeNull();
  });

  it('let requests pass when they cannot be counted, and say so', async () => {
    const { take, seen } = open({ add: () => Promise.reject(new Error('throttled')) });
    expect((await take(workspaceWith({ requestsInFlight: 1 }))).refusal).toBeNull();
    expect(seen.reports).toEqual(['rate_limit_not_counted']);
  });

  it('survive a place that cannot be given back: the answer does not fail, and the lease ends', async () => {
    const workspace = workspaceWith({ requestsInFlight: 1 });
    const counts = createWorkspaceCounts(tables.client, tables.config);
    const { take, seen } = open({
      add: (id, at, use) => (use.inFlight === -1 ? Promise.reject(new Error('down')) : counts.add(id, at, use)),
    });
    await (await take(workspace, 60_000)).lease?.end(7);
    expect(seen.reports).toEqual(['lease_not_ended']);
    const other = open();
    expect((await other.take(workspace)).refusal).not.toBeNull();
    other.clock.now += 120_000;
    expect((await other.take(workspace)).refusal).toBeNull();
  });

  it('keep their item small, whatever its age', async () => {
    const workspace = workspaceWith({ requestsPerMinute: 100, requestsInFlight: 5, tokensPerMinute: 1e6 });
    const { take, clock } = open();
    const counts = createWorkspaceCounts(tables.client, tables.config);
    for (let minute = 0; minute < 100; minute++) {
      const { lease } = await take(workspace);
      if (minute % 3 > 0) await lease?.end(100);
      clock.now += 60_000;
    }
    const { Item = {} } = await tables.client.send(
      new GetItemCommand({
        TableName: tables.config,
        Key: { pk: { S: `WS#${workspace.id.slice(3)}` }, sk: { S: 'LIMITS' } },
      }),
    );
    // Sixteen minutes in which leases end, and a few of requests and tokens.
    expect(Object.keys(Item).length).toBeLessThan(30);
    expect(await counts.add(workspace.id, clock.now + 3_600_000, { requests: 1 })).toEqual({
      requests: 1,
      tokens: 0,
      inFlight: 0,
    });
  });

  it('never have more places taken than there are, in any order of beginnings, ends, deaths and time', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 3 }),
        fc.array(
          fc.oneof(
            fc.record({
              do: fc.constant('take' as const),
              process: fc.nat(2),
              ms: fc.integer({ min: 1, max: 200_000 }),
            }),
            fc.record({ do: fc.constant('end' as const), which: fc.nat(5) }),
            fc.record({ do: fc.constant('die' as const), which: fc.nat(5) }),
            fc.record({ do: fc.constant('wait' as const), ms: fc.integer({ min: 1, max: 100_000 }) }),
          ),
          { maxLength: 25 },
        ),
        async (places, steps) => {
          const workspace = workspaceWith({ requestsInFlight: places });
          const processes = [open(), open(), open()];
          let running: { lease: Lease; endsBy: number }[] = [];
          for (const step of steps) {
            const now = (processes[0] as Process).clock.now;
            if (step.do === 'wait') {
              later(processes, step.ms);
              // Who is past its time has been killed: that is what the time is.
              running = running.filter(({ endsBy }) => endsBy > now + step.ms);
            } else if (step.do === 'take') {
              const { lease } = await (processes[step.process] as Process).take(workspace, step.ms);
              if (lease) running.push({ lease, endsBy: now + step.ms });
              expect(running.length).toBeLessThanOrEqual(places);
            } else {
              const [gone] = running.splice(step.which % Math.max(1, running.length), 1);
              if (step.do === 'end') await gone?.lease.end(0);
            }
          }
          // Once everybody must have ended, all places are free, and no more.
          later(processes, 300_000);
          const [process] = processes as [Process];
          for (let i = 0; i < places; i++) expect((await process.take(workspace)).refusal).toBeNull();
          expect((await process.take(workspace)).refusal).not.toBeNull();
        },
      ),
      { numRuns: 25 },
    );
  });
});
