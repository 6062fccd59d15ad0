import type { Failure } from '../../../core/routing/failure.ts';
import type { Prepared, UpstreamResult } from '../../../core/routing/upstream.ts';
import type { RoleSession } from '../../sessions/assume-role.ts';
import type { Connect, Connections } from './client.ts';
import type { RoleCall, RoleSessions } from './role-sessions.ts';

/** There is no credential to call with; nothing was sent to Bedrock. */
export class CallRefused extends Error {
  readonly failure: Failure;

  constructor(failure: Failure) {
    super(failure.message);
    this.failure = failure;
  }
}

/**
 * A call with a session of the credential's role. Bedrock may refuse one before its time (the owner has revoked the role's sessions):
 * then it is forgotten, and the call made once more with another one.
 */
export function inSession(call: RoleCall, region: string, sessions: RoleSessions, connections: Connections) {
  let used: { session: RoleSession; fresh: boolean } | null = null;

  const connect: Connect = async (signal) => {
    const got = await sessions.get(call, signal);
    if ('failure' in got) throw new CallRefused(got.failure);
    used = got;
    const { session } = got;
    return connections.get({ ...session, region }, `${call.credentialKey}/${session.accessKeyId}`, region);
  };

  const again = (prepared: Prepared): Prepared => {
    if (prepared.type !== 'ready') return prepared;
    return {
      ...prepared,
      async send(signal) {
        const result = await prepared.send(signal);
        const stale = takeStale(result);
        return stale && !signal.aborted ? prepared.send(signal) : result;
      },
    };
  };

  function takeStale(result: UpstreamResult): boolean {
    if (used === null || result.type !== 'failure' || result.failure.kind !== 'credential') return false;
    sessions.drop(call.credentialKey, used.session);
    // One that was made for this call will not get better.
    return !used.fresh;
  }

  return { connect, again };
}
