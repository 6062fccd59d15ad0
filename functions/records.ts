import { recordsRuntime } from './composition/operator-runtime.ts';
import { shell } from './composition/runtime.ts';
import { createBufferedHandler } from './http/pipeline.ts';
import { serveRecords } from './operations/records.ts';

export const serve = serveRecords(recordsRuntime());
export const handler = createBufferedHandler(serve, shell());
