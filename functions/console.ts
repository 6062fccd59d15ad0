import { shell } from './composition/runtime.ts';
import { readEnvironment } from './environment.ts';
import { createStreamingHandler } from './http/pipeline.ts';
import { serveConsole } from './operations/console.ts';

export const serve = serveConsole(readEnvironment().consoleFolder);
export const handler = createStreamingHandler(serve, shell());
