import type { IExportMetricsServiceResponse, IExportTraceServiceResponse } from '@opentelemetry/otlp-transformer';
import { ProtobufMetricsSerializer, ProtobufTraceSerializer } from '@opentelemetry/otlp-transformer';
import type { LogRecord } from '../core/log-record.ts';
import type { Signal } from './collector.ts';
import { type DeliverDeps, deliver, type LeftOut } from './deliver.ts';
import type { Sink } from './handler.ts';
import { toMetrics } from './metrics.ts';
import type { Origin } from './resource.ts';
import { toSpans } from './spans.ts';

/** So many records at a time: what was sent before a failure need not be sent again. */
const chunkSize = 200;
/** Less than this, and the rest is left to the next invocation. */
const leastMs = 45_000;

/** Sends spans and metrics. Spans first: they can be sent twice without harm, what metrics count is counted twice. */
export function createTelemetry(signals: Signal[], origin: Origin, deps: Omit<DeliverDeps, 'remainingMs'>): Sink {
  const writers: Record<Signal, (records: LogRecord[]) => Uint8Array | null> = {
    traces: (records) => {
      const spans = records.flatMap((record) => toSpans(record, origin));
      return spans.length === 0 ? null : (ProtobufTraceSerializer.serializeRequest(spans) ?? null);
    },
    metrics: (records) => {
      const metrics = toMetrics(records, origin);
      return metrics === null ? null : (ProtobufMetricsSerializer.serializeRequest(metrics) ?? null);
    },
  };
  return async (changes, remainingMs) => {
    const news = changes.filter(({ news }) => news);
    const leftOut: LeftOut = { count: 0 };
    for (let start = 0; start < news.length; start += chunkSize) {
      const chunk = news.slice(start, start + chunkSize);
      const from = chunk[0]?.sequence ?? null;
      if (start > 0 && remainingMs() < leastMs) return from;
      for (const signal of signals) {
        const records = chunk.map(({ record }) => record);
        const outcome = await deliver(signal, records, writers[signal], leftOut, { ...deps, remainingMs });
        if (outcome.type === 'done') continue;
        deps.report('export_failed', { to: signal, why: outcome.why, records: news.length - start });
        return from;
      }
    }
    return null;
  };
}

/** What a collector answered (`CollectorDeps.read`). */
export function readAnswer(
  signal: Signal,
  answer: Uint8Array,
): IExportTraceServiceResponse | IExportMetricsServiceResponse {
  const serializer = signal === 'traces' ? ProtobufTraceSerializer : ProtobufMetricsSerializer;
  return serializer.deserializeResponse(answer);
}
