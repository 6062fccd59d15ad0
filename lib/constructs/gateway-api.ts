import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import {
  AccessLogFormat,
  type Integration,
  LambdaIntegration,
  LogGroupLogDestination,
  MethodLoggingLevel,
  ResponseTransferMode,
  RestApi,
} from 'aws-cdk-lib/aws-apigateway';
import { type Alias, CfnPermission } from 'aws-cdk-lib/aws-lambda';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { defaultEntry, type Entry, endpoints, servedPaths, streamedEntries } from '../../functions/endpoints.ts';
import type { Stage } from '../stage.ts';
import { reachedBy } from './account/private-access.ts';
import { addRefusals } from './gateway-refusals.ts';
import { passOn, type WebOrigin } from './shells/origin.ts';

/**
 * The most that API Gateway allows a streamed answer. CDK checks nothing here, and without it the buffered 29 s would hold:
 * docs.aws.amazon.com/apigateway/latest/developerguide/response-transfer-mode.html
 */
export const streamTimeout = Duration.seconds(900);
export const bufferedTimeout = Duration.seconds(29);

/** Metadata only. No query string, body or header; nothing that a caller can put quotes into, since API Gateway does not escape. */
const accessLogFormat = AccessLogFormat.custom(
  JSON.stringify({
    // By these names the lines of the functions have them, too.
    gateway_request_id: '$context.requestId',
    gateway_extended_request_id: '$context.extendedRequestId',
    lambda_request_id: '$context.integration.requestId',
    at: '$context.requestTime',
    ip: '$context.identity.sourceIp',
    method: '$context.httpMethod',
    route: '$context.resourcePath',
    status: '$context.status',
    bytes: '$context.responseLength',
    ms: '$context.responseLatency',
    function_ms: '$context.integrationLatency',
    refusal: '$context.error.responseType',
  }),
);

/** The REST API with a route for each endpoint; whatever matches none goes to the default entry, whose refusals are the gateway's own. */
export class GatewayApi extends Construct {
  readonly api: RestApi;
  /** Null: the account has no role with which API Gateway could write one. */
  readonly accessLog: LogGroup | null;

  /** `origin`: the web server that answers the streaming entry's endpoints; null: its function does. */
  constructor(scope: Construct, id: string, stage: Stage, functions: Record<Entry, Alias>, origin: WebOrigin | null) {
    super(scope, id);
    this.accessLog =
      stage.accountLogRole === 'none'
        ? null
        : new LogGroup(this, 'AccessLog', {
            retention: stage.logRetentionDays,
            removalPolicy: stage.deletionProtection ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY,
          });
    this.api = new RestApi(this, 'RestApi', {
      restApiName: `keyway-${stage.name}`,
      ...reachedBy(this, stage.account.privateEndpoint),
      cloudWatchRole: stage.accountLogRole === 'set',
      deployOptions: {
        stageName: stage.name,
        throttlingRateLimit: stage.throttle.requestsPerSecond,
        throttlingBurstLimit: stage.throttle.burst,
        // Execution logs would hold headers and bodies.
        loggingLevel: MethodLoggingLevel.OFF,
        dataTraceEnabled: false,
        tracingEnabled: stage.tracing,
        ...(this.accessLog !== null && {
          accessLogDestination: new LogGroupLogDestination(this.accessLog),
          accessLogFormat,
        }),
      },
    });
    addRefusals(this.api);

    const integrations = Object.fromEntries(
      Object.entries(functions).map(([entry, target]) => [
        entry,
        integrate(target, streamedEntries.includes(entry as Entry)),
      ]),
    ) as Record<Entry, Integration>;
    const paths = new Set(['/', '/{proxy+}']);
    for (const endpoint of endpoints) {
      for (const path of servedPaths(endpoint)) {
        const resource = this.api.root.resourceForPath(path);
        if (origin !== null && endpoint.entry === 'inference') passOn(resource, endpoint.method, origin, path);
        else resource.addMethod(endpoint.method, integrations[endpoint.entry]);
        for (const prefix of prefixes(path)) paths.add(prefix);
      }
    }
    for (const path of paths) this.api.root.resourceForPath(path).addMethod('ANY', integrations[defaultEntry]);
    // A stage must not go to an alias that is not there yet, or may not be called yet.
    const permissions = this.api.node.findAll().filter((each) => each instanceof CfnPermission);
    this.api.latestDeployment?.node.addDependency(...Object.values(functions), ...permissions);
  }
}

function integrate(target: Alias, streamed: boolean): Integration {
  // One permission per function: a permission per route would outgrow the function's policy (20 KB).
  const shared = { scopePermissionToMethod: false };
  return streamed
    ? new LambdaIntegration(target, {
        ...shared,
        responseTransferMode: ResponseTransferMode.STREAM,
        timeout: streamTimeout,
      })
    : new LambdaIntegration(target, { ...shared, timeout: bufferedTimeout });
}

/** `/a/b` -> `/a`, `/a/b`: the resources that API Gateway makes of a path. */
function prefixes(path: string): string[] {
  const parts = path.split('/').slice(1);
  return parts.map((_, index) => `/${parts.slice(0, index + 1).join('/')}`);
}
