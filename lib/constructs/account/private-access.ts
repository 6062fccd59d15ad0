import { EndpointType, type RestApiProps } from 'aws-cdk-lib/aws-apigateway';
import { InterfaceVpcEndpoint } from 'aws-cdk-lib/aws-ec2';
import { AnyPrincipal, Effect, PolicyDocument, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { Construct } from 'constructs';

/**
 * How the API is reached: from the internet, or through these VPC endpoints alone. Answers stream either way:
 * docs.aws.amazon.com/apigateway/latest/developerguide/response-transfer-mode.html (all endpoint types). An edge-optimized endpoint would cut
 * a stream that is silent for 30 s, a regional or private one does after five minutes.
 */
export function reachedBy(
  scope: Construct,
  endpointIds: string[] | null,
): Pick<RestApiProps, 'endpointConfiguration' | 'policy'> {
  if (endpointIds === null) return { endpointConfiguration: { types: [EndpointType.REGIONAL] } };
  return {
    endpointConfiguration: {
      types: [EndpointType.PRIVATE],
      vpcEndpoints: endpointIds.map((vpcEndpointId) =>
        InterfaceVpcEndpoint.fromInterfaceVpcEndpointAttributes(scope, vpcEndpointId, { vpcEndpointId, port: 443 }),
      ),
    },
    policy: onlyThrough(endpointIds),
  };
}

/** docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-resource-policies-examples.html, "Allow private API traffic based on source VPC endpoint". */
function onlyThrough(endpointIds: string[]): PolicyDocument {
  const statement = {
    principals: [new AnyPrincipal()],
    actions: ['execute-api:Invoke'],
    // The API cannot name itself in its own policy; API Gateway reads this as "of this API".
    resources: ['execute-api:/*'],
  };
  return new PolicyDocument({
    statements: [
      new PolicyStatement({ effect: Effect.ALLOW, ...statement }),
      new PolicyStatement({
        effect: Effect.DENY,
        ...statement,
        conditions: { StringNotEquals: { 'aws:SourceVpce': endpointIds } },
      }),
    ],
  });
}
