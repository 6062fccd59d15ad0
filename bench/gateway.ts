import { installLambdaGlobal } from '../local/lambda.ts';
import { startServer } from '../local/server.ts';
import { report } from './child.ts';

/** The handlers as Lambda runs them, behind the local API Gateway; the environment comes from the process that measures. */
installLambdaGlobal();
const server = await startServer({
  port: 0,
  handlers: {
    inference: async () => (await import('../functions/inference.ts')).handler,
    'provider-keys': async () => (await import('../functions/provider-keys.ts')).handler,
    workspace: async () => (await import('../functions/workspace.ts')).handler,
    operator: async () => (await import('../functions/operator.ts')).handler,
    records: async () => (await import('../functions/records.ts')).handler,
  },
  report: (error) => console.error(error),
});
report(server.url);
