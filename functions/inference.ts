import { createStreamingHandler } from './http/pipeline.ts';
import { serveInference } from './operations/inference.ts';
import { inferenceRuntime, shell } from './runtime.ts';

export const serve = serveInference(inferenceRuntime());
export const handler = createStreamingHandler(serve, shell());
