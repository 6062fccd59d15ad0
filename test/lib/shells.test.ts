import type { Template } from 'aws-cdk-lib/assertions';
import { describe, expect, it } from 'vitest';
import { endpoints, servedPaths } from '../../functions/endpoints.ts';
import { readEnvironment } from '../../functions/environment.ts';
import { readable, resourcesOf, synthesize } from './synthesize.ts';

const event = synthesize();
const container = synthesize({ 'keyway:shell': 'container' });
const webFunction = synthesize({ 'keyway:shell': 'web-function' });

interface MethodIntegration {
  Type: string;
  Uri: unknown;
  ResponseTransferMode?: string;
  TimeoutInMillis?: number;
  ConnectionType?: string;
  ConnectionId?: unknown;
  IntegrationTarget?: unknown;
  RequestParameters?: Record<string, string>;
}

const passedOn = (template: Template) =>
  resourcesOf(template, 'AWS::ApiGateway::Method')
    .map(([, { Properties }]) => Properties.Integration as MethodIntegration)
    .filter(({ Type }) => Type === 'HTTP_PROXY');
const inferencePaths = endpoints.filter(({ entry }) => entry === 'inference').flatMap(servedPaths);

describe('the shells', () => {
  it('are the functions alone by default', () => {
    expect(passedOn(event)).toEqual([]);
    event.resourceCountIs('AWS::ECS::Service', 0);
    event.resourceCountIs('AWS::EC2::VPC', 0);
    event.resourceCountIs('AWS::Lambda::WebFunction', 0);
  });

  it.each([
    ['container', container, /^http:\/\/.*Balancer/],
    ['web-function', webFunction, /^https:\/\/.*Endpoint/],
  ])('%s gets every inference endpoint through the same API, streamed for up to 15 minutes', (_, template, host) => {
    const found = passedOn(template);
    expect(found).toHaveLength(inferencePaths.length);
    for (const integration of found) {
      expect(integration).toMatchObject({ ResponseTransferMode: 'STREAM', TimeoutInMillis: 900_000 });
      expect(readable(integration.Uri)).toMatch(host);
    }
    const paths = found.map(({ Uri }) => readable(Uri).replace(/^https?:\/\/(\{[^}]*\}|[^/])*/, ''));
    expect(paths.sort()).toEqual(inferencePaths.map((path) => path.replace('+}', '}')).sort());
    const withId = found.find(({ Uri }) => readable(Uri).includes('{id}'));
    expect(withId?.RequestParameters).toEqual({ 'integration.request.path.id': 'method.request.path.id' });
  });

  it('use the role of the inference function, which nobody else may take', () => {
    const trusted = (template: Template) =>
      resourcesOf(template, 'AWS::IAM::Role')
        .filter(([id]) => id.startsWith('inferenceRole'))
        .map(([, { Properties }]) =>
          JSON.stringify(Properties.AssumeRolePolicyDocument)
            .match(/[a-z-]+\.amazonaws\.com/g)
            ?.sort(),
        );
    expect(trusted(event)).toEqual([['lambda.amazonaws.com']]);
    expect(trusted(webFunction)).toEqual([['lambda.amazonaws.com']]);
    expect(trusted(container)).toEqual([['ecs-tasks.amazonaws.com', 'lambda.amazonaws.com']]);
    const [[, task] = []] = resourcesOf(container, 'AWS::ECS::TaskDefinition');
    expect(readable(task?.Properties.TaskRoleArn)).toMatch(/^\{inferenceRole/);
    const [[, revision] = []] = resourcesOf(webFunction, 'AWS::Lambda::WebFunctionRevision');
    expect(JSON.stringify(revision?.Properties)).toMatch(/inferenceRole/);
  });

  it('container runs two servers at least, in two zones, on Arm, and lets streams end before it stops one', () => {
    container.hasResourceProperties('AWS::ECS::Service', {
      DesiredCount: 2,
      DeploymentConfiguration: {
        MinimumHealthyPercent: 100,
        DeploymentCircuitBreaker: { Enable: true, Rollback: true },
      },
    });
    container.hasResourceProperties('AWS::ECS::TaskDefinition', {
      RuntimePlatform: { CpuArchitecture: 'ARM64' },
    });
    const [[, task] = []] = resourcesOf(container, 'AWS::ECS::TaskDefinition');
    const [server] = (task?.Properties.ContainerDefinitions ?? []) as {
      StopTimeout: number;
      ReadonlyRootFilesystem: boolean;
      Environment: { Name: string; Value: unknown }[];
    }[];
    expect([server?.StopTimeout, server?.ReadonlyRootFilesystem]).toEqual([120, true]);
    const environment = Object.fromEntries(
      server?.Environment.flatMap(({ Name, Value }) => (typeof Value === 'string' ? [[Name, Value]] : [])) ?? [],
    );
    // It stops by itself before it is killed.
    expect(readEnvironment(environment).web).toMatchObject({ port: 8080, drainMs: 100_000, trustedProxies: 2 });
    const [[, group] = []] = resourcesOf(container, 'AWS::ElasticLoadBalancingV2::TargetGroup');
    expect(group?.Properties.HealthCheckPath).toBe('/healthz');
    const attributes = (group?.Properties.TargetGroupAttributes ?? []) as { Key: string; Value: string }[];
    expect(Object.fromEntries(attributes.map(({ Key, Value }) => [Key, Value]))).toMatchObject({
      'deregistration_delay.timeout_seconds': '900',
      'load_balancing.algorithm.type': 'least_outstanding_requests',
    });
  });

  it('container is reached through a VPC link alone: nobody else may call the load balancer or the servers', () => {
    container.hasResourceProperties('AWS::ElasticLoadBalancingV2::LoadBalancer', { Scheme: 'internal' });
    for (const integration of passedOn(container)) {
      expect(integration.ConnectionType).toBe('VPC_LINK');
      expect(readable(integration.ConnectionId)).toMatch(/Link/);
      expect(readable(integration.IntegrationTarget)).toMatch(/Listener/);
    }
    const open = [
      ...resourcesOf(container, 'AWS::EC2::SecurityGroup').flatMap(
        ([, { Properties }]) => (Properties.SecurityGroupIngress as object[] | undefined) ?? [],
      ),
      ...resourcesOf(container, 'AWS::EC2::SecurityGroupIngress').map(([, { Properties }]) => Properties),
    ].filter((rule) => 'CidrIp' in rule || 'CidrIpv6' in rule);
    expect(open).toEqual([]);
  });

  it('container stands in the subnets and security groups of the operator where these are named', () => {
    const subnets = ['subnet-0123456789abcdef0', 'subnet-0123456789abcdef1'];
    const template = synthesize({
      'keyway:shell': 'container',
      'keyway:vpcId': 'vpc-0123456789abcdef0',
      'keyway:subnetIds': subnets.join(),
      'keyway:securityGroupIds': 'sg-0123456789abcdef0',
    });
    template.resourceCountIs('AWS::EC2::VPC', 0);
    const [[, service] = []] = resourcesOf(template, 'AWS::ECS::Service');
    expect(service?.Properties.NetworkConfiguration).toEqual({
      AwsvpcConfiguration: {
        AssignPublicIp: 'DISABLED',
        Subnets: subnets,
        SecurityGroups: [expect.any(Object), 'sg-0123456789abcdef0'],
      },
    });
    template.hasResourceProperties('AWS::ElasticLoadBalancingV2::LoadBalancer', {
      Scheme: 'internal',
      Subnets: subnets,
    });
    template.hasResourceProperties('AWS::ApiGatewayV2::VpcLink', { SubnetIds: subnets });
    // The operator's group is not changed.
    const changed = ['AWS::EC2::SecurityGroupIngress', 'AWS::EC2::SecurityGroupEgress'].flatMap((type) =>
      resourcesOf(template, type).filter(([, { Properties }]) => Properties.GroupId === 'sg-0123456789abcdef0'),
    );
    expect(changed).toEqual([]);
  });

  it('container grows by streams in flight and by CPU', () => {
    const targets = resourcesOf(container, 'AWS::ApplicationAutoScaling::ScalingPolicy').map(
      ([, { Properties }]) => Properties.TargetTrackingScalingPolicyConfiguration as Record<string, object>,
    );
    expect(targets).toHaveLength(2);
    expect(JSON.stringify(targets)).toContain('"MetricName":"web_in_flight","Namespace":"Keyway/prod"');
  });

  it('web-function has a name of its own in the account, and its parts are told the name, not the ARN', () => {
    const [[id, made] = []] = resourcesOf(webFunction, 'AWS::Lambda::WebFunction');
    expect(readable(made?.Properties.FunctionName)).toBe('keyway-prod-{AWS::Region}');
    for (const type of ['AWS::Lambda::WebFunctionRevision', 'AWS::Lambda::WebFunctionEndpoint']) {
      const [[, part] = []] = resourcesOf(webFunction, type);
      expect(readable(part?.Properties.FunctionName), type).toBe('keyway-prod-{AWS::Region}');
      expect(JSON.stringify(part), type).toContain(String(id));
    }
  });
});
