import { afterAll, beforeAll, describe, expect, it, test } from 'vitest';
import { formatUlid } from '../../../functions/core/ids.ts';
import type { LogQuery, LogRecord } from '../../../functions/core/log-record.ts';
import { createHotCalls, type HotCalls } from '../../../functions/stores/dynamodb/hot-calls.ts';
import { createRequestLog } from '../../../functions/stores/log/request-log.ts';
import { keyId, noIds } from '../../core/samples.ts';
import { newId, openTables, stores, type Tables } from '../tables.ts';

const start = Date.parse('2026-03-01T00:00:00Z');

function record(workspaceId: string, at: number, change: Partial<LogRecord> = {}): LogRecord {
  // The last byte decides about the shard: ids of one series go to all of them.
  return {
    request_id: `req_${formatUlid(at, new Uint8Array(10).fill(at % 251))}`,
    ...noIds,
    workspace_id: workspaceId,
    api_key_id: 'ak_1',
    at: new Date(at).toISOString(),
    endpoint: '/v1/chat/completions',
    model: 'gpt-4o-mini',
    stream: true,
    status: 200,
    error_code: null,
    route: null,
    kind: null,
    message: null,
    credential: 'byok',
    provider: 'openai',
    provider_key_id: keyId('a'),
    provider_model: 'gpt-4o-mini',
    provider_request_id: null,
    fallback_triggered: false,
    attempts: [],
    usage: { prompt_tokens: 3, completion_tokens: 2, cached_tokens: 0, reasoning_tokens: 0 },
    usage_estimated: false,
    cost: '0.0000000',
    settled: true,
    upstream_cost: '0.0000012',
    first_byte_ms: 12,
    total_ms: 34,
    gateway_ms: 1,
    finish_reason: 'stop',
    dropped_params: [],
    client: { user_agent: 'OpenAI/JS', ip: '127.0.0.1' },
    expires_at: Math.floor(start / 1000) + 86_400,
    ...change,
  };
}

function query(change: Partial<LogQuery> = {}): LogQuery {
  return {
    from: start,
    to: start + 3_600_000,
    status: null,
    kind: null,
    apiKeyId: null,
    providerRequestId: null,
    model: null,
    provider: null,
    credential: null,
    providerKeyId: null,
    limit: 20,
    cursor: null,
    ...change,
  };
}

describe.each(stores)('the request log in %s', (_name, url) => {
  let tables: Tables;
  let calls: HotCalls;
  let now = start;
  beforeAll(async () => {
    tables = await openTables(url);
    calls = createHotCalls(tables.client);
  });
  afterAll(() => tables.close());

  const log = (scanLimit?: number) => createRequestLog(tables.client, calls, tables.log, () => now, scanLimit);

  async function written(
    records: (workspaceId: string) => LogRecord[],
  ): Promise<{ workspaceId: string; records: LogRecord[] }> {
    const workspaceId = newId('ws');
    const all = records(workspaceId);
    const store = log();
    for (const each of all) await store.write(each);
    return { workspaceId, records: all };
  }

  /** All pages, and how large each was. */
  async function pages(
    workspaceId: string,
    asked: LogQuery,
    scanLimit?: number,
  ): Promise<{ ids: string[]; sizes: number[] }> {
    const store = log(scanLimit);
    const ids: string[] = [];
    const sizes: number[] = [];
    let cursor = asked.cursor;
    do {
      const page = await store.list(workspaceId, { ...asked, cursor });
      ids.push(...page.data.map((each) => each.request_id));
      sizes.push(page.data.length);
      cursor = page.nextCursor;
    } while (cursor !== null);
    return { ids, sizes };
  }

  const series =
    (count: number, change: (i: number) => Partial<LogRecord> = () => ({})) =>
    (workspaceId: string) =>
      Array.from({ length: count }, (_, i) => record(workspaceId, start + i * 1000, change(i)));
  const newestFirst = (records: LogRecord[]) => records.map((each) => each.request_id).reverse();

  it('gives a record back as it was written', async () => {
    const attempt = {
      target: 'byok',
      provider: 'openai',
      provider_key_id: keyId('a'),
      region: null,
      kind: 'quota',
      status: 429,
      code: 'c',
      message: 'Grüße',
      provider_request_id: 'r',
      ms: 3,
    } as const;
    const { workspaceId, records } = await written((id) => [
      record(id, start, {
        attempts: [attempt],
        model: null,
        usage: null,
        dropped_params: ['seed'],
        first_byte_ms: null,
      }),
    ]);
    expect(await log().get(workspaceId, records[0]?.request_id ?? '')).toEqual(records[0]);
    expect((await log().list(workspaceId, query())).data).toEqual(records);
  });

  it('keeps workspaces apart', async () => {
    const { records } = await written(series(3));
    const other = newId('ws');
    expect(await log().get(other, records[0]?.request_id ?? '')).toBeNull();
    expect(await log().get(other, 'a'.repeat(2000))).toBeNull();
    expect((await log().list(other, query())).data).toEqual([]);
  });

  test.each([1, 2, 7, 40])('lists newest first over all its partitions, in pages of %d', async (limit) => {
    const { workspaceId, records } = await written(series(40));
    const { ids, sizes } = await pages(workspaceId, query({ limit }));
    expect(ids).toEqual(newestFirst(records));
    expect(Math.max(...sizes)).toBe(limit);
  });

  it('lists a span of time, both ends included', async () => {
    const { workspaceId, records } = await written(series(10));
    const { ids } = await pages(workspaceId, query({ from: start + 2000, to: start + 5000, limit: 3 }));
    expect(ids).toEqual(newestFirst(records.slice(2, 6)));
    expect((await pages(workspaceId, query({ from: start + 5000, to: start + 2000 }))).ids).toEqual([]);
  });

  it('takes a cursor from anywhere', async () => {
    const { workspaceId, records } = await written(series(4));
    expect((await pages(workspaceId, query({ cursor: 'aaa' }))).ids).toEqual([]);
    expect((await pages(workspaceId, query({ cursor: 'zzz' }))).ids).toEqual(newestFirst(records));
  });

  const other = { ms: 1, region: null, code: null, message: null, provider_request_id: null } as const;
  const mixed = (i: number): Partial<LogRecord> => {
    if (i === 0) return { status: 429, error_code: 'provider_quota_exceeded', credential: null };
    if (i === 1)
      return {
        credential: 'platform',
        provider: 'bedrock',
        provider_key_id: null,
        attempts: [
          { ...other, target: 'byok', provider: 'vertex', provider_key_id: keyId('v'), kind: 'quota', status: 429 },
        ],
      };
    if (i === 2) return { model: 'o3', provider_key_id: keyId('b') };
    return {};
  };
  test.each<[Partial<LogQuery>, number[]]>([
    [{ status: 'error' }, [0]],
    [{ status: 'success' }, [3, 2, 1]],
    [{ status: 'provider_quota_exceeded' }, [0]],
    [{ status: '429' }, [0]],
    [{ status: '200', model: 'o3' }, [2]],
    [{ credential: 'platform' }, [1]],
    [{ provider: 'bedrock' }, [1]],
    [{ provider: 'vertex' }, [1]],
    [{ providerKeyId: keyId('b') }, [2]],
    [{ providerKeyId: keyId('v') }, [1]],
    [{ model: 'unknown' }, []],
  ])('filters by %j', async (filter, expected) => {
    const { workspaceId, records } = await written(series(4, mixed));
    for (const limit of [1, 20])
      expect((await pages(workspaceId, query({ ...filter, limit }))).ids).toEqual(
        expected.map((i) => records[i]?.request_id),
      );
  });

  it('hides what has expired, though DynamoDB may keep it for days', async () => {
    const { workspaceId, records } = await written(series(4, (i) => ({ expires_at: start / 1000 + i })));
    now = start + 2000;
    try {
      expect((await pages(workspaceId, query())).ids).toEqual(newestFirst(records.slice(3)));
      expect(await log().get(workspaceId, records[2]?.request_id ?? '')).toBeNull();
      expect(await log().get(workspaceId, records[3]?.request_id ?? '')).toEqual(records[3]);
    } finally {
      now = start;
    }
  });

  it('looks at so many records per page and no more, and loses none between the pages', async () => {
    // Matches are rare: each page ends at the limit, in the middle of what does not match or right before a match.
    const matching = [0, 41, 42, 81];
    const { workspaceId, records } = await written(
      series(83, (i) => ({ model: matching.includes(i) ? 'rare' : 'common' })),
    );
    const { ids, sizes } = await pages(workspaceId, query({ model: 'rare' }), 40);
    expect(ids).toEqual(matching.toReversed().map((i) => records[i]?.request_id));
    expect(sizes.length).toBe(3);
  });
});
