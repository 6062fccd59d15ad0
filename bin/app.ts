import { App } from 'aws-cdk-lib';
import { GatewayStack } from '../lib/gateway-stack.ts';
import { parseStage } from '../lib/stage.ts';
import { buildConsole } from '../scripts/build-console.ts';

// It lies beside the code of the function that serves it.
await buildConsole();

const app = new App();
const stage = parseStage(app.node.getAllContext());

new GatewayStack(app, `keyway-${stage.name}`, {
  stage,
  description: 'Keyway: the gateway for AI providers keys',
  env: { account: process.env.CDK_DEFAULT_ACCOUNT, region: process.env.CDK_DEFAULT_REGION },
});
