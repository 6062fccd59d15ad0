import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { LogRecord } from '../../client/reason.ts';
import { formatUlid } from '../../functions/core/ids.ts';
import { brokenOffRecord } from '../../functions/core/log-record.ts';
import { newUser, type User } from './command-line.ts';
import { type StubAnswer, startStub } from './stub-gateway.ts';

const start = Date.now() - 60_000;
let count = 0;

/** A request that began `at` ms after the start, and took `ms`. */
function request(at: number, ms: number): LogRecord {
  const requestId = `req_${formatUlid(
    start + at,
    Uint8Array.from({ length: 10 }, () => count++ % 256),
  )}`;
  return {
    ...brokenOffRecord({ requestId, workspaceId: 'ws_1', apiKeyId: 'ak_1', at: start + at }, 30),
    endpoint: '/v1/chat/completions',
    model: 'openai/gpt-4o-mini',
    total_ms: ms,
  };
}

/** The API's log of `records`, in pages of two. */
function logOf(records: LogRecord[], call: string): StubAnswer {
  const { searchParams: query } = new URL(call.slice('GET '.length), 'http://stub');
  if (!call.startsWith('GET /v1/logs')) return { body: { object: 'list', data: [], next_cursor: null } };
  const fitting = records
    .filter(({ at }) => at >= (query.get('from') ?? ''))
    .toSorted((a, b) => (a.request_id < b.request_id ? 1 : -1));
  const from = Number(query.get('cursor') ?? 0);
  const next = from + 2 < fitting.length ? String(from + 2) : null;
  return { body: { object: 'list', data: fitting.slice(from, from + 2), next_cursor: next } };
}

describe('logs tail', { timeout: 60_000 }, () => {
  let user: User;
  beforeEach(() => {
    user = newUser();
  });
  afterEach(() => user.leave());

  /** Runs it; `looks` change what the gateway has before each look, and after the last of them the user leaves. */
  async function tail(answer: (call: string) => StubAnswer, looks: (() => void)[], args: string[] = []) {
    const stub = await startStub(answer);
    const stop = new AbortController();
    const waited: number[] = [];
    const left = [...looks];
    const ran = await user.run(['logs', 'tail', '--json', '--url', stub.url, ...args], {
      env: { KEYWAY_API_KEY: 'kw_test' },
      stop: stop.signal,
      wait: async (ms) => {
        waited.push(ms);
        const next = left.shift();
        if (next === undefined) stop.abort();
        else next();
      },
    });
    await stub.close();
    const ids = ran.out
      .split('\n')
      .filter(Boolean)
      .map((line) => JSON.parse(line).request_id);
    return { ...ran, ids, waited, calls: stub.calls };
  }

  it('prints the last ones, then each new one once, oldest first', async () => {
    const old = [0, 1, 2, 3, 4].map((at) => request(at, 1));
    const [a, b, c, d] = [request(100, 1), request(101, 1), request(102, 1), request(200, 1)];
    const records = [...old];
    const { code, ids, err } = await tail(
      (call) => logOf(records, call),
      [() => records.push(a, b, c), () => {}, () => records.push(d), () => {}],
      ['-n', '3'],
    );
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(ids).toEqual([...old.slice(-3), a, b, c, d].map(({ request_id }) => request_id));
  });

  it('prints a long request when it ends, though it began before those that were printed', async () => {
    const records = [request(0, 1), request(5000, 1)];
    const long = request(2000, 9000);
    const other = request(9000, 1);
    const { ids } = await tail((call) => logOf(records, call), [() => records.push(other), () => records.push(long)]);
    expect(ids.slice(-2)).toEqual([other.request_id, long.request_id]);
  });

  it('finds a long request behind more than a hundred others at the next deep look', async () => {
    const records = Array.from({ length: 150 }, (_, at) => request(3000 + at, 1));
    const long = request(2000, 30_000);
    const looks = Array.from({ length: 12 }, (_, look) => () => {
      if (look === 1) records.push(long);
    });
    const { ids } = await tail((call) => logOf(records, call), looks);
    expect(ids.filter((id) => id === long.request_id)).toHaveLength(1);
  });

  it('prints nothing of what was there with -n 0', async () => {
    const records = [request(0, 1)];
    const fresh = request(100, 1);
    const { ids } = await tail((call) => logOf(records, call), [() => {}, () => records.push(fresh)], ['-n', '0']);
    expect(ids).toEqual([fresh.request_id]);
  });

  it('looks less often while nothing comes, and waits longer while the gateway is in trouble', async () => {
    const records = [request(0, 1)];
    const fresh = request(100, 1);
    let trouble: StubAnswer | null = null;
    const busy = {
      status: 503,
      body: { error: { message: 'Busy.', type: 'x', code: 'service_unavailable', param: null } },
    };
    const limited = {
      status: 429,
      body: {
        error: { message: 'Slow down.', type: 'x', code: 'rate_limit_exceeded', param: null, retry_after_seconds: 17 },
      },
    };
    const { code, ids, waited, err } = await tail(
      (call) => trouble ?? logOf(records, call),
      [
        ...[() => {}, () => {}, () => {}, () => {}, () => {}, () => {}],
        () => {
          trouble = busy;
        },
        () => {
          trouble = limited;
        },
        () => {
          trouble = null;
          records.push(fresh);
        },
      ],
    );
    expect(waited).toEqual([1000, 1500, 2250, 3375, 5000, 5000, 5000, 10_000, 20_000, 1000]);
    expect(err).toBe('Busy. Looking again in 10 s.\nSlow down. Looking again in 20 s.\n');
    expect(ids).toContain(fresh.request_id);
    expect(code).toBe(0);
  });

  it('ends with what the gateway says when it refuses', async () => {
    let refused = false;
    const { code, err } = await tail(
      (call) =>
        refused
          ? { status: 403, body: { error: { message: 'Revoked.', type: 'x', code: 'key_disabled', param: null } } }
          : logOf([request(0, 1)], call),
      [
        () => {
          refused = true;
        },
        () => {},
      ],
    );
    expect(code).toBe(1);
    expect(JSON.parse(err)).toMatchObject({ error: { code: 'key_disabled', message: 'Revoked.' } });
  });
});
