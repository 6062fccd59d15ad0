import { Aws } from 'aws-cdk-lib';
import { ArnPrincipal, Role } from 'aws-cdk-lib/aws-iam';
import type { Function as Lambda } from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';
import type { Stage } from '../stage.ts';
import type { Resource } from './permissions.ts';

/** What tenants trust in place of giving secrets: the inference function's role at AWS, and at Google the role that it federates with. */
export class TenantTrust extends Construct {
  /** What whoever calls in tenants' names reads of it. */
  readonly environment: Record<string, string>;

  /** `readers`: the functions that tell tenants whom to trust, or call in their name. */
  constructor(scope: Construct, id: string, stage: Stage, inference: Lambda, readers: Lambda[]) {
    super(scope, id);
    const principal = inference.role?.roleArn;
    if (principal === undefined) throw new Error('The inference function has no role.');
    if (stage.vertexFederation)
      new Role(this, 'FederationRole', {
        roleName: federationRoleName(stage),
        description: 'Keyway: who calls Google Cloud for a workspace; it may do nothing at AWS',
        // Sessions are named after workspaces: that is how the tenants' pools tell them apart.
        assumedBy: new ArnPrincipal(principal).withConditions({ StringLike: { 'sts:RoleSessionName': 'ws_*' } }),
      });
    this.environment = {
      ...(stage.tenantRoles !== null && { KEYWAY_PRINCIPAL_ARN: principal }),
      ...(stage.vertexFederation && { KEYWAY_FEDERATION_ROLE_ARN: federationRoleArn(stage) }),
    };
    for (const reader of readers)
      for (const [name, value] of Object.entries(this.environment)) reader.addEnvironment(name, value);
  }
}

/** The ARNs behind the permissions to assume roles. */
export function rolesOf(stage: Stage, account: string): Pick<Record<Resource, string[]>, AssumedRoles> {
  const roles = `arn:${Aws.PARTITION}:iam::`;
  const { tenantRoles, ownAccountRoles, vertexFederation } = stage;
  return {
    tenantRoles: tenantRoles === null ? [] : [`${roles}*:role/${tenantRoles}`],
    ownRoles: tenantRoles === null || ownAccountRoles ? [] : [`${roles}${account}:role/*`],
    federationRole: vertexFederation ? [federationRoleArn(stage)] : [],
  };
}

type AssumedRoles = 'tenantRoles' | 'ownRoles' | 'federationRole';

/** Short: with the name of a session behind it, Google takes 127 characters (google.subject). */
function federationRoleName({ name }: Stage): string {
  return `keyway-${name}-${Aws.REGION}-google`;
}

function federationRoleArn(stage: Stage): string {
  return `arn:${Aws.PARTITION}:iam::${Aws.ACCOUNT_ID}:role/${federationRoleName(stage)}`;
}
