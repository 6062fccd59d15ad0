import { createBufferedHandler } from './http/pipeline.ts';
import { serveOperator } from './operations/operator.ts';
import { operatorRuntime } from './operator-runtime.ts';
import { shell } from './runtime.ts';

export const serve = serveOperator(operatorRuntime());
export const handler = createBufferedHandler(serve, shell());
