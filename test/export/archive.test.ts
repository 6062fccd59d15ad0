import { createServer } from 'node:http';
import { gunzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { brokenOffRecord, type LogRecord } from '../../functions/core/log-record.ts';
import { createArchive } from '../../functions/export/archive.ts';
import { createExporter } from '../../functions/export/handler.ts';
import { createArchiveBucket } from '../../functions/stores/archive-bucket.ts';
import { type Listening, listen, readBody } from '../../local/listening.ts';
import { aws } from '../embedded-gateway.ts';
import { aChange, aRecord, at, someRecords, toRecord } from './samples.ts';

let objects: Map<string, Buffer>;
let puts: { key: string; type: string | undefined }[];
/** Statuses of the next PUTs; after that 200. */
let answers: number[];
let server: Listening;
let reported: object[];

/** S3's PutObject, by path: docs.aws.amazon.com/AmazonS3/latest/API/API_PutObject.html */
beforeEach(async () => {
  objects = new Map();
  puts = [];
  answers = [];
  reported = [];
  server = await listen(
    createServer(async (request, response) => {
      const body = (await readBody(request)) ?? Buffer.alloc(0);
      const key = decodeURIComponent(new URL(request.url ?? '', 'http://s3').pathname);
      puts.push({ key, type: request.headers['content-type'] });
      const status = answers.shift() ?? 200;
      if (status === 200) objects.set(key, body);
      response.writeHead(status).end(status === 200 ? '' : '<Error><Code>SlowDown</Code></Error>');
    }),
  );
});
afterEach(() => server.close());

function exporter() {
  const report = (event: string, details: object) => reported.push({ event, ...details });
  const put = createArchiveBucket('bucket', 'keyway/test/log/', { ...aws, endpoint: server.url, forcePathStyle: true });
  return createExporter({ toRecord, report, sink: createArchive(put, report) });
}

const read = (key: string): LogRecord[] =>
  gunzipSync(objects.get(key) ?? Buffer.alloc(0))
    .toString()
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));

describe('the archive', () => {
  it('holds records as they are in the log, by the hour in which the requests came', async () => {
    const records = [
      aRecord({ traceparent: '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01' }),
      aRecord({ request_id: 'req_2', at: '2026-03-01T10:59:59.999Z' }),
      aRecord({ request_id: 'req_3', at: '2026-03-01T11:00:00.000Z' }),
      aRecord({ request_id: 'req_4', at: '2026-12-31T23:30:00.000Z' }),
    ];
    expect(await exporter()({ Records: records.map((record) => aChange(record)) })).toEqual({ batchItemFailures: [] });
    const keys = [...objects.keys()];
    expect(keys.map((key) => key.replace(/[^/]+$/, ''))).toEqual([
      '/bucket/keyway/test/log/dt=2026-03-01/hour=10/',
      '/bucket/keyway/test/log/dt=2026-03-01/hour=11/',
      '/bucket/keyway/test/log/dt=2026-12-31/hour=23/',
    ]);
    for (const key of keys) expect(key).toMatch(/\/\d{21}-[0-9a-f]{16}\.json\.gz$/);
    expect(keys.flatMap(read)).toEqual(records);
    expect(puts.map(({ type }) => type)).toEqual(Array(3).fill('application/gzip'));
  });

  it('holds a batch once however often it comes', async () => {
    const batch = someRecords(20, (i) => ({ at: new Date(at + i * 600_000).toISOString() })).map((r) => aChange(r));
    await exporter()({ Records: batch });
    const before = new Map(objects);
    await exporter()({ Records: batch });
    expect(objects).toEqual(before);
    expect([...objects.keys()].flatMap(read)).toHaveLength(20);
  });

  it('names what two batches hold apart', async () => {
    await exporter()({ Records: [aChange(aRecord())] });
    await exporter()({ Records: [aChange(aRecord())] });
    expect(objects.size).toBe(2);
  });

  it('keeps the true record of a request beside the one that said that it broke off', async () => {
    const record = aRecord();
    const brokenOff = brokenOffRecord(
      { requestId: record.request_id, workspaceId: record.workspace_id, apiKeyId: null, at },
      30,
    );
    await exporter()({ Records: [aChange(brokenOff)] });
    await exporter()({ Records: [aChange(record, brokenOff)] });
    expect([...objects.keys()].flatMap(read)).toEqual([brokenOff, record]);
  });

  it('that cannot be written gets the whole batch again, and holds nothing twice after that', async () => {
    const batch = [aRecord(), aRecord({ request_id: 'req_2', at: '2026-03-02T00:00:00.000Z' })].map((r) => aChange(r));
    // The SDK tries three times.
    answers = [200, 503, 503, 503];
    expect(await exporter()({ Records: batch })).toEqual({
      batchItemFailures: [{ itemIdentifier: batch[0]?.dynamodb?.SequenceNumber }],
    });
    expect(reported).toMatchObject([{ event: 'export_failed', to: 'archive', records: 2 }]);
    expect(await exporter()({ Records: batch })).toEqual({ batchItemFailures: [] });
    expect([...objects.keys()].flatMap(read)).toHaveLength(2);
  });

  it('leaves out what is no record, tells of it, and keeps the rest', async () => {
    const broken = aChange(aRecord());
    const image = { ...broken.dynamodb?.NewImage, attempts: { S: '{' } };
    const Records = [{ ...broken, dynamodb: { ...broken.dynamodb, NewImage: image } }, aChange(aRecord())];
    expect(await exporter()({ Records })).toEqual({ batchItemFailures: [] });
    expect([...objects.keys()].flatMap(read)).toHaveLength(1);
    expect(reported).toMatchObject([{ event: 'export_left_out', pk: 'ws_1#0', why: 'no record' }]);
  });

  it('is not written when there is nothing to write', async () => {
    expect(await exporter()({ Records: [] })).toEqual({ batchItemFailures: [] });
    expect(puts).toEqual([]);
  });
});
