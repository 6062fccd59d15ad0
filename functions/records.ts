import { createBufferedHandler } from './http/pipeline.ts';
import { serveRecords } from './operations/records.ts';
import { recordsRuntime } from './operator-runtime.ts';
import { shell } from './runtime.ts';

export const serve = serveRecords(recordsRuntime());
export const handler = createBufferedHandler(serve, shell());
