import { Duration } from 'aws-cdk-lib';
import {
  type CfnMethod,
  ConnectionType,
  Integration,
  IntegrationType,
  type IResource,
  ResponseTransferMode,
} from 'aws-cdk-lib/aws-apigateway';

/** A web server that API Gateway passes the inference endpoints on to. */
export interface WebOrigin {
  /** `http://…` or `https://…`, without a path. */
  url: string;
  /** Where the server is not public: the VPC link, and the listener of its load balancer. */
  link: { id: string; listenerArn: string } | null;
}

/**
 * Passes a path on as it came, and streams the answer:
 * docs.aws.amazon.com/apigateway/latest/developerguide/response-streaming-http.html
 */
export function passOn(resource: IResource, method: string, { url, link }: WebOrigin, path: string): void {
  const names = [...path.matchAll(/\{(\w+)\+?\}/g)].map(([, name]) => name as string);
  const integration = new Integration({
    type: IntegrationType.HTTP_PROXY,
    integrationHttpMethod: 'ANY',
    uri: `${url}${path.replaceAll('+}', '}')}`,
    options: {
      responseTransferMode: ResponseTransferMode.STREAM,
      timeout: Duration.seconds(900),
      connectionType: ConnectionType.INTERNET,
      requestParameters: Object.fromEntries(
        names.map((name) => [`integration.request.path.${name}`, `method.request.path.${name}`]),
      ),
    },
  });
  const added = resource.addMethod(method, integration, {
    requestParameters: Object.fromEntries(names.map((name) => [`method.request.path.${name}`, true])),
  });
  if (link === null) return;
  // CDK's own integration knows only the links of network load balancers.
  const made = added.node.defaultChild as CfnMethod;
  made.addPropertyOverride('Integration.ConnectionType', 'VPC_LINK');
  made.addPropertyOverride('Integration.ConnectionId', link.id);
  made.addPropertyOverride('Integration.IntegrationTarget', link.listenerArn);
}
