import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http';
import { gunzipSync } from 'node:zlib';
// The last release that ships what the official protocol definitions compile to.
import definitions from 'otlp-definitions/build/src/generated/root.js';
import { type Listening, listen, readBody } from '../../local/listening.ts';

export interface ReceivedSpan {
  traceId: string;
  spanId: string;
  parentSpanId: string;
  name: string;
  /** As the definitions name it: `SPAN_KIND_SERVER`. */
  kind: string;
  startTimeUnixNano: string;
  endTimeUnixNano: string;
  attributes: Record<string, unknown>;
  status: string;
  flags: number;
}

export interface ReceivedPoint {
  metric: string;
  unit: string;
  temporality: string;
  attributes: Record<string, unknown>;
  startTimeUnixNano: string;
  timeUnixNano: string;
  count?: string;
  sum?: number;
  value?: number;
  bucketCounts?: string[];
  explicitBounds?: number[];
}

export interface OtlpReceiver extends Listening {
  spans: ReceivedSpan[];
  points: ReceivedPoint[];
  resources: Record<string, unknown>[];
  posts: { path: string; headers: IncomingHttpHeaders; bytes: number; spans: number }[];
  /** How the next POSTs are answered, in order; null: taken. After that all are taken. */
  answers: (((response: ServerResponse) => void) | null)[];
  /** When set, POSTs with such a span or point are refused with 400. */
  refuses: ((attributes: Record<string, unknown>) => boolean) | null;
}

/* As protobufjs gives decoded messages with `toObject`: enums by name, 64-bit numbers as text, bytes in base64. */
interface AnyValue {
  stringValue?: string;
  intValue?: string;
  doubleValue?: number;
  boolValue?: boolean;
  arrayValue?: { values: AnyValue[] };
}
type KeyValues = { key: string; value: AnyValue }[];
interface Scoped {
  resource: { attributes: KeyValues };
  scopeSpans?: { spans: Record<string, unknown>[] }[];
  scopeMetrics?: { metrics: Record<string, unknown>[] }[];
}

const proto = definitions.opentelemetry.proto.collector;

function decode(path: string, body: Uint8Array): { resourceSpans?: Scoped[]; resourceMetrics?: Scoped[] } {
  const type =
    path === '/v1/traces' ? proto.trace.v1.ExportTraceServiceRequest : proto.metrics.v1.ExportMetricsServiceRequest;
  return type.toObject(type.decode(body), { enums: String, longs: String, bytes: String, defaults: true });
}

/** What a collector answers that took only a part. */
export function partly(signal: 'traces' | 'metrics', rejected: number, errorMessage: string): Uint8Array {
  if (signal === 'traces')
    return proto.trace.v1.ExportTraceServiceResponse.encode({
      partialSuccess: { rejectedSpans: rejected, errorMessage },
    }).finish();
  return proto.metrics.v1.ExportMetricsServiceResponse.encode({
    partialSuccess: { rejectedDataPoints: rejected, errorMessage },
  }).finish();
}

/** An OTLP/HTTP receiver that reads what comes by the official protocol definitions, and refuses what they do not allow. */
export async function startOtlpReceiver(): Promise<OtlpReceiver> {
  const receiver: Omit<OtlpReceiver, keyof Listening> = {
    spans: [],
    points: [],
    resources: [],
    posts: [],
    answers: [],
    refuses: null,
  };
  const server = createServer(async (request, response) => {
    const { url = '', headers, method } = request;
    const packed = (await readBody(request)) ?? Buffer.alloc(0);
    const proper =
      method === 'POST' &&
      ['/v1/traces', '/v1/metrics'].includes(url) &&
      headers['content-type'] === 'application/x-protobuf' &&
      headers['content-encoding'] === 'gzip';
    if (!proper) return void response.writeHead(404).end();
    const body = gunzipSync(packed);
    const message = decode(url, body);
    const spans = (message.resourceSpans ?? []).flatMap(spansOf);
    const points = (message.resourceMetrics ?? []).flatMap(pointsOf);
    receiver.posts.push({ path: url, headers, bytes: body.length, spans: spans.length });
    const answer = receiver.answers.shift();
    if (answer) return answer(response);
    if (receiver.refuses && [...spans, ...points].some(({ attributes }) => receiver.refuses?.(attributes)))
      return void response.writeHead(400).end();
    receiver.spans.push(...spans);
    receiver.points.push(...points);
    for (const { resource } of [...(message.resourceSpans ?? []), ...(message.resourceMetrics ?? [])])
      receiver.resources.push(toAttributes(resource.attributes));
    response.writeHead(200, { 'content-type': 'application/x-protobuf' }).end();
  });
  return Object.assign(receiver, await listen(server));
}

function spansOf({ scopeSpans = [] }: Scoped): ReceivedSpan[] {
  return scopeSpans.flatMap(({ spans }) =>
    spans.map((span) => ({
      ...(span as unknown as ReceivedSpan),
      traceId: toHex(span.traceId),
      spanId: toHex(span.spanId),
      parentSpanId: toHex(span.parentSpanId),
      attributes: toAttributes(span.attributes as KeyValues),
      status: (span.status as { code: string }).code,
    })),
  );
}

function pointsOf({ scopeMetrics = [] }: Scoped): ReceivedPoint[] {
  return scopeMetrics.flatMap(({ metrics }) =>
    metrics.flatMap((metric) => {
      const data = (metric.histogram ?? metric.sum) as {
        aggregationTemporality: string;
        dataPoints: Record<string, unknown>[];
      };
      return data.dataPoints.map((point) => ({
        ...(point as unknown as ReceivedPoint),
        metric: metric.name as string,
        unit: metric.unit as string,
        temporality: data.aggregationTemporality,
        value: point.asDouble as number,
        attributes: toAttributes(point.attributes as KeyValues),
      }));
    }),
  );
}

function toHex(base64: unknown): string {
  return Buffer.from(base64 as string, 'base64').toString('hex');
}

function toAttributes(pairs: KeyValues): Record<string, unknown> {
  return Object.fromEntries(pairs.map(({ key, value }) => [key, plain(value)]));
}

function plain(value: AnyValue): unknown {
  if (value.arrayValue) return value.arrayValue.values.map(plain);
  if (value.intValue !== undefined) return Number(value.intValue);
  return value.stringValue ?? value.doubleValue ?? value.boolValue;
}
