import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import { CfnVpcLink } from 'aws-cdk-lib/aws-apigatewayv2';
import { Metric } from 'aws-cdk-lib/aws-cloudwatch';
import {
  type ISecurityGroup,
  type IVpc,
  Port,
  SecurityGroup,
  type SubnetSelection,
  SubnetType,
  Vpc,
} from 'aws-cdk-lib/aws-ec2';
import { Platform } from 'aws-cdk-lib/aws-ecr-assets';
import {
  Cluster,
  ContainerImage,
  CpuArchitecture,
  FargateService,
  FargateTaskDefinition,
  LogDriver,
  OperatingSystemFamily,
} from 'aws-cdk-lib/aws-ecs';
import {
  ApplicationLoadBalancer,
  ApplicationProtocol,
  TargetGroupLoadBalancingAlgorithmType,
} from 'aws-cdk-lib/aws-elasticloadbalancingv2';
import type { IRole } from 'aws-cdk-lib/aws-iam';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import type { Network } from '../../settings/account.ts';
import type { Stage } from '../../stage.ts';
import type { WebOrigin } from './origin.ts';
import { bundleWebServer } from './web-bundle.ts';

const port = 8080;
/** The longest answer that API Gateway lets stream: a server that leaves the load balancer first ends what it has begun. */
const longestStream = Duration.seconds(900);
/** The most that Fargate waits between SIGTERM and SIGKILL. */
const stopTimeout = Duration.seconds(120);

/** What one server takes: `KEYWAY_MAX_IN_FLIGHT`, and where another is started. */
const inFlight = { most: 2000, target: 1000 };

export interface ContainerShellProps {
  stage: Stage;
  environment: Record<string, string>;
  /** Of the inference function. */
  role: IRole;
}

/**
 * The inference endpoints as Fargate tasks behind an internal load balancer, which API Gateway reaches through a VPC link. Two tasks
 * at least, in two zones. In a VPC of their own the tasks have public addresses, by which they call providers without a NAT gateway; in
 * the operator's they go out as the subnets do. Nobody but the load balancer may call them, unless the operator's security groups let them.
 */
export class ContainerShell extends Construct {
  readonly origin: WebOrigin;
  readonly logGroup: LogGroup;

  constructor(scope: Construct, id: string, { stage, environment, role }: ContainerShellProps) {
    super(scope, id);
    const { vpc, subnets, isOwn, groups } = this.#place(stage.account.network);
    this.logGroup = new LogGroup(this, 'Logs', {
      retention: stage.logRetentionDays,
      removalPolicy: stage.deletionProtection ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY,
    });
    const task = new FargateTaskDefinition(this, 'Task', {
      taskRole: role,
      cpu: 1024,
      memoryLimitMiB: 2048,
      runtimePlatform: { cpuArchitecture: CpuArchitecture.ARM64, operatingSystemFamily: OperatingSystemFamily.LINUX },
    });
    task.addContainer('Server', {
      image: ContainerImage.fromAsset(bundleWebServer(), { platform: Platform.LINUX_ARM64 }),
      environment: {
        ...environment,
        PORT: String(port),
        KEYWAY_MAX_IN_FLIGHT: String(inFlight.most),
        // API Gateway and the load balancer.
        KEYWAY_TRUSTED_PROXIES: '2',
        KEYWAY_DRAIN_MS: String(stopTimeout.toMilliseconds() - 20_000),
      },
      portMappings: [{ containerPort: port }],
      logging: LogDriver.awsLogs({ logGroup: this.logGroup, streamPrefix: 'inference' }),
      stopTimeout,
      readonlyRootFilesystem: true,
    });

    const linkGroup = new SecurityGroup(this, 'LinkGroup', {
      vpc,
      description: 'Keyway: API Gateway',
      allowAllOutbound: false,
    });
    const balancerGroup = new SecurityGroup(this, 'BalancerGroup', {
      vpc,
      description: 'Keyway: load balancer',
      allowAllOutbound: false,
    });
    const service = new FargateService(this, 'Service', {
      cluster: new Cluster(this, 'Cluster', { vpc }),
      taskDefinition: task,
      desiredCount: 2,
      minHealthyPercent: 100,
      maxHealthyPercent: 200,
      circuitBreaker: { rollback: true },
      assignPublicIp: isOwn,
      vpcSubnets: subnets,
      securityGroups: [new SecurityGroup(this, 'ServerGroup', { vpc, description: 'Keyway: servers' }), ...groups],
      healthCheckGracePeriod: Duration.seconds(60),
    });
    const balancer = new ApplicationLoadBalancer(this, 'Balancer', {
      vpc,
      internetFacing: false,
      securityGroup: balancerGroup,
      vpcSubnets: subnets,
      // Silences of a stream are filled every 15 seconds.
      idleTimeout: Duration.seconds(120),
      dropInvalidHeaderFields: true,
    });
    const listener = balancer.addListener('Listener', { port: 80, protocol: ApplicationProtocol.HTTP, open: false });
    listener.addTargets('Servers', {
      port,
      protocol: ApplicationProtocol.HTTP,
      targets: [service],
      healthCheck: { path: '/healthz', interval: Duration.seconds(10), healthyThresholdCount: 2 },
      deregistrationDelay: longestStream,
      loadBalancingAlgorithmType: TargetGroupLoadBalancingAlgorithmType.LEAST_OUTSTANDING_REQUESTS,
    });
    balancerGroup.addIngressRule(linkGroup, Port.tcp(80));
    linkGroup.addEgressRule(balancerGroup, Port.tcp(80));

    const scaling = service.autoScaleTaskCount({ minCapacity: 2, maxCapacity: 50 });
    const calm = { scaleInCooldown: Duration.minutes(10), scaleOutCooldown: Duration.minutes(1) };
    scaling.scaleOnCpuUtilization('Cpu', { targetUtilizationPercent: 60, ...calm });
    scaling.scaleToTrackCustomMetric('InFlight', {
      metric: new Metric({
        namespace: stage.metricsNamespace,
        metricName: 'web_in_flight',
        statistic: 'avg',
        period: Duration.minutes(1),
      }),
      targetValue: inFlight.target,
      ...calm,
    });

    const link = new CfnVpcLink(this, 'Link', {
      name: `keyway-${stage.name}`,
      subnetIds: vpc.selectSubnets(subnets).subnetIds,
      securityGroupIds: [linkGroup.securityGroupId],
    });
    this.origin = {
      url: `http://${balancer.loadBalancerDnsName}`,
      link: { id: link.ref, listenerArn: listener.listenerArn },
    };
  }

  /** Where tasks, load balancer and link stand: in the operator's subnets, or in a VPC of the shell's own. */
  #place(network: Network | null): { vpc: IVpc; subnets: SubnetSelection; isOwn: boolean; groups: ISecurityGroup[] } {
    if (network === null) {
      const vpc = new Vpc(this, 'Vpc', {
        maxAzs: 2,
        natGateways: 0,
        subnetConfiguration: [{ name: 'public', subnetType: SubnetType.PUBLIC }],
        restrictDefaultSecurityGroup: false,
      });
      return { vpc, subnets: { subnetType: SubnetType.PUBLIC }, isOwn: true, groups: [] };
    }
    const { vpcId, subnetIds, securityGroupIds } = network;
    // Nothing is looked up in the account: the zones are not used, but there must be as many as subnets.
    const availabilityZones = subnetIds.map((_, i) => `zone-${i}`);
    const vpc = Vpc.fromVpcAttributes(this, 'Vpc', { vpcId, availabilityZones, privateSubnetIds: subnetIds });
    const groups = securityGroupIds.map((each) =>
      SecurityGroup.fromSecurityGroupId(this, `Group-${each}`, each, { mutable: false }),
    );
    return { vpc, subnets: { subnets: vpc.privateSubnets }, isOwn: false, groups };
  }
}
