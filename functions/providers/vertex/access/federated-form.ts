import { CredentialIssue, type KeyOwner, type ParsedCredential } from '../../../core/accounts/credential-form.ts';
import type { JsonObject } from '../../../core/json.ts';
import { readRoleArn } from '../../sessions/role-arn.ts';
import { isProject, isRegion } from './address.ts';

/**
 * Workload identity federation from AWS, of named fields: the JSON that Google's clients take for it (`external_account`) names
 * addresses that they call. `{projectId, location?, projectNumber, poolId, providerId, serviceAccountEmail?}`.
 */
export function parseFederated(given: JsonObject): ParsedCredential {
  const unknown = Object.keys(given).find((name) => !(name in fields));
  if (unknown !== undefined)
    throw new CredentialIssue(
      'credential',
      `A federated credential is {${Object.keys(fields).join(', ')}}, of which location and serviceAccountEmail may be left out.`,
    );
  const value: JsonObject = {};
  for (const [name, { fits, optional, says }] of Object.entries(fields)) {
    const text = given[name];
    if ((text === undefined || text === null) && optional) continue;
    if (typeof text !== 'string' || text.length > 256 || !fits(text))
      throw new CredentialIssue(`credential.${name}`, `${name} must be ${says}.`);
    value[name] = text;
  }
  const { projectId, location, poolId, providerId, serviceAccountEmail } = value;
  return {
    value,
    type: 'workload_identity',
    hint: String(serviceAccountEmail ?? `${poolId}/${providerId}`),
    region: typeof location === 'string' ? { region: location, source: 'credential' } : null,
    names: {
      project: String(projectId),
      ...(typeof serviceAccountEmail === 'string' && { service_account: serviceAccountEmail }),
    },
  };
}

/** Ids of pools and providers: https://docs.cloud.google.com/iam/docs/reference/rest/v1/projects.locations.workloadIdentityPools/create */
const isPoolId = (text: string) => /^[a-z0-9-]{4,32}$/.test(text);

const fields: Record<string, { fits(text: string): boolean; optional?: true; says: string }> = {
  projectId: { fits: isProject, says: 'the id of the project that is called' },
  location: { fits: isRegion, optional: true, says: '`global`, `us`, `eu` or a Google Cloud region' },
  projectNumber: { fits: (text) => /^\d{1,20}$/.test(text), says: "the number of the pool's project, as text" },
  poolId: { fits: isPoolId, says: 'the id of a workload identity pool' },
  providerId: { fits: isPoolId, says: 'the id of the provider in the pool' },
  serviceAccountEmail: {
    fits: (text) => /^[a-z0-9][a-z0-9._-]*@[a-z0-9][a-z0-9.-]*\.gserviceaccount\.com$/.test(text),
    optional: true,
    says: 'the address of a service account',
  },
};

/**
 * Who calls Google for a workspace. The session of the gateway's role is named after the workspace, so that a pool can tell the
 * workspaces of one gateway apart: what another workspace names as its own pool meets a session with the other name.
 */
export function federatedSubject(
  federationRoleArn: string,
  { workspaceId }: Pick<KeyOwner, 'workspaceId'>,
): string | null {
  const role = readRoleArn(federationRoleArn);
  return role && `arn:${role.partition}:sts::${role.account}:assumed-role/${role.name}/${workspaceId}`;
}

/** What the pool's owner has to set up: https://docs.cloud.google.com/iam/docs/workload-identity-federation-with-other-clouds */
export function federationTrust(federationRoleArn: string, owner: KeyOwner): JsonObject | null {
  const subject = federatedSubject(federationRoleArn, owner);
  const account = readRoleArn(federationRoleArn)?.account;
  if (subject === null || account === undefined) return null;
  return {
    aws_account_id: account,
    subject,
    attribute_mapping: { 'google.subject': 'assertion.arn' },
    attribute_condition: `assertion.arn == '${subject}'`,
    member: `principal://iam.googleapis.com/projects/<projectNumber>/locations/global/workloadIdentityPools/<poolId>/subject/${subject}`,
  };
}
