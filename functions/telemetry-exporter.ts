import { randomUUID } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import { report } from './composition/log-output.ts';
import { readEnvironment } from './environment.ts';
import { createCollector } from './export/collector.ts';
import { createExporter } from './export/handler.ts';
import { createOrigin } from './export/resource.ts';
import { createTelemetry, readAnswer } from './export/telemetry.ts';
import { byProvider } from './providers/registry.ts';
import { fromLogItem } from './stores/log/log-items.ts';
import { createOtlpHeaders } from './stores/secrets/otlp-headers.ts';
import { createSecretsManager } from './stores/secrets/secrets-manager.ts';
import { parseRetryAfter } from './transport/retry-after.ts';

const { export: exported, secretPrefix, stage, region } = readEnvironment();
if (exported.otlpEndpoint === null) throw new Error('KEYWAY_OTLP_ENDPOINT is not set.');

/** Reads the request log's stream, and sends spans and metrics to a collector (docs/export.md). */
export const handler = createExporter({
  toRecord: fromLogItem as Parameters<typeof createExporter>[0]['toRecord'],
  report,
  sink: createTelemetry(
    exported.otlpSignals,
    createOrigin({
      instance: randomUUID(),
      stage,
      region,
      providerNames: byProvider(({ name, telemetryName = name }) => telemetryName),
    }),
    {
      collector: createCollector({
        endpoint: exported.otlpEndpoint,
        headers: createOtlpHeaders(createSecretsManager(), secretPrefix, Date.now),
        read: readAnswer,
        parseRetryAfter: (header) => parseRetryAfter(header, Date.now()),
        wait: (ms) => wait(ms),
        fetch,
      }),
      report,
    },
  ),
});
