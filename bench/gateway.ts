import { installLambdaGlobal } from '../local/lambda.ts';
import { startServer } from '../local/server.ts';
import { report } from './child.ts';

/** The handlers as Lambda runs them, behind the local API Gateway; the environment comes from the process that measures. */
installLambdaGlobal();
const server = await startServer({
  port: 0,
  functions: {
    inference: () => import('../functions/inference.ts'),
    'provider-keys': () => import('../functions/provider-keys.ts'),
    workspace: () => import('../functions/workspace.ts'),
    operator: () => import('../functions/operator.ts'),
  },
  report: (error) => console.error(error),
});
report(server.url);
