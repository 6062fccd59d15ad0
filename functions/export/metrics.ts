import { ValueType } from '@opentelemetry/api';
import { AggregationTemporality, DataPointType, type ResourceMetrics } from '@opentelemetry/sdk-metrics';
import { isBrokenOff, type LogRecord } from '../core/log-record.ts';
import { operationOf } from './operations.ts';
import { type Attribute, known, type Origin, toHrTime } from './resource.ts';
import { callName, timesOf, toUsd } from './spans.ts';

/*
 * Instruments and buckets: github.com/open-telemetry/semantic-conventions-genai, docs/gen-ai/gen-ai-metrics.md, and
 * opentelemetry.io/docs/specs/semconv/http/http-metrics/#metric-httpserverrequestduration.
 */

const callSeconds = [0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12, 10.24, 20.48, 40.96, 81.92];

const histograms = {
  'http.server.request.duration': {
    unit: 's',
    description: 'Duration of requests, answers that stream included.',
    boundaries: [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10],
  },
  'gen_ai.client.operation.duration': {
    unit: 's',
    description: 'GenAI operation duration.',
    boundaries: callSeconds,
  },
  'gen_ai.client.operation.time_to_first_chunk': {
    unit: 's',
    description: 'Time to receive the first chunk of a streamed answer.',
    boundaries: callSeconds,
  },
  'gen_ai.client.token.usage': {
    unit: '{token}',
    description: 'Number of input and output tokens used.',
    boundaries: [1, 4, 16, 64, 256, 1024, 4096, 16384, 65536, 262144, 1048576, 4194304, 16777216, 67108864],
  },
};

type HistogramName = keyof typeof histograms;

interface Observation {
  name: HistogramName | 'keyway.upstream_cost';
  attributes: Record<string, Attribute>;
  value: number;
}

/**
 * What some requests add to the metrics, as deltas: nobody keeps a sum from one batch to the next. Attributes have few values:
 * no workspace, no key, no request. Null when there is nothing to add.
 */
export function toMetrics(records: LogRecord[], origin: Origin): ResourceMetrics | null {
  // The sweep knows nothing of how long such a request took.
  const told = records.filter((record) => !isBrokenOff(record));
  if (told.length === 0) return null;
  const series = Map.groupBy(
    told.flatMap((record) => observe(record, origin)),
    ({ name, attributes }) => JSON.stringify([name, attributes]),
  );
  const startTime = toHrTime(Math.min(...told.map(({ at }) => Date.parse(at))));
  // A point must not be empty of time (opentelemetry.io/docs/specs/otel/metrics/data-model/#temporality).
  const endTime = toHrTime(1 + Math.max(...told.map(({ at, total_ms }) => Date.parse(at) + total_ms)));
  const points = [...series.values()].flatMap((observations) => {
    const [first] = observations;
    return first === undefined ? [] : [{ ...first, values: observations.map(({ value }) => value) }];
  });
  const common = { aggregationTemporality: AggregationTemporality.DELTA };
  const metrics = Object.entries(histograms).map(([name, { boundaries, ...about }]) => ({
    ...common,
    descriptor: { name, ...about, valueType: about.unit === 's' ? ValueType.DOUBLE : ValueType.INT },
    dataPointType: DataPointType.HISTOGRAM as const,
    dataPoints: points
      .filter((point) => point.name === name)
      .map(({ attributes, values }) => ({ startTime, endTime, attributes, value: toHistogram(values, boundaries) })),
  }));
  const cost = {
    ...common,
    descriptor: {
      name: 'keyway.upstream_cost',
      unit: '{USD}',
      description: 'What providers charge, whoever pays, where the price is known.',
      valueType: ValueType.DOUBLE,
    },
    dataPointType: DataPointType.SUM as const,
    isMonotonic: true,
    dataPoints: points
      .filter((point) => point.name === 'keyway.upstream_cost')
      .map(({ attributes, values }) => ({ startTime, endTime, attributes, value: sum(values) })),
  };
  const filled = [...metrics, cost].filter(({ dataPoints }) => dataPoints.length > 0);
  return { resource: origin.resource, scopeMetrics: [{ scope: origin.scope, metrics: filled }] };
}

function observe(record: LogRecord, origin: Origin): Observation[] {
  const operation = operationOf(record.endpoint);
  const observations: Observation[] = [
    {
      name: 'http.server.request.duration',
      attributes: known({
        'http.request.method': operation === null ? '_OTHER' : 'POST',
        'url.scheme': 'https',
        'http.route': operation === null ? null : record.endpoint,
        'http.response.status_code': record.status,
        'error.type': record.error_code,
        'keyway.credential': record.credential,
        'keyway.fallback_triggered': record.fallback_triggered,
      }),
      value: record.total_ms / 1000,
    },
  ];
  for (const [index, attempt] of record.attempts.entries()) {
    const { start, end } = timesOf(record, index, 0, record.total_ms);
    observations.push({
      name: 'gen_ai.client.operation.duration',
      attributes: { ...callName(attempt, operation, origin), ...known({ 'error.type': attempt.kind }) },
      value: (end - start) / 1000,
    });
  }
  return [...observations, ...observeAnswer(record, operation, origin)];
}

/** Tokens are counted where the provider counted them: an estimate is no measurement. */
function observeAnswer(record: LogRecord, operation: string | null, origin: Origin): Observation[] {
  const { usage, first_byte_ms } = record;
  const last = record.attempts.at(-1);
  if (last === undefined) return [];
  const attributes = callName(last, operation, origin);
  const observations: Observation[] = [];
  if (record.stream && first_byte_ms !== null)
    observations.push({
      name: 'gen_ai.client.operation.time_to_first_chunk',
      attributes,
      value: first_byte_ms / 1000,
    });
  if (usage !== null && !record.usage_estimated) {
    const tokens = { input: usage.prompt_tokens, output: operation === 'embeddings' ? null : usage.completion_tokens };
    for (const [type, value] of Object.entries(tokens)) {
      if (value === null) continue;
      observations.push({
        name: 'gen_ai.client.token.usage',
        attributes: { ...attributes, 'gen_ai.token.type': type },
        value,
      });
    }
  }
  const cost = toUsd(record.upstream_cost);
  if (cost !== null)
    observations.push({
      name: 'keyway.upstream_cost',
      attributes: { ...attributes, ...known({ 'keyway.credential': record.credential }) },
      value: cost,
    });
  return observations;
}

/** Boundaries are inclusive upper bounds; the last bucket holds what is above them all. */
function toHistogram(values: number[], boundaries: number[]) {
  const counts = new Array<number>(boundaries.length + 1).fill(0);
  for (const value of values) {
    const bucket = boundaries.findIndex((boundary) => value <= boundary);
    const index = bucket === -1 ? boundaries.length : bucket;
    counts[index] = (counts[index] ?? 0) + 1;
  }
  return {
    buckets: { boundaries, counts },
    count: values.length,
    sum: sum(values),
    min: Math.min(...values),
    max: Math.max(...values),
  };
}

function sum(values: number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
