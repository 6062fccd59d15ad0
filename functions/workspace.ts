import { shell, workspaceRuntime } from './composition/runtime.ts';
import { createBufferedHandler } from './http/pipeline.ts';
import { serveWorkspace } from './operations/workspace.ts';

export const serve = serveWorkspace(workspaceRuntime());
export const handler = createBufferedHandler(serve, shell());
