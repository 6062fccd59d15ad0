/** A finding of cdk-nag that stands: its exact rule, where, and why. */
export interface Acknowledged {
  rule: string;
  /** Of the construct's path below the stack. */
  at: RegExp;
  reason: string;
}

const secret = 'arn:<AWS::Partition>:secretsmanager:eu-central-1:123456789012:secret:keyway';
const bedrock = 'arn:<AWS::Partition>:bedrock:*';

export const acknowledged: Acknowledged[] = [
  {
    rule: 'AwsSolutions-SMG4',
    at: /^AdminToken\/Resource$/,
    reason:
      'A token of people is changed by them: rotation without a word would lock them out. The secret may hold several at once.',
  },
  {
    rule: `AwsSolutions-IAM5[Resource::${secret}/tenants/*]`,
    at: /^(inference|provider-keys|sweep)\/Role\//,
    reason: 'Tenants come and go at run time, and the names of their secrets begin so and end at random.',
  },
  {
    rule: `AwsSolutions-IAM5[Resource::${secret}/platform/*]`,
    at: /^(inference|operator)\/Role\//,
    reason: 'The operator adds providers without a deployment, and the ARN of a secret ends at random.',
  },
  {
    rule: 'AwsSolutions-IAM5[Resource::arn:<AWS::Partition>:cloudwatch:eu-central-1:123456789012:alarm:*]',
    at: /^operator\/Role\//,
    reason:
      'The state of alarms, read only: CloudWatch lists them by the beginning of their names, and asks for all of them.',
  },
  {
    rule: `AwsSolutions-IAM5[Resource::${bedrock}::foundation-model/*]`,
    at: /^inference\/Role\//,
    reason:
      'Callers choose the model, and a profile the region. keyway:platformBedrock=false takes the permission away.',
  },
  {
    rule: `AwsSolutions-IAM5[Resource::${bedrock}:123456789012:inference-profile/*]`,
    at: /^inference\/Role\//,
    reason: 'Callers choose the profile.',
  },
  {
    rule: 'AwsSolutions-IAM5[Resource::arn:<AWS::Partition>:iam::*:role/keyway-*]',
    at: /^inference\/Role\//,
    reason:
      "Tenants' roles are in accounts of theirs; they are assumed with an external id of Keyway's alone. keyway:tenantRoles narrows the names or takes the permission away.",
  },
  {
    rule: 'AwsSolutions-IAM5[Resource::*]',
    at: /^sweep\/Role\//,
    reason: 'ListSecrets knows no resources.',
  },
  {
    rule: 'AwsSolutions-IAM5[Resource::*]',
    at: /^(inference|provider-keys|workspace|operator|records|console|Export\/[\w-]+)\/Role\//,
    reason: 'Only with keyway:tracing (X-Ray) and keyway:vpcId (network interfaces), whose actions know no resources.',
  },
  {
    rule: 'AwsSolutions-IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/service-role/AmazonAPIGatewayPushToCloudWatchLogs]',
    at: /^Api\/RestApi\/CloudWatchRole\/Resource$/,
    reason: 'The role of API Gateway itself, of which an account has one; AWS names this policy for it.',
  },
  {
    rule: 'AwsSolutions-IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/service-role/AWSCodeDeployRoleForLambdaLimited]',
    at: /^Release\/Role\/Resource$/,
    reason: 'The role of CodeDeploy itself, with the smallest of the policies that AWS names for it.',
  },
  {
    rule: 'AwsSolutions-APIG1',
    at: /^Api\/RestApi\/DeploymentStage\.prod\/Resource$/,
    reason: 'Access logs need a role of the whole account, so they come with keyway:accountLogRole.',
  },
  {
    rule: 'AwsSolutions-APIG2',
    at: /^Api\/RestApi\/Resource$/,
    reason:
      'The functions check every request against its schema and say what is wrong; API Gateway would say less, in another form.',
  },
  {
    rule: 'AwsSolutions-APIG3',
    at: /^Api\/RestApi\/DeploymentStage\.prod\/Resource$/,
    reason: 'keyway:firewall=true adds one, for its price.',
  },
  {
    rule: 'AwsSolutions-APIG4',
    at: /^Api\/RestApi\/Default\//,
    reason:
      'API keys are checked by the functions: API Gateway can hold 10,000 keys, and an authorizer would cost a read more per request.',
  },
  {
    rule: 'AwsSolutions-COG4',
    at: /^Api\/RestApi\/Default\//,
    reason: 'Callers are programs with API keys, not people of a user pool.',
  },
  {
    rule: 'AwsSolutions-APIG6',
    at: /^Api\/RestApi\/DeploymentStage\.prod\/Resource$/,
    reason: 'Execution logs would hold headers and bodies: keys and prompts. Access logs are on.',
  },
  {
    rule: 'AwsSolutions-SQS3',
    at: /^(Sweep\/DeadLetters|Export\/[\w-]+-queue)\/Resource$/,
    reason: 'It is a queue of dead letters: of a rule, of a function, of a stream.',
  },
  {
    rule: 'AwsSolutions-S1',
    at: /^Export\/Bucket\/Resource$/,
    reason:
      'Who reads the request log in S3 is the account’s to record, with CloudTrail’s data events; a bucket of access logs would need the same again.',
  },
  {
    rule: 'AwsSolutions-IAM5[Resource::<ExportBucketFD42BCED.Arn>/keyway/prod/log/*]',
    at: /^Export\/archive-exporter\/Role\//,
    reason: 'Objects are named by their time and batch.',
  },
  {
    rule: 'AwsSolutions-ECS2',
    at: /^Container\/Task\/Resource$/,
    reason:
      'The environment holds names and settings alone, as that of the function does; secrets are read at run time.',
  },
  {
    rule: 'AwsSolutions-ECS4',
    at: /^Container\/Cluster\/Resource$/,
    reason: 'The server tells its own measures; Container Insights are the choice of the account, for their price.',
  },
  {
    rule: 'AwsSolutions-ELB2',
    at: /^Container\/Balancer\/Resource$/,
    reason: 'Every request has its record, and API Gateway, the only caller, its access log.',
  },
  {
    rule: 'AwsSolutions-VPC7',
    at: /^Container\/Vpc\/Resource$/,
    reason: 'Only addresses of providers would be in it. Who wants flow logs brings a VPC: keyway:vpcId.',
  },
  {
    rule: 'AwsSolutions-IAM5[Resource::*]',
    at: /^Container\/Task\/ExecutionRole\//,
    reason: 'The role of ECS itself: ecr:GetAuthorizationToken knows no resources.',
  },
  {
    rule: 'AwsSolutions-S1',
    at: /^AWSCDKWebFunctionAssetBucket\/Resource$/,
    reason: 'It holds the code of the web function, which CDK puts there.',
  },
  ...[
    'AwsSolutions-IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole]',
    'AwsSolutions-IAM5[Action::s3:Abort*]',
    'AwsSolutions-IAM5[Action::s3:DeleteObject*]',
    'AwsSolutions-IAM5[Resource::<AWSCDKWebFunctionAssetBucket5B596593.Arn>/web-function/*]',
    'AwsSolutions-IAM5[Resource::arn:aws:s3:::cdk-hnb659fds-assets-123456789012-eu-central-1/*]',
  ].map((rule) => ({
    rule,
    at: /^Custom::S3ObjectCopy[^/]+\/ServiceRole\//,
    reason:
      "CDK's own function, which copies the code of the web function at deploy time; its role is not ours to write.",
  })),
];
