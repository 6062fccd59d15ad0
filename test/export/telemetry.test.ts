import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { brokenOffRecord, type LogRecord } from '../../functions/core/log-record.ts';
import { createCollector, type Signal } from '../../functions/export/collector.ts';
import { createExporter } from '../../functions/export/handler.ts';
import { createTelemetry, readAnswer } from '../../functions/export/telemetry.ts';
import { parseRetryAfter } from '../../functions/transport/retry-after.ts';
import { type OtlpReceiver, partly, startOtlpReceiver } from './otlp-receiver.ts';
import { aChange, anAttempt, aRecord, at, origin, someRecords, toImage, toRecord } from './samples.ts';

const trace = '4bf92f3577b34da6a3ce929d0e0e4736';
const span = '00f067aa0ba902b7';

let receiver: OtlpReceiver;
let reported: Record<string, unknown>[];
let waited: number[];
let headers: (anew: boolean) => Promise<Record<string, string>>;

beforeEach(async () => {
  receiver = await startOtlpReceiver();
  reported = [];
  waited = [];
  headers = async () => ({ authorization: 'Basic dGVzdA==' });
});
afterEach(() => receiver.close());

function exporter(signals: Signal[] = ['traces', 'metrics'], endpoint = receiver.url) {
  const report = (event: string, details: object) => reported.push({ event, ...details });
  const collector = createCollector({
    endpoint,
    headers: (anew) => headers(anew),
    read: readAnswer,
    parseRetryAfter: (header) => parseRetryAfter(header, at),
    wait: async (ms) => void waited.push(ms),
    fetch,
  });
  return createExporter({ toRecord, report, sink: createTelemetry(signals, origin, { collector, report }) });
}

async function send(records: LogRecord[], signals?: Signal[]) {
  const batch = records.map((record) => aChange(record));
  const { batchItemFailures } = await exporter(signals)({ Records: batch });
  return batchItemFailures.map(({ itemIdentifier }) =>
    batch.findIndex(({ dynamodb }) => dynamodb?.SequenceNumber === itemIdentifier),
  );
}

const says =
  (status: number, head: Record<string, string> = {}) =>
  (response: import('node:http').ServerResponse) =>
    void response.writeHead(status, head).end();
const nanos = (ms: number) => String(BigInt(ms) * 1_000_000n);

describe('the spans of a request', () => {
  it('are one of the request and one of each call, by the conventions', async () => {
    const record = aRecord({
      fallback_triggered: true,
      credential: 'platform',
      provider: 'bedrock',
      dropped_params: ['seed'],
      attempts: [
        anAttempt({ kind: 'rate_limit', status: 429, code: 'rate_limit_exceeded', message: 'said by the provider' }),
        anAttempt({
          target: 'platform',
          provider: 'bedrock',
          model: 'amazon.nova-lite-v1:0',
          provider_key_id: null,
          region: 'us-east-1',
          started_ms: 400,
          ms: 250,
        }),
      ],
    });
    expect(await send([record], ['traces'])).toEqual([]);
    const [request, first, second] = receiver.spans;
    expect(receiver.spans).toHaveLength(3);
    expect(request).toMatchObject({
      name: 'POST /v1/chat/completions',
      kind: 'SPAN_KIND_SERVER',
      parentSpanId: '',
      status: 'STATUS_CODE_UNSET',
      startTimeUnixNano: nanos(at),
      endTimeUnixNano: nanos(at + 2000),
    });
    expect(request?.attributes).toEqual({
      'http.request.method': 'POST',
      'http.route': '/v1/chat/completions',
      'url.path': '/v1/chat/completions',
      'url.scheme': 'https',
      'http.response.status_code': 200,
      'keyway.request_id': record.request_id,
      'keyway.workspace_id': 'ws_1',
      'keyway.api_key_id': 'ak_1',
      'keyway.model': 'openai/gpt-4o-mini',
      'keyway.stream': true,
      'keyway.route': record.route,
      'keyway.credential': 'platform',
      'keyway.provider': 'bedrock',
      'keyway.provider_key_id': 'pk_1',
      'keyway.fallback_triggered': true,
      'keyway.attempts': 2,
      'keyway.cost_usd': 0,
      'keyway.settled': true,
      'keyway.gateway_ms': 15,
      'keyway.dropped_params': ['seed'],
    });
    for (const call of [first, second])
      expect(call).toMatchObject({
        kind: 'SPAN_KIND_CLIENT',
        traceId: request?.traceId,
        parentSpanId: request?.spanId,
      });
    expect(first).toMatchObject({
      name: 'chat gpt-4o-mini',
      status: 'STATUS_CODE_ERROR',
      startTimeUnixNano: nanos(at + 20),
      endTimeUnixNano: nanos(at + 320),
    });
    expect(first?.attributes).toEqual({
      'gen_ai.operation.name': 'chat',
      'gen_ai.provider.name': 'openai',
      'gen_ai.request.model': 'gpt-4o-mini',
      'gen_ai.request.stream': true,
      'error.type': 'rate_limit',
      'http.response.status_code': 429,
      'keyway.request_id': record.request_id,
      'keyway.workspace_id': 'ws_1',
      'keyway.credential': 'byok',
      'keyway.provider_key_id': 'pk_1',
      'keyway.provider_error_code': 'rate_limit_exceeded',
      'keyway.provider_request_id': 'up_1',
    });
    // The stream went on to the end of the request, after its first content.
    expect(second).toMatchObject({
      name: 'chat amazon.nova-lite-v1:0',
      status: 'STATUS_CODE_UNSET',
      startTimeUnixNano: nanos(at + 400),
      endTimeUnixNano: nanos(at + 2000),
    });
    expect(second?.attributes).toEqual({
      'gen_ai.operation.name': 'chat',
      'gen_ai.provider.name': 'aws.bedrock',
      'gen_ai.request.model': 'amazon.nova-lite-v1:0',
      'gen_ai.request.stream': true,
      'gen_ai.response.finish_reasons': ['stop'],
      'gen_ai.response.time_to_first_chunk': 0.25,
      'gen_ai.usage.input_tokens': 12,
      'gen_ai.usage.output_tokens': 34,
      'gen_ai.usage.cache_read.input_tokens': 5,
      'http.response.status_code': 200,
      'keyway.request_id': record.request_id,
      'keyway.workspace_id': 'ws_1',
      'keyway.credential': 'platform',
      'keyway.provider_request_id': 'up_1',
      'keyway.provider_region': 'us-east-1',
      'keyway.usage_estimated': false,
      'keyway.upstream_cost_usd': 0.0001234,
    });
    expect(receiver.resources).toEqual([
      {
        'service.name': 'keyway',
        'service.instance.id': 'instance-of-the-tests',
        'deployment.environment.name': 'test',
        'cloud.region': 'eu-central-1',
      },
    ]);
  });

  it('hold nothing that the provider said, nor where the caller is', async () => {
    await send([aRecord({ attempts: [anAttempt({ kind: 'bad_request', message: 'in so many words' })] })]);
    expect(JSON.stringify([receiver.spans, receiver.points])).not.toMatch(/so many words|192\.0\.2\.1|OpenAI\/JS/);
  });

  it.each([
    ['/v1/messages', 'chat', { stream: false, first_byte_ms: 300, total_ms: 350 }],
    ['/v1/completions', 'text_completion', {}],
    ['/v1/embeddings', 'embeddings', { stream: false }],
    ['/v1/messages/count_tokens', 'count_tokens', { stream: false, usage: null }],
  ])('of %s are called %s', async (endpoint, operation, change) => {
    await send([aRecord({ endpoint, ...change })], ['traces']);
    const [request, call] = receiver.spans;
    expect([request?.name, call?.name]).toEqual([`POST ${endpoint}`, `${operation} gpt-4o-mini`]);
    if (change && 'stream' in change) {
      expect(call?.attributes).not.toHaveProperty(['gen_ai.response.time_to_first_chunk']);
      expect(call?.endTimeUnixNano).toBe(nanos(at + 320));
    }
  });

  it.each([
    [400, 'invalid_request', 'STATUS_CODE_UNSET'],
    [499, 'cancelled', 'STATUS_CODE_UNSET'],
    [500, 'internal_error', 'STATUS_CODE_ERROR'],
    [503, 'provider_unavailable', 'STATUS_CODE_ERROR'],
  ])('with status %d are an error when the server is at fault', async (status, code, expected) => {
    await send([aRecord({ status, error_code: code, attempts: [], usage: null, first_byte_ms: null })], ['traces']);
    expect(receiver.spans).toMatchObject([
      { status: expected, attributes: { 'http.response.status_code': status, 'error.type': code } },
    ]);
  });

  it('of an endpoint that the gateway does not serve have no route', async () => {
    await send([aRecord({ endpoint: '/v1/files/file-1', attempts: [], status: 404, error_code: 'not_found' })]);
    expect(receiver.spans[0]).toMatchObject({ name: 'HTTP', attributes: { 'url.path': '/v1/files/file-1' } });
    expect(receiver.spans[0]?.attributes).not.toHaveProperty(['http.route']);
    expect(receiver.points[0]?.attributes).not.toHaveProperty(['url.path']);
  });

  it("join the caller's trace, below the span that it named", async () => {
    await send([aRecord({ traceparent: `00-${trace}-${span}-01` })], ['traces']);
    expect(receiver.spans.map(({ traceId }) => traceId)).toEqual([trace, trace]);
    expect(receiver.spans[0]?.parentSpanId).toBe(span);
    // opentelemetry-proto, trace.proto, SpanFlags: sampled; whether the parent is another process's is known, and it is.
    expect(receiver.spans.map(({ flags }) => flags)).toEqual([0x301, 0x101]);
  });

  it('are not sent when the caller keeps no trace; the metrics count the request all the same', async () => {
    await send([aRecord({ traceparent: `00-${trace}-${span}-00` })]);
    expect(receiver.spans).toEqual([]);
    expect(receiver.points.length).toBeGreaterThan(0);
  });

  it('are the same when they are told again, and others for another request', async () => {
    const [one, other] = someRecords(2);
    await send([one, other] as LogRecord[], ['traces']);
    const before = receiver.spans.splice(0);
    await send([one] as LogRecord[], ['traces']);
    expect(receiver.spans).toEqual(before.slice(0, 2));
    const ids = before.map(({ spanId }) => spanId);
    expect(new Set(ids).size).toBe(4);
    expect(new Set(before.map(({ traceId }) => traceId)).size).toBe(2);
  });

  it('of records older than the fields of a call begin where the call before ended', async () => {
    const old = { started_ms: undefined, model: undefined };
    const attempts = [anAttempt({ ...old, kind: 'timeout', ms: 100 }), anAttempt({ ...old, ms: 50 })];
    await send([aRecord({ attempts, stream: false })], ['traces']);
    expect(receiver.spans[2]).toMatchObject({
      name: 'chat',
      startTimeUnixNano: nanos(at + 100),
      endTimeUnixNano: nanos(at + 150),
    });
  });
});

describe('the metrics of a batch', () => {
  const of = (metric: string) => receiver.points.filter((point) => point.metric === metric);

  it('are deltas with the buckets of the conventions', async () => {
    await send(
      [
        ...someRecords(3, (index) => ({ total_ms: 1000 + index, workspace_id: `ws_${index}` })),
        aRecord({ attempts: [anAttempt({ kind: 'overloaded', ms: 40 })], usage: null, first_byte_ms: null }),
      ],
      ['metrics'],
    );
    for (const point of receiver.points) {
      expect(point.temporality).toBe('AGGREGATION_TEMPORALITY_DELTA');
      expect(point.startTimeUnixNano).toBe(nanos(at));
      expect(point.timeUnixNano).toBe(nanos(at + 2001));
    }
    const call = {
      'gen_ai.operation.name': 'chat',
      'gen_ai.provider.name': 'openai',
      'gen_ai.request.model': 'gpt-4o-mini',
    };
    expect(of('gen_ai.client.operation.duration')).toMatchObject([
      { unit: 's', count: '3', attributes: call, bucketCounts: expect.arrayContaining(['3']) },
      { count: '1', attributes: { ...call, 'error.type': 'overloaded' }, sum: 0.04 },
    ]);
    expect(of('gen_ai.client.operation.duration')[0]?.explicitBounds).toEqual([
      0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12, 10.24, 20.48, 40.96, 81.92,
    ]);
    // A value that is a boundary belongs to the bucket below it.
    expect(of('gen_ai.client.operation.duration')[1]?.bucketCounts?.[2]).toBe('1');
    expect(of('gen_ai.client.token.usage')).toMatchObject([
      { unit: '{token}', count: '3', sum: 36, attributes: { ...call, 'gen_ai.token.type': 'input' } },
      { unit: '{token}', count: '3', sum: 102, attributes: { ...call, 'gen_ai.token.type': 'output' } },
    ]);
    expect(of('gen_ai.client.token.usage')[0]?.explicitBounds?.at(-1)).toBe(67_108_864);
    expect(of('gen_ai.client.operation.time_to_first_chunk')).toMatchObject([{ count: '3', sum: 0.75 }]);
    expect(of('http.server.request.duration')).toMatchObject([{ count: '4' }]);
    expect(of('keyway.upstream_cost')[0]?.value).toBeCloseTo(3 * 0.0001234 + 0.0001234, 9);
    expect(JSON.stringify(receiver.points)).not.toMatch(/ws_|pk_|ak_|req_/);
  });

  it('hold no estimates, and no output of embeddings', async () => {
    await send([aRecord({ usage_estimated: true })], ['metrics']);
    expect(of('gen_ai.client.token.usage')).toEqual([]);
    await send([aRecord({ endpoint: '/v1/embeddings', stream: false })], ['metrics']);
    expect(of('gen_ai.client.token.usage').map(({ attributes }) => attributes['gen_ai.token.type'])).toEqual(['input']);
    expect(of('gen_ai.client.operation.time_to_first_chunk')).toHaveLength(1);
  });

  it('count every value once, in the bucket where it belongs', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.integer({ min: 0, max: 200_000 }), { minLength: 1, maxLength: 20 }), async (all) => {
        receiver.points.length = 0;
        await send(
          someRecords(all.length, (index) => ({ total_ms: all[index] ?? 0, attempts: [] })),
          ['metrics'],
        );
        const [point] = of('http.server.request.duration');
        const counts = (point?.bucketCounts ?? []).map(Number);
        const bounds = point?.explicitBounds ?? [];
        const expected = counts.map(
          (_, i) =>
            all.filter((ms) => ms / 1000 > (bounds[i - 1] ?? -1) && ms / 1000 <= (bounds[i] ?? Infinity)).length,
        );
        expect(counts).toEqual(expected);
      }),
      { numRuns: 30 },
    );
  });

  it('wait for the true record of a request that broke off, whose spans come at once and are replaced', async () => {
    const record = aRecord();
    const brokenOff = brokenOffRecord({ requestId: record.request_id, workspaceId: 'ws_1', apiKeyId: 'ak_1', at }, 30);
    await exporter()({ Records: [aChange(brokenOff)] });
    expect(receiver.points).toEqual([]);
    expect(receiver.spans).toMatchObject([{ name: 'HTTP', status: 'STATUS_CODE_ERROR' }]);
    const [before] = receiver.spans.splice(0);
    await exporter()({ Records: [aChange(record, brokenOff)] });
    expect(of('http.server.request.duration')).toMatchObject([{ count: '1' }]);
    expect(receiver.spans[0]).toMatchObject({ spanId: before?.spanId, traceId: before?.traceId });
  });

  it('and spans are not told again of a record that says nothing new', async () => {
    const record = aRecord();
    await exporter()({ Records: [aChange(record, { ...record, settled: false })] });
    expect(receiver.posts).toEqual([]);
  });
});

describe('a collector', () => {
  it('is sent the headers of the operator, and no more POSTs than needed', async () => {
    expect(await send(someRecords(150))).toEqual([]);
    expect(receiver.posts.map(({ path, spans }) => [path, spans])).toEqual([
      ['/v1/traces', 300],
      ['/v1/metrics', 0],
    ]);
    for (const { headers } of receiver.posts)
      expect(headers).toMatchObject({ authorization: 'Basic dGVzdA==', 'content-encoding': 'gzip' });
  });

  it('that is down keeps the whole batch for later', async () => {
    await receiver.close();
    expect(await send(someRecords(3))).toEqual([0]);
    expect(waited).toEqual([1000, 2000]);
    expect(reported).toEqual([{ event: 'export_failed', to: 'traces', why: 'ECONNREFUSED', records: 3 }]);
    receiver = await startOtlpReceiver();
  });

  it.each([404, 405, 500, 302])('that answers %d does so as well, without being asked again', async (status) => {
    receiver.answers = [says(status, { location: 'http://127.0.0.1:1/' })];
    expect(await send(someRecords(2))).toEqual([0]);
    expect(receiver.posts).toHaveLength(1);
    expect(reported).toMatchObject([{ event: 'export_failed', why: `status ${status}` }]);
  });

  it.each([429, 502, 503, 504])('that answers %d is asked again when it says', async (status) => {
    receiver.answers = [says(status, { 'retry-after': '7' }), says(status)];
    expect(await send(someRecords(2))).toEqual([]);
    expect(waited).toEqual([7000, 2000]);
    expect(receiver.spans).toHaveLength(4);
  });

  it('that wants more time than there is left is not waited for', async () => {
    receiver.answers = [says(429, { 'retry-after': '55' })];
    const batch = someRecords(1).map((record) => aChange(record));
    const { batchItemFailures } = await exporter()({ Records: batch }, { getRemainingTimeInMillis: () => 60_000 });
    expect(batchItemFailures).toHaveLength(1);
    expect(waited).toEqual([]);
  });

  it('that wants more than a minute gets it: the batch comes again by itself', async () => {
    receiver.answers = [says(503, { 'retry-after': '61' })];
    expect(await send(someRecords(1))).toEqual([0]);
    expect(waited).toEqual([]);
  });

  it('that does not know the headers any more is asked once with those that hold now', async () => {
    const asked: boolean[] = [];
    headers = async (anew) => {
      asked.push(anew);
      return { authorization: anew ? 'Basic bmV3' : 'Basic b2xk' };
    };
    receiver.answers = [says(401)];
    expect(await send(someRecords(1), ['traces'])).toEqual([]);
    expect(asked).toEqual([false, true]);
    expect(receiver.posts.map(({ headers: { authorization } }) => authorization)).toEqual(['Basic b2xk', 'Basic bmV3']);
  });

  it('whose headers cannot be read is not asked', async () => {
    headers = () => Promise.reject(Object.assign(new Error('Basic c2VjcmV0'), { name: 'AccessDeniedException' }));
    expect(await send(someRecords(1))).toEqual([0]);
    expect(receiver.posts).toEqual([]);
    expect(reported).toMatchObject([{ event: 'export_failed', why: 'AccessDeniedException' }]);
    expect(JSON.stringify(reported)).not.toContain('c2VjcmV0');
  });

  it('that took only a part is not asked again, and its words are told', async () => {
    receiver.answers = [
      (response) => void response.writeHead(200).end(partly('traces', 3, 'too old')),
      (response) => void response.writeHead(200).end(partly('metrics', 1, '')),
    ];
    expect(await send(someRecords(2))).toEqual([]);
    expect(receiver.posts).toHaveLength(2);
    expect(reported).toEqual([
      { event: 'export_partly_taken', signal: 'traces', rejected: 3, message: 'too old' },
      { event: 'export_partly_taken', signal: 'metrics', rejected: 1, message: '' },
    ]);
  });

  it.each([
    ['JSON', '{"partialSuccess":{}}'],
    ['a page', '<html>'],
    ['much', 'x'.repeat(100_000)],
  ])('that took all and answers with %s has taken all', async (_, body) => {
    receiver.answers = [(response) => void response.writeHead(200).end(body)];
    expect(await send(someRecords(1), ['traces'])).toEqual([]);
  });

  it('that refuses one record gets all others, once each', async () => {
    receiver.refuses = (attributes) => attributes['keyway.request_id'] === someRecords(1)[0]?.request_id;
    const records = someRecords(50).reverse();
    expect(await send(records, ['traces'])).toEqual([]);
    const told = receiver.spans.filter(({ kind }) => kind === 'SPAN_KIND_SERVER');
    expect(told.map(({ attributes }) => attributes['keyway.request_id'])).toEqual(
      records.slice(0, -1).map(({ request_id }) => request_id),
    );
    expect(reported).toEqual([
      { event: 'export_left_out', signal: 'traces', request_id: records.at(-1)?.request_id, why: 'status 400' },
    ]);
  });

  it('that refuses everything keeps the batch: that is no matter of the records', async () => {
    receiver.refuses = () => true;
    expect(await send(someRecords(50), ['traces'])).toEqual([0]);
    expect(reported.filter(({ event }) => event === 'export_left_out')).toHaveLength(10);
    expect(reported.at(-1)).toMatchObject({ event: 'export_failed', why: 'everything is refused (status 400)' });
  });

  it('gets a huge batch in POSTs of a megabyte at most', async () => {
    const route = 'x'.repeat(2000);
    const records = someRecords(1000, () => ({
      attempts: Array.from({ length: 6 }, () => anAttempt({ kind: 'overloaded', code: route })),
    }));
    expect(await send(records, ['traces'])).toEqual([]);
    expect(receiver.spans).toHaveLength(7000);
    expect(Math.max(...receiver.posts.map(({ bytes }) => bytes))).toBeLessThanOrEqual(2 ** 20);
    expect(receiver.posts.length).toBeGreaterThan(10);
  });

  it('that fails in the middle gets the rest again, and no more', async () => {
    receiver.answers = [null, null, says(500)];
    expect(await send(someRecords(500))).toEqual([200]);
    expect(receiver.spans).toHaveLength(400);
  });

  it('that is slow leaves the rest to the next invocation', async () => {
    const batch = someRecords(500).map((record) => aChange(record));
    const { batchItemFailures } = await exporter()({ Records: batch }, { getRemainingTimeInMillis: () => 20_000 });
    expect(batchItemFailures).toEqual([{ itemIdentifier: batch[200]?.dynamodb?.SequenceNumber }]);
    expect(reported).toEqual([]);
  });
});

it('goes on whatever an item holds', async () => {
  const value = fc.oneof(
    fc.record({ S: fc.string() }),
    fc.record({ S: fc.json() }),
    fc.record({ N: fc.integer().map(String) }),
    fc.constant({ NULL: true }),
  );
  const good = aRecord({ request_id: 'req_good' });
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...Object.keys(good), 'traceparent'), value, async (name, attribute) => {
      receiver.spans.length = 0;
      const strange = aChange(aRecord());
      const image = { ...toImage(aRecord()), [name]: attribute } as ReturnType<typeof toImage>;
      const batch = [{ ...strange, dynamodb: { ...strange.dynamodb, NewImage: image } }, aChange(good)];
      expect(await exporter(['traces', 'metrics'])({ Records: batch })).toEqual({ batchItemFailures: [] });
      expect(receiver.spans.map(({ attributes }) => attributes['keyway.request_id'])).toContain('req_good');
    }),
    { numRuns: 60 },
  );
});
