import { join } from 'node:path';
import { type Duration, RemovalPolicy } from 'aws-cdk-lib';
import { CompositePrincipal, type PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Architecture, LoggingFormat, Runtime, Tracing } from 'aws-cdk-lib/aws-lambda';
import { type ICommandHooks, NodejsFunction } from 'aws-cdk-lib/aws-lambda-nodejs';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { bundling } from '../bundling.ts';
import type { Stage } from '../stage.ts';

const root = join(import.meta.dirname, '../..');

export interface GatewayFunctionProps {
  stage: Stage;
  /** The file that exports `handler`, from the repository's root. */
  entry: string;
  description: string;
  memoryMiB: number;
  timeout: Duration;
  reservedConcurrency?: number;
  environment: Record<string, string>;
  permissions: PolicyStatement[];
  /** Services that run the same code with the same role. */
  alsoFor?: string[];
  /** Folders that lie beside the code, by their name there; paths from the repository's root. */
  folders?: Record<string, string>;
}

/** One Lambda function with its own log group and a role that may do what `permissions` says and write to that group, nothing else. */
export class GatewayFunction extends Construct {
  readonly lambda: NodejsFunction;
  readonly logGroup: LogGroup;
  readonly role: Role;

  constructor(scope: Construct, id: string, props: GatewayFunctionProps) {
    super(scope, id);
    const { stage } = props;
    this.logGroup = new LogGroup(this, 'Logs', {
      retention: stage.logRetentionDays,
      // A request record that could not be stored is in here, and nowhere else.
      removalPolicy: stage.deletionProtection ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY,
    });
    // Not the default role: its managed policy may write to every log group of the account.
    const services = ['lambda.amazonaws.com', ...(props.alsoFor ?? [])].map((name) => new ServicePrincipal(name));
    const role = new Role(this, 'Role', { assumedBy: new CompositePrincipal(...services) });
    this.role = role;
    this.logGroup.grantWrite(role);
    for (const statement of props.permissions) role.addToPrincipalPolicy(statement);

    this.lambda = new NodejsFunction(this, 'Function', {
      description: props.description,
      entry: join(root, props.entry),
      projectRoot: root,
      depsLockFilePath: join(root, 'package-lock.json'),
      runtime: Runtime.NODEJS_24_X,
      architecture: Architecture.ARM_64,
      memorySize: props.memoryMiB,
      timeout: props.timeout,
      reservedConcurrentExecutions: props.reservedConcurrency,
      // Answers may stream from the version before, and an alias can be put back to it by hand.
      currentVersionOptions: { removalPolicy: RemovalPolicy.RETAIN },
      environment: props.environment,
      // A setting of SDK 2.
      awsSdkConnectionReuse: false,
      bundling: { ...bundling, ...(props.folders && { commandHooks: copying(props.folders) }) },
      role,
      logGroup: this.logGroup,
      loggingFormat: LoggingFormat.JSON,
      tracing: stage.tracing ? Tracing.ACTIVE : Tracing.DISABLED,
    });
  }
}

/** Commands of the shell that bundles: docs.aws.amazon.com/cdk/api/v2/docs/aws-cdk-lib.aws_lambda_nodejs.ICommandHooks.html */
function copying(folders: Record<string, string>): ICommandHooks {
  return {
    beforeBundling: () => [],
    beforeInstall: () => [],
    afterBundling: (_, outputDir) =>
      Object.entries(folders).map(
        ([name, folder]) =>
          `node -e "fs.cpSync(process.argv[1], process.argv[2], { recursive: true })" "${join(root, folder)}" "${join(outputDir, name)}"`,
      ),
  };
}
