import { LambdaApplication } from 'aws-cdk-lib/aws-codedeploy';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { Alias } from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';
import type { Entry } from '../../../functions/endpoints.ts';
import type { Stage } from '../../stage.ts';
import type { GatewayFunction } from '../gateway-function.ts';
import { FunctionRelease } from './function-release.ts';

/** An alias for each function that the API calls. The sweep has none: nobody waits for it, and its next run is five minutes away. */
export class GatewayRelease extends Construct {
  readonly aliases: Record<Entry, Alias>;

  constructor(scope: Construct, id: string, stage: Stage, functions: Record<Entry, GatewayFunction>) {
    super(scope, id);
    const canary =
      stage.deployment === 'canary'
        ? {
            application: new LambdaApplication(this, 'Application'),
            role: new Role(this, 'Role', { assumedBy: new ServicePrincipal('codedeploy.amazonaws.com') }),
          }
        : null;
    this.aliases = Object.fromEntries(
      Object.entries(functions).map(([entry, target]) => [
        entry,
        new FunctionRelease(this, entry, { stage, target, canary }).alias,
      ]),
    ) as Record<Entry, Alias>;
  }
}
