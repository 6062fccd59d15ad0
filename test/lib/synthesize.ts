import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { App } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { GatewayStack } from '../../lib/gateway-stack.ts';
import { parseStage } from '../../lib/stage.ts';

export interface TemplateResource {
  Type: string;
  Properties: Record<string, unknown>;
  DeletionPolicy?: string;
}

export const flags = (
  JSON.parse(readFileSync(join(import.meta.dirname, '../../cdk.json'), 'utf8')) as { context: Record<string, unknown> }
).context;

/** A deployment that uses all that a company's account may ask for, and exports, so that what the checks look for is in its template. */
export const everySetting: Record<string, unknown> = {
  'keyway:alarmEmail': 'operator@example.com',
  'keyway:keyHealthEmail': 'tenants@example.com',
  'keyway:accountLogRole': 'set',
  'keyway:otlpEndpoint': 'https://otlp.example.com',
  'keyway:exportBucket': true,
  'keyway:tracing': true,
  'keyway:customerManagedKey': true,
  'keyway:firewall': true,
  'keyway:domainName': 'ai.example.com',
  'keyway:certificateArn': 'arn:aws:acm:eu-central-1:123456789012:certificate/1234abcd-12ab-34cd-56ef-1234567890ab',
  'keyway:hostedZoneId': 'Z0123456789ABCDEFGHIJ',
  'keyway:vpcId': 'vpc-0123456789abcdef0',
  'keyway:subnetIds': 'subnet-0123456789abcdef0,subnet-0123456789abcdef1',
  'keyway:vpcEndpoints': true,
  'keyway:routeTableIds': 'rtb-0123456789abcdef0',
  'keyway:permissionsBoundary': 'boundary',
  'keyway:tags': 'team=ai,cost=42',
  'keyway:keyStore': 'kms',
};

/** The stack as `cdk synth` makes it with these settings (`keyway:…`), its functions not bundled. */
export function synthesize(settings: Record<string, unknown> = {}): Template {
  const app = new App({ context: { ...flags, ...settings, 'aws:cdk:bundling-stacks': [] } });
  const stack = new GatewayStack(app, 'keyway', {
    stage: parseStage(settings),
    env: { account: '123456789012', region: 'eu-central-1' },
  });
  return Template.fromStack(stack);
}

/** The resources of one type by logical id. */
export function resourcesOf(template: Template, type: string): [string, TemplateResource][] {
  return Object.entries(template.findResources(type)) as [string, TemplateResource][];
}

/** The properties of the one resource of that type (and, if given, with these properties). */
export function propertiesOf(
  template: Template,
  type: string,
  having: Record<string, unknown> = {},
): Record<string, unknown> {
  const found = resourcesOf(template, type).filter(([, { Properties }]) =>
    Object.entries(having).every(([name, value]) => Properties[name] === value),
  );
  const [only, ...others] = found;
  if (!only || others.length > 0)
    throw new Error(`${found.length} resources of type ${type} with ${JSON.stringify(having)}`);
  return only[1].Properties;
}

/** An ARN, URI or name as readable text: `{ref Bus}`, `arn:{AWS::Partition}:…`. */
export function readable(value: unknown): string {
  if (typeof value !== 'object' || value === null) return String(value);
  const [kind, argument] = Object.entries(value)[0] ?? ['', ''];
  if (kind === 'Fn::Join') return (argument as [string, unknown[]])[1].map(readable).join('');
  if (kind === 'Fn::GetAtt') return `{${(argument as string[])[0]}}`;
  return `{${String(argument)}}`;
}
