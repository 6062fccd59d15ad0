import { Aws } from 'aws-cdk-lib';
import { CfnSecurityGroup, CfnVPCEndpoint } from 'aws-cdk-lib/aws-ec2';
import { Effect, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { CfnFunction, Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';
import type { Network } from '../../settings/account.ts';

/**
 * Services that the functions call. Not `logs`: Lambda takes the logs of a function out by itself, not through its VPC. `kms` only for the key
 * store of that name: DynamoDB and Secrets Manager call it on their own side.
 */
const services = ['secretsmanager', 'bedrock-runtime', 'sts', 'events', 'sqs'];

/** Puts functions into an existing VPC, with the endpoints that they need where the VPC has none. */
export class FunctionNetwork extends Construct {
  readonly #network: Network;
  readonly #securityGroupIds: string[];

  constructor(scope: Construct, id: string, network: Network, calls: { xray: boolean; s3: boolean; kms: boolean }) {
    super(scope, id);
    this.#network = network;
    this.#securityGroupIds =
      network.securityGroupIds.length > 0 ? network.securityGroupIds : [this.#ownSecurityGroup(network.vpcId)];
    if (network.endpoints)
      this.#addEndpoints(
        [...services, ...(calls.xray ? ['xray'] : []), ...(calls.kms ? ['kms'] : [])],
        ['dynamodb', ...(calls.s3 ? ['s3'] : [])],
      );
  }

  /** The L2 property `vpc` would add a managed policy that may write every log group of the account. */
  join(lambda: LambdaFunction): void {
    (lambda.node.defaultChild as CfnFunction).vpcConfig = {
      subnetIds: this.#network.subnetIds,
      securityGroupIds: this.#securityGroupIds,
    };
    for (const statement of interfaceStatements()) lambda.addToRolePolicy(statement);
  }

  #ownSecurityGroup(vpcId: string): string {
    return new CfnSecurityGroup(this, 'SecurityGroup', {
      vpcId,
      groupDescription: 'Keyway functions: HTTPS outwards, nothing inwards',
      securityGroupEgress: [
        { ipProtocol: 'tcp', fromPort: 443, toPort: 443, cidrIp: '0.0.0.0/0', description: 'Providers and AWS' },
      ],
    }).attrGroupId;
  }

  #addEndpoints(interfaces: string[], gateways: string[]): void {
    const { vpcId, subnetIds, routeTableIds } = this.#network;
    const group = new CfnSecurityGroup(this, 'EndpointSecurityGroup', {
      vpcId,
      groupDescription: 'Keyway VPC endpoints: HTTPS from the functions',
      securityGroupIngress: this.#securityGroupIds.map((sourceSecurityGroupId) => ({
        ipProtocol: 'tcp',
        fromPort: 443,
        toPort: 443,
        sourceSecurityGroupId,
        description: 'Keyway functions',
      })),
      // Answers need no rule and an endpoint begins no connection, but without any rule here EC2 adds one for everything.
      securityGroupEgress: [{ ipProtocol: '-1', cidrIp: '127.0.0.1/32', description: 'None' }],
    });
    for (const name of interfaces)
      new CfnVPCEndpoint(this, `Endpoint-${name}`, {
        vpcId,
        vpcEndpointType: 'Interface',
        serviceName: `com.amazonaws.${Aws.REGION}.${name}`,
        subnetIds,
        securityGroupIds: [group.attrGroupId],
        privateDnsEnabled: true,
      });
    // Free, unlike an interface endpoint.
    for (const name of gateways)
      new CfnVPCEndpoint(this, `Endpoint-${name}`, {
        vpcId,
        vpcEndpointType: 'Gateway',
        serviceName: `com.amazonaws.${Aws.REGION}.${name}`,
        routeTableIds,
      });
  }
}

/**
 * What Lambda does with the role, and must not be done by the function's code:
 * docs.aws.amazon.com/lambda/latest/dg/configuration-vpc.html, "Required IAM permissions" and "Best practices".
 */
function interfaceStatements(): PolicyStatement[] {
  const actions = [
    'ec2:AssignPrivateIpAddresses',
    'ec2:CreateNetworkInterface',
    'ec2:DeleteNetworkInterface',
    'ec2:DescribeNetworkInterfaces',
    'ec2:DescribeSubnets',
    'ec2:UnassignPrivateIpAddresses',
  ];
  return [
    new PolicyStatement({ actions, resources: ['*'] }),
    new PolicyStatement({
      effect: Effect.DENY,
      actions: [...actions, 'ec2:DetachNetworkInterface'],
      resources: ['*'],
      conditions: {
        ArnLike: {
          'lambda:SourceFunctionArn': `arn:${Aws.PARTITION}:lambda:${Aws.REGION}:${Aws.ACCOUNT_ID}:function:*`,
        },
      },
    }),
  ];
}
