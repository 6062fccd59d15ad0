import { createBufferedHandler } from './http/pipeline.ts';
import { serveWorkspace } from './operations/workspace.ts';
import { shell, workspaceRuntime } from './runtime.ts';

export const handler = createBufferedHandler(serveWorkspace(workspaceRuntime()), shell());
