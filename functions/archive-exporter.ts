import { report } from './composition/log-output.ts';
import { readEnvironment } from './environment.ts';
import { createArchive } from './export/archive.ts';
import { createExporter } from './export/handler.ts';
import { createArchiveBucket } from './stores/archive-bucket.ts';
import { fromLogItem } from './stores/log/log-items.ts';

const { bucket, bucketPrefix } = readEnvironment().export;
if (bucket === null) throw new Error('KEYWAY_EXPORT_BUCKET is not set.');

/** Reads the request log's stream, and writes its records as objects of JSON lines (docs/export.md). */
export const handler = createExporter({
  toRecord: fromLogItem as Parameters<typeof createExporter>[0]['toRecord'],
  report,
  sink: createArchive(createArchiveBucket(bucket, bucketPrefix), report),
});
