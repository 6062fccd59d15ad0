import { createStreamingHandler } from './http/pipeline.ts';
import { serveInference } from './operations/inference.ts';
import { inferenceRuntime, report } from './runtime.ts';

export const handler = createStreamingHandler(serveInference(inferenceRuntime()), report);
