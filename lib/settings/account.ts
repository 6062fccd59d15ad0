import type { SettingsReader } from './reader.ts';

/** What a company's own rules ask of everything that stands in its account. */
export interface AccountSettings {
  /** Encrypts tables, secrets, logs and the bus: the AWS services' own keys, a key that the stack makes, or the one with this ARN. */
  encryption: 'service' | 'own' | { keyArn: string };
  /** Null: no firewall. */
  firewall: { requestsPerIp: number } | null;
  /** Null: only API Gateway's own host. */
  domain: { name: string; certificateArn: string; hostedZoneId: string | null } | null;
  /** Ids of the VPC endpoints through which alone the API can be reached; null: from the internet. */
  privateEndpoint: string[] | null;
  /** Null: the functions run outside of any VPC. */
  network: Network | null;
  /** ARN or name of the policy that bounds every role of the stack. */
  permissionsBoundary: string | null;
  /** On everything that the stack makes, and on the tenants' secrets. */
  tags: Record<string, string>;
}

/** An existing VPC that the functions run in. */
export interface Network {
  vpcId: string;
  subnetIds: string[];
  /** Empty: the stack makes one that allows HTTPS outwards. */
  securityGroupIds: string[];
  /** Whether the stack makes the VPC endpoints that the functions need. */
  endpoints: boolean;
  /** The subnets' route tables, for the gateway endpoint of DynamoDB. */
  routeTableIds: string[];
}

/** A tag's key or value: docs.aws.amazon.com/tag-editor/latest/userguide/best-practices-and-strats.html */
const tagText = '\\p{L}\\p{N} _.:/+@-';
const mostTags = 40;

export function readAccount(settings: SettingsReader): AccountSettings {
  return {
    encryption: readEncryption(settings),
    firewall: readFirewall(settings),
    ...readAddress(settings),
    network: readNetwork(settings),
    permissionsBoundary: settings.take(
      'permissionsBoundary',
      /^(arn:[\w-]+:iam::(\d{12}|aws):policy\/[\w+=,.@/-]{1,512}|[\w+=,.@-]{1,128})$/,
      "a policy's ARN or name",
    ),
    tags: readTags(settings),
  };
}

function readEncryption({ flag, take }: SettingsReader): AccountSettings['encryption'] {
  const own = flag('customerManagedKey', false);
  const keyArn = take(
    'kmsKeyArn',
    /^arn:[\w-]+:kms:[\w-]+:\d{12}:key\/[\w-]+$/,
    'the ARN of a KMS key (not of an alias)',
  );
  return keyArn !== null ? { keyArn } : own ? 'own' : 'service';
}

function readFirewall({ flag, count }: SettingsReader): AccountSettings['firewall'] {
  const wanted = flag('firewall', false);
  const requestsPerIp = count('firewallRequestsPerIp');
  if (requestsPerIp !== null && !wanted) throw new Error('keyway:firewallRequestsPerIp needs keyway:firewall=true.');
  // AWS::WAFv2::WebACL RateBasedStatement, Limit.
  if (requestsPerIp !== null && requestsPerIp < 10) throw new Error('keyway:firewallRequestsPerIp must be 10 or more.');
  return wanted ? { requestsPerIp: requestsPerIp ?? 30_000 } : null;
}

function readAddress({ take, list }: SettingsReader): Pick<AccountSettings, 'domain' | 'privateEndpoint'> {
  const name = take('domainName', /^(?=.{1,253}$)([a-z0-9-]{1,63}\.)+[a-z]{2,63}$/, 'a host name in lower case');
  const certificateArn = take(
    'certificateArn',
    /^arn:[\w-]+:acm:[\w-]+:\d{12}:certificate\/[\w-]+$/,
    'the ARN of a certificate in the region of the stack',
  );
  const hostedZoneId = take('hostedZoneId', /^Z[A-Z0-9]{1,31}$/, 'the id of a hosted zone');
  const endpointIds = list('privateEndpoint', /^vpce-[0-9a-f]{8,17}$/, 'ids of VPC endpoints (vpce-…)');
  if ((name === null) !== (certificateArn === null))
    throw new Error('keyway:domainName and keyway:certificateArn need each other.');
  if (hostedZoneId !== null && name === null) throw new Error('keyway:hostedZoneId needs keyway:domainName.');
  // A private API's domain is another kind of resource, shared by way of RAM: AWS::ApiGateway::DomainNameV2.
  if (name !== null && endpointIds.length > 0)
    throw new Error('keyway:domainName is for the public endpoint: leave out it or keyway:privateEndpoint.');
  return {
    domain: name !== null && certificateArn !== null ? { name, certificateArn, hostedZoneId } : null,
    privateEndpoint: endpointIds.length > 0 ? endpointIds : null,
  };
}

function readNetwork({ take, list, flag }: SettingsReader): Network | null {
  const vpcId = take('vpcId', /^vpc-[0-9a-f]{8,17}$/, 'the id of a VPC (vpc-…)');
  const subnetIds = list('subnetIds', /^subnet-[0-9a-f]{8,17}$/, 'ids of subnets (subnet-…)');
  const securityGroupIds = list('securityGroupIds', /^sg-[0-9a-f]{8,17}$/, 'ids of security groups (sg-…)');
  const routeTableIds = list('routeTableIds', /^rtb-[0-9a-f]{8,17}$/, 'ids of route tables (rtb-…)');
  const endpoints = flag('vpcEndpoints', false);
  if ((vpcId === null) !== (subnetIds.length === 0))
    throw new Error('keyway:vpcId and keyway:subnetIds need each other.');
  if (vpcId === null) {
    if (securityGroupIds.length > 0 || routeTableIds.length > 0 || endpoints)
      throw new Error('keyway:securityGroupIds, keyway:routeTableIds and keyway:vpcEndpoints need keyway:vpcId.');
    return null;
  }
  if (endpoints !== routeTableIds.length > 0)
    throw new Error('keyway:vpcEndpoints=true and keyway:routeTableIds (for DynamoDB) need each other.');
  return { vpcId, subnetIds, securityGroupIds, endpoints, routeTableIds };
}

function readTags({ list }: SettingsReader): Record<string, string> {
  const pairs = list(
    'tags',
    new RegExp(`^(?!aws:|keyway:)[${tagText}]{1,128}=[=${tagText}]{0,256}$`, 'u'),
    'pairs such as team=ai,cost=42',
  ).map((pair) => [pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1)] as const);
  const tags = Object.fromEntries(pairs);
  if (Object.keys(tags).length !== pairs.length) throw new Error('keyway:tags names a tag twice.');
  // AWS takes 50 on a resource; CDK, CloudFormation and Keyway add their own.
  if (pairs.length > mostTags) throw new Error(`keyway:tags may hold ${mostTags} tags.`);
  return tags;
}
