import { type CredentialForm, CredentialIssue, type KeyOwner } from '../../../core/accounts/credential-form.ts';
import type { JsonObject } from '../../../core/json.ts';
import { readRoleArn } from '../../sessions/role-arn.ts';
import { type BedrockCredential, bedrockCredentialForm } from './credential.ts';

/** Who assumes the roles of tenants, and which ones. */
export interface RoleSettings {
  /** The inference function's role, which the tenants' trust policies name; null: the operator has not set it. */
  principalArn: string | null;
  /** Whether a tenant may name a role of the principal's own account. */
  ownAccountRoles: boolean;
}

export type RoleCredential = Extract<BedrockCredential, { roleArn: string }>;

/** What may be stored, and what the owner of a role has to set up, by the operator's settings. */
export function bedrockFormIn(settings: RoleSettings): CredentialForm {
  return {
    ...bedrockCredentialForm,
    parse(input) {
      const parsed = bedrockCredentialForm.parse(input);
      const problem = parsed.type === 'role' ? roleProblem(parsed.value.roleArn, settings) : null;
      if (problem !== null) throw new CredentialIssue('credential.roleArn', problem);
      return parsed;
    },
    trust: {
      bind: bindOwner,
      ask: (type, { externalId }) =>
        type === 'role' && settings.principalArn !== null ? trustPolicy(settings.principalArn, externalId) : null,
    },
  };
}

/** For what was stored already: calls check it against the settings as they are then. */
export const storedBedrockForm: CredentialForm = {
  ...bedrockCredentialForm,
  trust: { bind: bindOwner, ask: () => null },
};

function bindOwner(value: JsonObject, { workspaceId, externalId }: KeyOwner): JsonObject {
  return 'roleArn' in value ? { ...value, workspaceId, externalId } : value;
}

/** docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_common-scenarios_third-party.html */
function trustPolicy(principal: string, externalId: string): JsonObject {
  const statement = {
    Effect: 'Allow',
    Principal: { AWS: principal },
    Action: 'sts:AssumeRole',
    Condition: { StringEquals: { 'sts:ExternalId': externalId } },
  };
  return { external_id: externalId, principal, policy: { Version: '2012-10-17', Statement: [statement] } };
}

/**
 * A role of the gateway's own account would do for a tenant what the operator's own people may do: who may assume it is decided by
 * policies that were never written against tenants.
 */
export function roleProblem(roleArn: unknown, { principalArn, ownAccountRoles }: RoleSettings): string | null {
  const own = readRoleArn(principalArn);
  const role = readRoleArn(roleArn);
  if (own === null) return 'The operator of this gateway has not set it up to assume roles (KEYWAY_PRINCIPAL_ARN).';
  if (role === null) return 'roleArn must look like arn:aws:iam::<account>:role/<name>.';
  if (role.partition !== own.partition) return `The role must be one of the partition ${own.partition}.`;
  if (role.account === own.account && !ownAccountRoles) return "Roles of the gateway's own account may not be used.";
  return null;
}
