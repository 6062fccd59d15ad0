import { createHash } from 'node:crypto';
import { SpanKind, SpanStatusCode, TraceFlags } from '@opentelemetry/api';
import type { ProtobufTraceSerializer } from '@opentelemetry/otlp-transformer';
import { type AttemptRecord, isBrokenOff, type LogRecord } from '../core/log-record.ts';
import { parseTraceparent } from '../core/telemetry/trace-context.ts';
import { operationOf } from './operations.ts';
import { type Attribute, known, type Origin, toHrTime } from './resource.ts';

export type Span = Parameters<typeof ProtobufTraceSerializer.serializeRequest>[0][number];

/**
 * A request as spans: one for the request itself, one below it for each call to a provider. Names are those of OpenTelemetry's HTTP and
 * gen_ai conventions; what these do not know is called `keyway.…`. Tokens stand at the call alone, so that nobody adds them up twice.
 *
 * Ids follow from the request's id: told again they are the same. A caller that does not keep its trace (the `sampled` flag of its
 * `traceparent`) gets no spans in it.
 */
export function toSpans(record: LogRecord, origin: Origin): Span[] {
  const caller = parseTraceparent(record.traceparent);
  if (caller !== null && !caller.sampled) return [];
  const traceId = caller?.traceId ?? idOf(record, 'trace', 16);
  const start = Date.parse(record.at);
  const end = start + Math.max(0, record.total_ms);
  const requestSpan = idOf(record, 'request', 8);
  const operation = operationOf(record.endpoint);
  const toSpan = (span: Pick<Span, 'name' | 'kind' | 'attributes' | 'status'>, at: Placed): Span => ({
    ...span,
    spanContext: () => ({ traceId, spanId: at.spanId, traceFlags: TraceFlags.SAMPLED }),
    ...(at.parent !== null && {
      parentSpanContext: { traceId, spanId: at.parent, traceFlags: TraceFlags.SAMPLED, isRemote: at.remote },
    }),
    startTime: toHrTime(at.start),
    endTime: toHrTime(at.end),
    duration: toHrTime(at.end - at.start),
    ended: true,
    links: [],
    events: [],
    resource: origin.resource,
    instrumentationScope: origin.scope,
    droppedAttributesCount: 0,
    droppedEventsCount: 0,
    droppedLinksCount: 0,
  });
  const request = toSpan(
    {
      name: operation === null ? 'HTTP' : `POST ${record.endpoint}`,
      kind: SpanKind.SERVER,
      attributes: requestAttributes(record, operation),
      // opentelemetry.io/docs/specs/semconv/http/http-spans/#status: what the caller did wrong is no error of the server.
      status: { code: record.status >= 500 ? SpanStatusCode.ERROR : SpanStatusCode.UNSET },
    },
    { spanId: requestSpan, parent: caller?.spanId ?? null, remote: true, start, end },
  );
  const calls = record.attempts.map((attempt, index) => {
    const served = index === record.attempts.length - 1;
    return toSpan(
      {
        name: [operation, attempt.model].filter(Boolean).join(' ') || 'call',
        kind: SpanKind.CLIENT,
        attributes: { ...callAttributes(record, attempt, operation, origin), ...(served && answerAttributes(record)) },
        status: { code: attempt.kind === null ? SpanStatusCode.UNSET : SpanStatusCode.ERROR },
      },
      {
        spanId: idOf(record, `attempt ${index}`, 8),
        parent: requestSpan,
        remote: false,
        ...timesOf(record, index, start, end),
      },
    );
  });
  return [request, ...calls];
}

interface Placed {
  spanId: string;
  parent: string | null;
  /** Whether the parent is another process's. */
  remote: boolean;
  /** Epoch ms. */
  start: number;
  end: number;
}

/** When a call began and ended. The record counts a stream up to its first content; the call lasted to the end of the answer. */
export function timesOf(
  { attempts, stream, first_byte_ms }: LogRecord,
  index: number,
  start: number,
  end: number,
): { start: number; end: number } {
  const before = attempts.slice(0, index).reduce((sum, { ms }) => sum + ms, 0);
  const began = start + (attempts[index]?.started_ms ?? before);
  const streamed = stream && first_byte_ms !== null && index === attempts.length - 1;
  return { start: began, end: streamed ? Math.max(began, end) : began + (attempts[index]?.ms ?? 0) };
}

function requestAttributes(record: LogRecord, operation: string | null): Record<string, Attribute> {
  return known({
    'http.request.method': operation === null ? null : 'POST',
    'http.route': operation === null ? null : record.endpoint,
    'url.path': isBrokenOff(record) ? null : record.endpoint,
    'url.scheme': 'https',
    'http.response.status_code': record.status,
    'error.type': record.error_code,
    'keyway.request_id': record.request_id,
    'keyway.workspace_id': record.workspace_id,
    'keyway.api_key_id': record.api_key_id,
    'keyway.model': record.model,
    'keyway.stream': record.stream,
    'keyway.route': record.route,
    'keyway.credential': record.credential,
    'keyway.provider': record.provider,
    'keyway.provider_key_id': record.provider_key_id,
    'keyway.fallback_triggered': record.fallback_triggered,
    'keyway.attempts': record.attempts.length,
    'keyway.cost_usd': toUsd(record.cost),
    'keyway.settled': record.settled,
    'keyway.gateway_ms': record.gateway_ms,
    'keyway.dropped_params': record.dropped_params?.length > 0 ? record.dropped_params : null,
  });
}

/** Attributes that a call's span and its metrics share. */
export function callName(attempt: AttemptRecord, operation: string | null, origin: Origin): Record<string, Attribute> {
  return known({
    'gen_ai.operation.name': operation,
    'gen_ai.provider.name': origin.providerNames[attempt.provider] ?? attempt.provider,
    'gen_ai.request.model': attempt.model,
  });
}

function callAttributes(
  record: LogRecord,
  attempt: AttemptRecord,
  operation: string | null,
  origin: Origin,
): Record<string, Attribute> {
  return {
    ...callName(attempt, operation, origin),
    ...known({
      'gen_ai.request.stream': record.stream ? true : null,
      'error.type': attempt.kind,
      'http.response.status_code': attempt.status,
      'keyway.request_id': record.request_id,
      'keyway.workspace_id': record.workspace_id,
      'keyway.credential': attempt.target,
      'keyway.provider_key_id': attempt.provider_key_id,
      'keyway.provider_error_code': attempt.code,
      'keyway.provider_request_id': attempt.provider_request_id,
      'keyway.provider_region': attempt.region,
    }),
  };
}

/** What is known of the answer: it is the last call's. */
function answerAttributes(record: LogRecord): Record<string, Attribute> {
  const { usage } = record;
  return known({
    'gen_ai.response.finish_reasons': record.finish_reason === null ? null : [record.finish_reason],
    'gen_ai.response.time_to_first_chunk':
      record.stream && record.first_byte_ms !== null ? record.first_byte_ms / 1000 : null,
    'gen_ai.usage.input_tokens': usage?.prompt_tokens,
    'gen_ai.usage.output_tokens': usage?.completion_tokens,
    'gen_ai.usage.cache_read.input_tokens': usage?.cached_tokens || null,
    'gen_ai.usage.reasoning.output_tokens': usage?.reasoning_tokens || null,
    'keyway.usage_estimated': usage === null ? null : record.usage_estimated,
    'keyway.upstream_cost_usd': toUsd(record.upstream_cost),
  });
}

export function toUsd(amount: string | null): number | null {
  return amount === null ? null : Number(amount);
}

/** So many bytes in hexadecimal, the same whenever the request is told of. */
function idOf({ request_id }: LogRecord, what: string, bytes: number): string {
  return createHash('sha256')
    .update(`keyway ${what} ${request_id}`)
    .digest('hex')
    .slice(0, bytes * 2);
}
