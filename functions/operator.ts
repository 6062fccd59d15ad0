import { createBufferedHandler } from './http/pipeline.ts';
import { serveOperator } from './operations/operator.ts';
import { operatorRuntime, report } from './runtime.ts';

export const handler = createBufferedHandler(serveOperator(operatorRuntime()), report);
