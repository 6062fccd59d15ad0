import { createBufferedHandler } from './http/pipeline.ts';
import { serveWorkspace } from './operations/workspace.ts';
import { report, workspaceRuntime } from './runtime.ts';

export const handler = createBufferedHandler(serveWorkspace(workspaceRuntime()), report);
