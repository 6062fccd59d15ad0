import { readEnvironment } from './environment.ts';
import { createStreamingHandler } from './http/pipeline.ts';
import { serveConsole } from './operations/console.ts';
import { shell } from './runtime.ts';

export const handler = createStreamingHandler(serveConsole(readEnvironment().consoleFolder), shell());
