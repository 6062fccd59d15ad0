/**
 * CloudWatch's embedded metric format: a line of JSON whose `_aws` says which of its members are metrics, and of which dimensions.
 * docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
 */

/** Every metric that lines hold, with its unit; the name is that of the line's member. Dollars have no unit at CloudWatch. */
export const metricUnits = {
  requests: 'Count',
  errors: 'Count',
  /** What Keyway itself did wrong, never a provider or a caller. */
  gateway_errors: 'Count',
  fallbacks: 'Count',
  /** 0 or 1 for each stream that began, so that the average is a rate. */
  mid_stream_failures: 'Count',
  first_byte_ms: 'Milliseconds',
  gateway_ms: 'Milliseconds',
  provider_ms: 'Milliseconds',
  prompt_tokens: 'Count',
  completion_tokens: 'Count',
  cost_usd: 'None',
  upstream_cost_usd: 'None',
  refusals: 'Count',
} as const;

export type MetricName = keyof typeof metricUnits;

/** Members whose values come from a list of ours, so that no caller can make a metric: each value of each set is one, and is paid for. */
export type Dimension = 'provider' | 'credential' | 'kind' | 'error_code';

export interface Directive {
  dimensions: Dimension[];
  metrics: MetricName[];
}

/** The `_aws` member. Directives without a metric are left out. `timestamp`: epoch ms. */
export function embed(namespace: string, timestamp: number, directives: Directive[]): object {
  return {
    Timestamp: timestamp,
    CloudWatchMetrics: directives
      .filter(({ metrics }) => metrics.length > 0)
      .map(({ dimensions, metrics }) => ({
        Namespace: namespace,
        Dimensions: [dimensions],
        Metrics: metrics.map((name) => ({ Name: name, Unit: metricUnits[name] })),
      })),
  };
}
