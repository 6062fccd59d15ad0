import type { SettingsReader } from './reader.ts';

/** Where the request log is exported to. */
export interface ExportSettings {
  /** A collector's base address; null: to none. */
  otlpEndpoint: string | null;
  /** `traces`, `metrics` or both; null: both. */
  otlpSignals: string | null;
  /** A bucket of that name, `true` for one of this stack; null: to none. */
  bucket: string | null;
  /** How long the stack's own bucket keeps objects. */
  retentionDays: number;
}

export function readExport({ take, count }: SettingsReader): ExportSettings {
  // No user, query or fragment: the address stands in the template, where no credential may.
  const otlpEndpoint = take('otlpEndpoint', /^https:\/\/[^\s@?#]+$/, 'an https address without user and query');
  const otlpSignals = take(
    'otlpSignals',
    /^(traces|metrics|traces,metrics|metrics,traces)$/,
    'traces, metrics or both',
  );
  if (otlpSignals !== null && otlpEndpoint === null) throw new Error('keyway:otlpSignals needs keyway:otlpEndpoint.');
  const bucket = take('exportBucket', /^(true|false|[a-z0-9][a-z0-9.-]{1,61}[a-z0-9])$/, "true or a bucket's name");
  return {
    otlpEndpoint,
    otlpSignals,
    bucket: bucket === 'false' ? null : bucket,
    retentionDays: count('exportRetentionDays') ?? 400,
  };
}
