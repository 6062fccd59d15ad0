import { readEnvironment } from '../functions/environment.ts';
import { installLambdaGlobal } from '../local/lambda.ts';
import { type Functions, startServer } from '../local/server.ts';
import { startWeb } from '../local/web.ts';
import { report } from './child.ts';

/** What is deployed, behind the shell that the first argument names; the environment comes from the process that measures. */
installLambdaGlobal();
const functions: Functions = {
  inference: () => import('../functions/inference.ts'),
  'provider-keys': () => import('../functions/provider-keys.ts'),
  workspace: () => import('../functions/workspace.ts'),
  operator: () => import('../functions/operator.ts'),
  records: () => import('../functions/records.ts'),
  console: () => import('../functions/console.ts'),
};
const server =
  process.argv[2] === 'web'
    ? await startWeb({
        port: 0,
        functions,
        shell: (await import('../functions/composition/runtime.ts')).shell(),
        settings: readEnvironment().web,
      })
    : await startServer({ port: 0, functions, report: (error) => console.error(error) });
report(server.url);
