import { createStreamingHandler } from './http/pipeline.ts';
import { serveInference } from './operations/inference.ts';
import { inferenceRuntime, shell } from './runtime.ts';

export const handler = createStreamingHandler(serveInference(inferenceRuntime()), shell());
