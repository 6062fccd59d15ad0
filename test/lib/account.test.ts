import type { Template } from 'aws-cdk-lib/assertions';
import { describe, expect, it } from 'vitest';
import { propertiesOf, readable, resourcesOf, synthesize } from './synthesize.ts';

const keyArn = 'arn:aws:kms:eu-central-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab';
const certificateArn = 'arn:aws:acm:eu-central-1:123456789012:certificate/1234abcd';
const production = synthesize();
const exported = { 'keyway:otlpEndpoint': 'https://otlp.example.com', 'keyway:exportBucket': true };

interface Statement {
  Effect: string;
  Action: string | string[];
  Resource: unknown;
  Principal?: { Service?: unknown };
  Condition?: Record<string, Record<string, unknown>>;
}

function statementsOf(template: Template, role: string): Statement[] {
  return resourcesOf(template, 'AWS::IAM::Policy')
    .filter(([id]) => id.startsWith(`${role.replaceAll('-', '')}Role`))
    .flatMap(([, { Properties }]) => (Properties.PolicyDocument as { Statement: Statement[] }).Statement);
}

describe.each([
  ['its own', synthesize({ ...exported, 'keyway:customerManagedKey': true }), /^\{TablesKeyD3984C03\}$/],
  ['the account’s', synthesize({ ...exported, 'keyway:kmsKeyArn': keyArn }), new RegExp(`^${keyArn}$`)],
])('with %s key', (which, template, key) => {
  it.each([
    ['AWS::Logs::LogGroup', 'KmsKeyId'],
    ['AWS::SecretsManager::Secret', 'KmsKeyId'],
    ['AWS::Events::EventBus', 'KmsKeyIdentifier'],
  ])('every %s is encrypted with it', (type, property) => {
    const found = resourcesOf(template, type);
    expect(found.length).toBeGreaterThan(0);
    for (const [id, { Properties }] of found) expect(readable(Properties[property]), id).toMatch(key);
  });

  it('every log group has a generated name, by which the policy of the key knows it', () => {
    for (const [id, { Properties }] of resourcesOf(template, 'AWS::Logs::LogGroup'))
      expect(Properties.LogGroupName, id).toBeUndefined();
  });

  it('every table is encrypted with it', () => {
    const tables = resourcesOf(template, 'AWS::DynamoDB::GlobalTable');
    expect(tables.length).toBeGreaterThan(0);
    for (const [, { Properties }] of tables) {
      expect(Properties.SSESpecification).toMatchObject({ SSEEnabled: true, SSEType: 'KMS' });
      const [replica] = Properties.Replicas as { SSESpecification: { KMSMasterKeyId: unknown } }[];
      expect(readable(replica?.SSESpecification.KMSMasterKeyId)).toMatch(key);
    }
  });

  it('the bucket of the request log is encrypted with it', () => {
    const { BucketEncryption } = propertiesOf(template, 'AWS::S3::Bucket') as {
      BucketEncryption: {
        ServerSideEncryptionConfiguration: {
          BucketKeyEnabled: boolean;
          ServerSideEncryptionByDefault: { SSEAlgorithm: string; KMSMasterKeyID: unknown };
        }[];
      };
    };
    const [rule, ...others] = BucketEncryption.ServerSideEncryptionConfiguration;
    expect(others).toEqual([]);
    expect(rule).toMatchObject({ BucketKeyEnabled: true, ServerSideEncryptionByDefault: { SSEAlgorithm: 'aws:kms' } });
    expect(readable(rule?.ServerSideEncryptionByDefault.KMSMasterKeyID)).toMatch(key);
  });

  it('the functions make the tenants’ secrets with it', () => {
    const answering = resourcesOf(template, 'AWS::Lambda::Function').filter(([id]) => !id.startsWith('Export'));
    expect(answering.length).toBeGreaterThan(0);
    for (const [, { Properties }] of answering) {
      const { Variables } = Properties.Environment as { Variables: Record<string, unknown> };
      expect(readable(Variables.KEYWAY_SECRET_KMS_KEY)).toMatch(key);
    }
  });

  it('each function may use it for the secrets that it may use, and for tables, through these services only', () => {
    const uses = (role: string) =>
      statementsOf(template, role)
        .filter(({ Action }) => [Action].flat().some((action) => action.startsWith('kms:')))
        .map(({ Action, Resource, Condition }) => {
          expect(readable(Resource)).toMatch(key);
          const via = String(readable(Condition?.StringEquals?.['kms:ViaService'])).split('.')[0];
          const secrets = [Condition?.StringLike?.['kms:EncryptionContext:SecretARN'] ?? []].flat();
          return [
            via,
            ...[Action].flat(),
            ...secrets.map((arn) => readable(arn).replace(/^.*:secret:|[0-9A-F]{8}/g, '')),
          ].join(' ');
        })
        .sort();
    const tables =
      'dynamodb kms:Decrypt kms:DescribeKey kms:Encrypt kms:GenerateDataKey kms:GenerateDataKeyWithoutPlaintext kms:ReEncryptFrom kms:ReEncryptTo';
    expect(uses('inference')).toEqual([
      tables,
      'secretsmanager kms:Decrypt keyway/platform/*',
      'secretsmanager kms:Decrypt keyway/tenants/*',
    ]);
    expect(uses('provider-keys')).toEqual([tables, 'secretsmanager kms:Decrypt kms:GenerateDataKey keyway/tenants/*']);
    expect(uses('operator')).toEqual([tables, 'secretsmanager kms:Decrypt {AdminToken}']);
    expect(uses('workspace')).toEqual([tables]);
    expect(uses('sweep')).toEqual([tables]);
    expect(uses('sweep-worker')).toEqual([tables]);
    const stream = 'dynamodb kms:Decrypt kms:DescribeKey';
    expect(uses('Exporttelemetry-exporter')).toEqual([stream, 'secretsmanager kms:Decrypt keyway/otlp-headers-??????']);
    expect(uses('Exportarchive-exporter')).toEqual([stream, 's3 kms:GenerateDataKey']);
  });

  it('a key is made only when there is none, and its policy lets logs and events use it for what is here', () => {
    template.resourceCountIs('AWS::KMS::Key', which === 'its own' ? 1 : 0);
    if (which !== 'its own') return;
    const { KeyPolicy, EnableKeyRotation } = propertiesOf(template, 'AWS::KMS::Key');
    expect(EnableKeyRotation).toBe(true);
    const services = (KeyPolicy as { Statement: Statement[] }).Statement.filter(({ Principal }) => Principal?.Service);
    expect(services.map(({ Principal }) => readable(Principal?.Service))).toEqual([
      'logs.{AWS::Region}.amazonaws.com',
      'events.amazonaws.com',
      'events.amazonaws.com',
    ]);
    for (const { Condition } of services) expect(Object.keys(Condition ?? {})).not.toEqual([]);
    const [logs] = services;
    expect(readable(logs?.Condition?.ArnLike?.['kms:EncryptionContext:aws:logs:arn'])).toMatch(
      /log-group:(\{AWS::StackName\}|keyway)-\*$/,
    );
  });
});

it('without such a setting there is no key, and nobody may use one', () => {
  production.resourceCountIs('AWS::KMS::Key', 0);
  expect(JSON.stringify(resourcesOf(production, 'AWS::IAM::Policy'))).not.toContain('kms:');
});

describe('the firewall', () => {
  const template = synthesize({ 'keyway:firewall': true, 'keyway:firewallRequestsPerIp': 500 });
  const { Rules, VisibilityConfig, CustomResponseBodies } = propertiesOf(template, 'AWS::WAFv2::WebACL') as {
    Rules: {
      Name: string;
      Priority: number;
      Action?: unknown;
      OverrideAction?: unknown;
      VisibilityConfig: { SampledRequestsEnabled: boolean };
      Statement: {
        RateBasedStatement?: unknown;
        ManagedRuleGroupStatement?: { Name: string; RuleActionOverrides?: { Name: string; ActionToUse: unknown }[] };
      };
    }[];
    VisibilityConfig: { SampledRequestsEnabled: boolean };
    CustomResponseBodies: { throttled: { Content: string } };
  };

  it('is there when wanted, before the stage of the API', () => {
    production.resourceCountIs('AWS::WAFv2::WebACL', 0);
    const { ResourceArn } = propertiesOf(template, 'AWS::WAFv2::WebACLAssociation');
    expect(readable(ResourceArn)).toMatch(/\/restapis\/\{ApiRestApi\w+\}\/stages\/\{ApiRestApiDeploymentStage/);
  });

  it('limits the requests of one address, in the envelope of all errors', () => {
    const limit = Rules.find(({ Name }) => Name === 'requests-per-ip');
    expect(limit?.Statement.RateBasedStatement).toEqual({
      Limit: 500,
      AggregateKeyType: 'IP',
      EvaluationWindowSec: 300,
    });
    expect(limit?.Action).toEqual({
      Block: { CustomResponse: { ResponseCode: 429, CustomResponseBodyKey: 'throttled' } },
    });
    expect(JSON.parse(CustomResponseBodies.throttled.Content)).toMatchObject({
      error: { code: 'rate_limit_exceeded', type: 'rate_limit_error', param: null },
    });
  });

  it('lets no rule that reads a body block, since a prompt may hold anything', () => {
    const groups = Rules.flatMap(({ Statement }) => Statement.ManagedRuleGroupStatement ?? []);
    expect(groups.map(({ Name }) => Name)).toEqual([
      'AWSManagedRulesAmazonIpReputationList',
      'AWSManagedRulesKnownBadInputsRuleSet',
      'AWSManagedRulesCommonRuleSet',
    ]);
    const counted = groups.flatMap(({ RuleActionOverrides = [] }) => RuleActionOverrides);
    for (const { ActionToUse } of counted) expect(ActionToUse).toEqual({ Count: {} });
    expect(counted.map(({ Name }) => Name).sort()).toEqual([
      'CrossSiteScripting_BODY',
      'EC2MetaDataSSRF_BODY',
      'GenericLFI_BODY',
      'GenericRFI_BODY',
      'JavaDeserializationRCE_BODY',
      'Log4JRCE_BODY',
      'NoUserAgent_HEADER',
      'ReactJSRCE_BODY',
      'SizeRestrictions_BODY',
    ]);
  });

  it('keeps no sample of a request, whose headers hold a key', () => {
    for (const { SampledRequestsEnabled } of [VisibilityConfig, ...Rules.map((rule) => rule.VisibilityConfig)])
      expect(SampledRequestsEnabled).toBe(false);
  });
});

describe('a domain of one’s own', () => {
  const settings = { 'keyway:domainName': 'ai.example.com', 'keyway:certificateArn': certificateArn };
  const template = synthesize(settings);

  it('serves the API at its root, with TLS 1.2 at least, and is the base URL', () => {
    expect(propertiesOf(template, 'AWS::ApiGateway::DomainName')).toMatchObject({
      DomainName: 'ai.example.com',
      RegionalCertificateArn: certificateArn,
      EndpointConfiguration: { Types: ['REGIONAL'] },
      SecurityPolicy: 'TLS_1_2',
    });
    expect(propertiesOf(template, 'AWS::ApiGateway::BasePathMapping')).not.toHaveProperty('BasePath');
    expect(template.findOutputs('ApiUrl').ApiUrl?.Value).toBe('https://ai.example.com/');
  });

  it('names its target for the DNS of others, or has its records where the zone is known', () => {
    expect(Object.keys(template.findOutputs('*'))).toContain('DomainTarget');
    template.resourceCountIs('AWS::Route53::RecordSet', 0);
    const zoned = synthesize({ ...settings, 'keyway:hostedZoneId': 'Z123' });
    expect(Object.keys(zoned.findOutputs('*'))).not.toContain('DomainTarget');
    expect(
      resourcesOf(zoned, 'AWS::Route53::RecordSet').map(([, { Properties }]) => [Properties.Name, Properties.Type]),
    ).toEqual([
      ['ai.example.com', 'A'],
      ['ai.example.com', 'AAAA'],
    ]);
  });
});

describe('a private endpoint', () => {
  const template = synthesize({ 'keyway:privateEndpoint': 'vpce-0123456789abcdef0,vpce-0123456789abcdef1' });

  it('takes requests through its VPC endpoints alone, and streams as before', () => {
    const { EndpointConfiguration, Policy } = propertiesOf(template, 'AWS::ApiGateway::RestApi');
    const endpoints = ['vpce-0123456789abcdef0', 'vpce-0123456789abcdef1'];
    expect(EndpointConfiguration).toEqual({ Types: ['PRIVATE'], VpcEndpointIds: endpoints });
    expect((Policy as { Statement: Statement[] }).Statement).toEqual([
      { Effect: 'Allow', Principal: { AWS: '*' }, Action: 'execute-api:Invoke', Resource: 'execute-api:/*' },
      {
        Effect: 'Deny',
        Principal: { AWS: '*' },
        Action: 'execute-api:Invoke',
        Resource: 'execute-api:/*',
        Condition: { StringNotEquals: { 'aws:SourceVpce': endpoints } },
      },
    ]);
    const streamed = (from: Template) => JSON.stringify(resourcesOf(from, 'AWS::ApiGateway::Method')).split('"STREAM"');
    expect(streamed(template).length).toBe(streamed(production).length);
  });

  it('is not what an API has by default', () => {
    expect(propertiesOf(production, 'AWS::ApiGateway::RestApi')).toMatchObject({
      EndpointConfiguration: { Types: ['REGIONAL'] },
    });
    expect(propertiesOf(production, 'AWS::ApiGateway::RestApi')).not.toHaveProperty('Policy');
  });
});

describe('a VPC', () => {
  const place = {
    'keyway:vpcId': 'vpc-0123456789abcdef0',
    'keyway:subnetIds': 'subnet-0123456789abcdef0,subnet-0123456789abcdef1',
  };
  const withEndpoints = { ...place, 'keyway:vpcEndpoints': true, 'keyway:routeTableIds': 'rtb-0123456789abcdef0' };

  const ofEndpoints = synthesize(withEndpoints);
  const traced = synthesize({ ...withEndpoints, 'keyway:tracing': true });
  const archived = synthesize({ ...withEndpoints, 'keyway:exportBucket': true });

  it('holds every function, behind a group of the stack that allows HTTPS outwards, or one of the account', () => {
    const template = synthesize({ ...place, ...exported });
    expect(resourcesOf(template, 'AWS::Lambda::Function').filter(([id]) => id.startsWith('Export'))).toHaveLength(2);
    for (const [id, { Properties }] of resourcesOf(template, 'AWS::Lambda::Function')) {
      const { SubnetIds, SecurityGroupIds } = Properties.VpcConfig as Record<string, unknown[]>;
      expect(SubnetIds, id).toEqual(['subnet-0123456789abcdef0', 'subnet-0123456789abcdef1']);
      expect(SecurityGroupIds?.map(readable)).toEqual([expect.stringMatching(/^\{AccountNetworkSecurityGroup/)]);
    }
    expect(propertiesOf(template, 'AWS::EC2::SecurityGroup')).toMatchObject({
      SecurityGroupEgress: [{ CidrIp: '0.0.0.0/0', FromPort: 443, IpProtocol: 'tcp', ToPort: 443 }],
    });
    const theirs = synthesize({ ...place, 'keyway:securityGroupIds': 'sg-0123456789abcdef0' });
    theirs.resourceCountIs('AWS::EC2::SecurityGroup', 0);
    theirs.allResourcesProperties('AWS::Lambda::Function', {
      VpcConfig: { SecurityGroupIds: ['sg-0123456789abcdef0'] },
    });
  });

  it('lets Lambda make interfaces with the roles, and the code of the functions not', () => {
    const template = synthesize({ ...place, ...exported });
    const exporters = ['Exporttelemetry-exporter', 'Exportarchive-exporter'];
    for (const role of ['inference', 'provider-keys', 'workspace', 'operator', 'sweep', 'sweep-worker', ...exporters]) {
      const ofNetwork = statementsOf(template, role).filter(({ Action }) => JSON.stringify(Action).includes('"ec2:'));
      expect(ofNetwork.map(({ Effect, Condition }) => [Effect, Object.keys(Condition?.ArnLike ?? {})])).toEqual([
        ['Allow', []],
        ['Deny', ['lambda:SourceFunctionArn']],
      ]);
    }
    for (const [, { Properties }] of resourcesOf(template, 'AWS::IAM::Role'))
      expect(JSON.stringify(Properties.ManagedPolicyArns ?? [])).not.toContain('VPCAccess');
  });

  it('gets the endpoints that the functions need when told so, for these functions only', () => {
    synthesize(place).resourceCountIs('AWS::EC2::VPCEndpoint', 0);
    const names = (template: Template) =>
      resourcesOf(template, 'AWS::EC2::VPCEndpoint')
        .map(([, { Properties }]) => `${Properties.VpcEndpointType} ${readable(Properties.ServiceName)}`)
        .sort();
    const usual = [
      'Gateway com.amazonaws.{AWS::Region}.dynamodb',
      'Interface com.amazonaws.{AWS::Region}.bedrock-runtime',
      'Interface com.amazonaws.{AWS::Region}.events',
      'Interface com.amazonaws.{AWS::Region}.secretsmanager',
      'Interface com.amazonaws.{AWS::Region}.sqs',
      'Interface com.amazonaws.{AWS::Region}.sts',
    ];
    expect(names(ofEndpoints)).toEqual(usual);
    expect(names(traced)).toEqual([...usual, 'Interface com.amazonaws.{AWS::Region}.xray']);
    expect(names(archived)).toEqual([...usual, 'Gateway com.amazonaws.{AWS::Region}.s3'].sort());
    const group = resourcesOf(ofEndpoints, 'AWS::EC2::SecurityGroup').find(([id]) => id.includes('Endpoint'));
    expect(group?.[1].Properties.SecurityGroupIngress).toEqual([
      expect.objectContaining({ FromPort: 443, ToPort: 443, IpProtocol: 'tcp' }),
    ]);
  });
});

describe('a permissions boundary', () => {
  it.each([
    ['arn:aws:iam::123456789012:policy/team/boundary', 'arn:aws:iam::123456789012:policy/team/boundary'],
    ['boundary', 'arn:aws:iam::123456789012:policy/boundary'],
  ])('given as %s bounds every role', (given, expected) => {
    const roles = resourcesOf(synthesize({ 'keyway:permissionsBoundary': given }), 'AWS::IAM::Role');
    expect(roles.length).toBeGreaterThan(5);
    for (const [id, { Properties }] of roles) expect(readable(Properties.PermissionsBoundary), id).toBe(expected);
  });
});

describe('tags', () => {
  const template = synthesize({ 'keyway:tags': 'team=ai, cost=42' });

  it('are on everything that takes tags', () => {
    for (const type of [
      'AWS::Lambda::Function',
      'AWS::IAM::Role',
      'AWS::SecretsManager::Secret',
      'AWS::Logs::LogGroup',
      'AWS::SQS::Queue',
      'AWS::ApiGateway::RestApi',
      'AWS::ApiGateway::Stage',
      'AWS::Events::EventBus',
    ]) {
      const found = resourcesOf(template, type);
      expect(found.length, type).toBeGreaterThan(0);
      for (const [id, { Properties }] of found)
        expect(Properties.Tags, id).toEqual(
          expect.arrayContaining([
            { Key: 'cost', Value: '42' },
            { Key: 'team', Value: 'ai' },
          ]),
        );
    }
    for (const [, { Properties }] of resourcesOf(template, 'AWS::DynamoDB::GlobalTable'))
      expect(JSON.stringify(Properties.Replicas)).toContain('{"Key":"team","Value":"ai"}');
  });

  it('reach the tenants’ secrets', () => {
    template.allResourcesProperties('AWS::Lambda::Function', {
      Environment: { Variables: { KEYWAY_SECRET_TAGS: '{"team":"ai","cost":"42"}' } },
    });
  });
});
