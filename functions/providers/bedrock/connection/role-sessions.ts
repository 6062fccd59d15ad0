import type { Failure } from '../../../core/routing/failure.ts';
import type { UpstreamCall } from '../../../core/routing/upstream.ts';
import { Secret } from '../../../core/secret.ts';
import { createAssumeRole, type RoleSession, type StsSettings } from '../../sessions/assume-role.ts';
import { createKept } from '../../sessions/kept.ts';
import { type RoleCredential, type RoleSettings, roleProblem } from './role.ts';

/** What a session may do at most, whatever the role may: docs.aws.amazon.com/IAM/latest/UserGuide/access_policies.html#policies_session. */
const policy = {
  Version: '2012-10-17',
  Statement: [
    {
      Effect: 'Allow',
      Action: [
        'bedrock:InvokeModel',
        'bedrock:InvokeModelWithResponseStream',
        'bedrock:CountTokens',
        'bedrock:ApplyGuardrail',
        'bedrock:GetInferenceProfile',
      ],
      Resource: '*',
    },
  ],
};

/** What of a call a session is made from. */
export type RoleCall = Pick<UpstreamCall, 'credential' | 'credentialKey' | 'authenticated'>;

export interface RoleSessions {
  /** A session for the call's role, told to the call's redactor. Never rejects. */
  get(call: RoleCall, signal: AbortSignal): Promise<{ session: RoleSession; fresh: boolean } | { failure: Failure }>;
  drop(credentialKey: string, session: RoleSession): void;
}

/** Sessions of tenants' roles, kept until they end. */
export function createRoleSessions(settings: RoleSettings & StsSettings): RoleSessions {
  const kept = createKept<RoleSession>();
  const assume = createAssumeRole(settings);
  return {
    async get({ credential, credentialKey, authenticated }, signal) {
      const { roleArn, externalId, workspaceId } = credential.reveal() as RoleCredential;
      const problem = roleProblem(roleArn, settings);
      if (problem !== null) return { failure: refused(problem) };
      // A platform secret has no owner, and no external id.
      if (externalId === undefined || workspaceId === undefined)
        return { failure: refused('Roles are assumed for provider keys alone; the platform has a role of its own.') };
      const obtain = assume({ roleArn, sessionName: `keyway-${workspaceId}`, externalId, policy });
      const got = await kept.get(credentialKey, obtain, signal);
      if ('failure' in got) return { failure: withHint(got.failure, settings.principalArn) };
      authenticated(new Secret(got.value.secretAccessKey));
      authenticated(new Secret(got.value.sessionToken));
      return { session: got.value, fresh: got.fresh };
    },
    drop: kept.drop,
  };
}

function refused(message: string): Failure {
  return { kind: 'permission', status: null, code: null, message, hint: message, providerRequestId: null, local: true };
}

function withHint(failure: Failure, principal: string | null): Failure {
  if (failure.kind !== 'permission') return failure;
  const hint = `Check the trust policy of the role: it must name ${principal} and the external id of this key, as GET /v1/provider-keys/{id} shows them. The operator may limit how roles must be called.`;
  return { ...failure, hint };
}
