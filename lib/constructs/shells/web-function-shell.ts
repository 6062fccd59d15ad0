import { Aws, Duration, RemovalPolicy } from 'aws-cdk-lib';
import type { Role } from 'aws-cdk-lib/aws-iam';
import { WebFunction, WebFunctionAuthType, WebFunctionCode, WebFunctionRuntime } from 'aws-cdk-lib/aws-lambda';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import type { Stage } from '../../stage.ts';
import type { WebOrigin } from './origin.ts';
import { bundleWebServer } from './web-bundle.ts';

/** Requests that one environment serves at once: the most that the service allows. */
const inFlight = 128;

export interface WebFunctionShellProps {
  stage: Stage;
  environment: Record<string, string>;
  /** Of the inference function. */
  role: Role;
}

/**
 * The inference endpoints as a Lambda Web Function, which scales to zero and serves many requests in one environment
 * (docs.aws.amazon.com/lambda/latest/dg/web-functions.html). Its own endpoint is public, too, and asks for the same API keys.
 */
export class WebFunctionShell extends Construct {
  readonly origin: WebOrigin;
  readonly logGroup: LogGroup;

  constructor(scope: Construct, id: string, { stage, environment, role }: WebFunctionShellProps) {
    super(scope, id);
    this.logGroup = new LogGroup(this, 'Logs', {
      retention: stage.logRetentionDays,
      removalPolicy: stage.deletionProtection ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY,
    });
    this.logGroup.grantWrite(role);
    // Unique in the account, over all regions.
    const name = `keyway-${stage.name}-${Aws.REGION}`;
    const web = new WebFunction(this, 'Function', {
      webFunctionName: name,
      role,
      code: WebFunctionCode.fromAssetToManagedBucket(bundleWebServer()),
      runtime: WebFunctionRuntime.NODEJS_24_X,
      // Callers come with API keys, not with signatures.
      defaultEndpointAuth: WebFunctionAuthType.APPLICATION_MANAGED,
      // It bounds the whole stream.
      timeout: Duration.seconds(900),
      maxConcurrencyPerEnvironment: inFlight,
      environment: {
        ...environment,
        KEYWAY_MAX_IN_FLIGHT: String(inFlight),
        // API Gateway and the endpoint.
        KEYWAY_TRUSTED_PROXIES: '2',
      },
      logGroup: this.logGroup,
      defaultEndpoint: { maxEnvironments: 100, rateLimit: 1000 },
    });
    // CDK gives the ARN where the service asks for the name, which is what the stack would fail with.
    for (const part of [web.resourceRevision, web.endpoint.resource]) {
      part.addPropertyOverride('FunctionName', name);
      part.addDependency(web.resource);
    }
    this.origin = { url: `https://${web.endpoint.domainName}`, link: null };
  }
}
