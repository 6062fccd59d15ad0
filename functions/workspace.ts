import { createBufferedHandler } from './http/pipeline.ts';
import { serveWorkspace } from './operations/workspace.ts';
import { shell, workspaceRuntime } from './runtime.ts';

export const serve = serveWorkspace(workspaceRuntime());
export const handler = createBufferedHandler(serve, shell());
