import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ExecuteStatementCommand, PutItemCommand, ScanCommand } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, beforeEach, describe, expect, it, test } from 'vitest';
import type { AuditQuery, AuditRecord } from '../../../functions/core/audit-record.ts';
import { formatUlid } from '../../../functions/core/ids.ts';
import type { LogQuery, LogRecord } from '../../../functions/core/log-record.ts';
import { createHotCalls, type HotCalls } from '../../../functions/stores/dynamodb/hot-calls.ts';
import { createAuditTrail } from '../../../functions/stores/log/audit-trail.ts';
import { logShards, recentIndex, recentShards } from '../../../functions/stores/log/log-items.ts';
import { createLogIndex } from '../../../functions/stores/log/recent-index.ts';
import { createRequestLog } from '../../../functions/stores/log/request-log.ts';
import { newId, openTables, stores, type Tables } from '../tables.ts';

const start = Date.parse('2026-03-01T00:00:00Z');
const expires_at = start / 1000 + 86_400;

/** Ids of a series lie in all shards: the last character differs. */
const idAt = (i: number) => `req_${formatUlid(start + i * 1000, new Uint8Array(10).fill((i * 7) % 251))}`;

function record(workspaceId: string, i: number, change: Partial<LogRecord> = {}): LogRecord {
  return {
    request_id: idAt(i),
    gateway_request_id: null,
    gateway_extended_request_id: null,
    lambda_request_id: null,
    workspace_id: workspaceId,
    api_key_id: 'ak_1',
    at: new Date(start + i * 1000).toISOString(),
    endpoint: '/v1/chat/completions',
    model: 'gpt-4o-mini',
    stream: false,
    status: 429,
    error_code: 'provider_quota_exceeded',
    route: 'byok(pk_1)=quota:429',
    kind: 'quota',
    message: 'Your openai key has used up its quota.',
    credential: 'byok',
    provider: 'openai',
    provider_key_id: 'pk_1',
    provider_model: 'gpt-4o-mini',
    provider_request_id: null,
    fallback_triggered: false,
    attempts: [],
    usage: null,
    usage_estimated: false,
    cost: '0.0000000',
    settled: true,
    upstream_cost: null,
    first_byte_ms: null,
    total_ms: 34,
    gateway_ms: 1,
    finish_reason: null,
    dropped_params: [],
    client: { user_agent: null, ip: '127.0.0.1' },
    expires_at,
    ...change,
  };
}
const fine = { status: 200, error_code: null, kind: null, message: null } as const;

function query(change: Partial<LogQuery> = {}): LogQuery {
  const none = { status: null, kind: null, model: null, provider: null, credential: null };
  const ids = { providerKeyId: null, apiKeyId: null, providerRequestId: null };
  return { from: start, to: start + 3_600_000, ...none, ...ids, limit: 20, cursor: null, ...change };
}

function change(workspaceId: string | null, i: number, said: Partial<AuditRecord> = {}): AuditRecord {
  return {
    request_id: idAt(i),
    at: new Date(start + i * 1000).toISOString(),
    workspace_id: workspaceId,
    operation: 'updateWorkspace',
    target: workspaceId,
    actor_type: 'operator',
    actor: 'ann',
    actor_role: 'owner',
    outcome: 'done',
    status: 200,
    error_code: null,
    before: { name: 'a' },
    after: { name: 'b' },
    client: { user_agent: null, ip: null },
    expires_at,
    ...said,
  };
}
const auditQuery = (asked: Partial<AuditQuery> = {}): AuditQuery => ({
  ...{ from: start, to: start + 172_800_000, actor: null, apiKeysOnly: false, operation: null, outcome: null },
  ...{ limit: 20, cursor: null },
  ...asked,
});

describe.each(stores)('what is looked for across workspaces, in %s', (_name, url) => {
  let tables: Tables;
  let calls: HotCalls;
  let now = start;
  let workspaces: string[] = [];
  beforeAll(async () => {
    tables = await openTables(url);
    calls = createHotCalls(tables.client);
  });
  afterAll(() => tables.close());
  beforeEach(async () => {
    now = start;
    workspaces = [newId('ws'), newId('ws')];
  });

  const log = () => createRequestLog(tables.client, calls, tables.log, () => now);
  async function* known() {
    for (let from = 0; from < workspaces.length; from += 100) yield workspaces.slice(from, from + 100);
  }
  const index = (scanLimit?: number) => createLogIndex(tables.client, tables.log, known, () => now, scanLimit);
  const trail = (scanLimit?: number) => createAuditTrail(tables.client, tables.log, () => now, scanLimit);

  async function pages<T extends { request_id: string }>(
    list: (cursor: string | null) => Promise<{ data: T[]; nextCursor: string | null }>,
  ) {
    const ids: string[] = [];
    const sizes: number[] = [];
    let cursor: string | null = null;
    do {
      const page: { data: T[]; nextCursor: string | null } = await list(cursor);
      ids.push(...page.data.map(({ request_id }) => request_id));
      sizes.push(page.data.length);
      cursor = page.nextCursor;
    } while (cursor !== null);
    return { ids, sizes };
  }

  /** Records of this test alone: each has its hour. */
  let hour = 0;
  const write = async (count: number, of: (i: number) => Partial<LogRecord>) => {
    const first = ++hour * 3600;
    const records = Array.from({ length: count }, (_, i) => record(workspaces[i % 2] ?? '', first + i, of(i)));
    for (const each of records) await log().write(each);
    return { records, span: { from: start + first * 1000, to: start + first * 1000 + 3_599_000 } };
  };

  test.each([2, 7, 50])('lists the failures of all, newest first over all shards, in pages of %d', async (limit) => {
    const { records, span } = await write(24, (i) => (i % 4 === 0 ? fine : {}));
    const { ids, sizes } = await pages((cursor) => index().listFailed(query({ ...span, limit, cursor })));
    expect(ids).toEqual(
      records
        .filter(({ error_code }) => error_code !== null)
        .map(({ request_id }) => request_id)
        .reverse(),
    );
    expect(Math.max(...sizes)).toBe(Math.min(limit, 18));
  });

  it('holds nothing of what went well, and of a failure no more than a list shows', async () => {
    await write(6, (i) => (i < 4 ? fine : {}));
    const { Items = [] } = await tables.client.send(new ScanCommand({ TableName: tables.log, IndexName: 'recent' }));
    expect(Items.length).toBeGreaterThan(1);
    const shown = new Set(['pk', 'sk', 'recent', ...recentIndex.Projection.NonKeyAttributes]);
    for (const item of Items) {
      expect(item.error_code?.S ?? item.operation?.S).toMatch(/./);
      expect(Object.keys(item).filter((name) => !shown.has(name))).toEqual([]);
      expect(JSON.stringify(item).length).toBeLessThan(1024);
    }
  });

  it('filters by what stands anywhere in a record, looks at so many a page, and loses none', async () => {
    const rare = [0, 41, 42, 59];
    const attempt = { target: 'byok', region: null, status: 1, code: null, message: null } as const;
    const { records, span } = await write(60, (i) =>
      rare.includes(i)
        ? {
            attempts: [
              {
                ...attempt,
                provider: 'vertex',
                provider_key_id: 'pk_2',
                kind: 'timeout',
                provider_request_id: 'r',
                ms: 1,
              },
            ],
          }
        : {},
    );
    const expected = rare.toReversed().map((i) => records[i]?.request_id);
    for (const filter of [
      { provider: 'vertex' },
      { kind: 'timeout' },
      { providerKeyId: 'pk_2' },
      { providerRequestId: 'r' },
    ]) {
      const { ids, sizes } = await pages((cursor) => index(25).listFailed(query({ ...span, ...filter, cursor })));
      expect(ids).toEqual(expected);
      expect(sizes.length).toBe(3);
    }
  });

  it('hides what has expired', async () => {
    const { records, span } = await write(3, (i) => ({ expires_at: start / 1000 + i }));
    now = start + 1000;
    expect((await index().listFailed(query(span))).data).toEqual([records[2]]);
    expect(await index().find(records[1]?.request_id ?? '')).toBeNull();
  });

  it('finds a request by its id alone, failed or not, among more workspaces than one read takes', async () => {
    workspaces = [...Array.from({ length: 950 }, () => newId('ws')), ...workspaces];
    const last = workspaces.at(-1) ?? '';
    const first = ++hour * 3600;
    const [failed, served] = [record(last, first), record(last, first + 1, fine)];
    for (const each of [failed, served]) await log().write(each);
    for (const each of [failed, served]) expect(await index().find(each.request_id)).toEqual(each);
    for (const id of [idAt(first + 2), 'req_', 'x'.repeat(2000), `${failed.request_id}~`])
      expect(await index().find(id)).toBeNull();
  });

  it('keeps changes by workspace and all together, each once however often it is written', async () => {
    const [one = '', two = ''] = workspaces;
    const first = ++hour * 3600;
    const records = [change(one, first), change(two, first + 1), change(null, first + 2, { operation: 'setPrice' })];
    for (const each of records) {
      await trail().put({ ...each, outcome: 'pending', after: null });
      await trail().put(each);
    }
    const span = { from: start + first * 1000, to: start + first * 1000 + 3_599_000 };
    expect((await trail().list(one, auditQuery())).data).toEqual([records[0]]);
    expect((await trail().list(null, auditQuery(span))).data).toEqual(records.toReversed());
    expect((await trail().list(null, auditQuery({ ...span, operation: 'setPrice' }))).data).toEqual([records[2]]);
    expect((await trail().list(null, auditQuery({ ...span, apiKeysOnly: true }))).data).toEqual([]);
    for (const workspace of [null, one]) {
      const asked = { ...span, limit: 1 };
      const { ids } = await pages((cursor) => trail().list(workspace, auditQuery({ ...asked, cursor })));
      expect(ids.length).toBe(workspace === null ? 3 : 1);
    }
    // Failures and changes do not mix.
    expect((await index().listFailed(query(span))).data).toEqual([]);
    now = (expires_at + 1) * 1000;
    expect((await trail().list(one, auditQuery())).data).toEqual([]);
  });

  it('reads records from before there was anything at their top', async () => {
    const [one = ''] = workspaces;
    const { route, kind, message, ...older } = record(one, ++hour * 3600);
    await log().write(older as LogRecord);
    expect(await log().get(one, older.request_id)).toEqual({ ...older, route: null, kind: null, message: null });
    expect([route, kind, message]).not.toContain(null);
  });
});

describe('the queries of docs/operations.md', () => {
  const docs = readFileSync(join(import.meta.dirname, '../../../docs/operations.md'), 'utf8');
  const queries = [...docs.matchAll(/```sql\n([\s\S]*?)```/g)].map(([, text = '']) => text);
  const partitions = (what: string, shards: number) =>
    Array.from({ length: shards }, (_, i) => `'${what}#${i}'`).join(',');

  it('ask every shard', () => {
    expect(queries).toHaveLength(3);
    expect(queries[0]).toContain(`[${partitions('failed', recentShards)}]`);
    expect(queries[1]).toContain(`[${partitions('WORKSPACE_ID', logShards)}]`);
    expect(queries[2]).toContain(`[${partitions('audit', recentShards)}]`);
  });

  it('ask the index for what is in it', () => {
    for (const text of queries.filter((each) => each.includes(`."${recentIndex.IndexName}"`))) {
      const columns = (/SELECT (.*?) FROM/.exec(text)?.[1] ?? '').split(', ');
      expect(columns.filter((name) => !['sk', ...recentIndex.Projection.NonKeyAttributes].includes(name))).toEqual([]);
    }
  });

  // The embedded DynamoDB knows no PartiQL.
  describe.each(stores.filter(([, url]) => url !== null))('in %s', (_name, url) => {
    it('find what is there, whichever shard it lies in', async () => {
      const tables = await openTables(url);
      const workspaceId = newId('ws');
      const store = createRequestLog(tables.client, createHotCalls(tables.client), tables.log, () => start);
      const failures = Array.from({ length: 40 }, (_, i) => record(workspaceId, i, { kind: 'credential' }));
      for (const each of failures) await store.write(each);
      await store.write(record(workspaceId, 50, fine));
      await createAuditTrail(tables.client, tables.log, () => start).put(change(workspaceId, 60));
      await tables.client.send(
        new PutItemCommand({ TableName: tables.log, Item: { pk: { S: 'other' }, sk: { S: 'req_1' } } }),
      );
      const run = async (text: string) => {
        const statement = text
          .replaceAll('LOG_TABLE', tables.log)
          .replaceAll('WORKSPACE_ID', workspaceId)
          .replaceAll('req_01KJK6', 'req_0');
        const rows: string[] = [];
        let NextToken: string | undefined;
        do {
          const page = await tables.client.send(new ExecuteStatementCommand({ Statement: statement, NextToken }));
          rows.push(...(page.Items ?? []).map((item) => item.sk?.S ?? ''));
          NextToken = page.NextToken;
        } while (NextToken);
        return rows.sort();
      };
      const [failed = '', all = '', changes = ''] = queries;
      expect(await run(failed)).toEqual(failures.map(({ request_id }) => request_id));
      expect(await run(all)).toEqual([...failures.map(({ request_id }) => request_id), idAt(50)]);
      expect(await run(changes)).toEqual([idAt(60)]);
      await tables.close();
    });
  });
});
