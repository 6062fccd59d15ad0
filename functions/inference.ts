import { inferenceRuntime, shell } from './composition/runtime.ts';
import { createStreamingHandler } from './http/pipeline.ts';
import { serveInference } from './operations/inference.ts';

export const serve = serveInference(inferenceRuntime());
export const handler = createStreamingHandler(serve, shell());
