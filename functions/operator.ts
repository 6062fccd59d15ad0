import { operatorRuntime } from './composition/operator-runtime.ts';
import { shell } from './composition/runtime.ts';
import { createBufferedHandler } from './http/pipeline.ts';
import { serveOperator } from './operations/operator.ts';

export const serve = serveOperator(operatorRuntime());
export const handler = createBufferedHandler(serve, shell());
