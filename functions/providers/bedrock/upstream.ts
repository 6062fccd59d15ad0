import { Refusal, refusalFailure } from '../../core/chat/refusal.ts';
import type { Failure } from '../../core/routing/failure.ts';
import type { Prepared, Upstream, UpstreamCall, UpstreamResult } from '../../core/routing/upstream.ts';
import { createImageFetch, type ImageFetch } from '../../transport/image-fetch.ts';
import type { StsSettings } from '../sessions/assume-role.ts';
import { type Connect, createConnections } from './connection/client.ts';
import { type BedrockCredential, isRegion, readShortTermKey } from './connection/credential.ts';
import { modelOfProfile } from './connection/inference-profile.ts';
import type { RoleSettings } from './connection/role.ts';
import { createRoleSessions } from './connection/role-sessions.ts';
import { CallRefused, inSession } from './connection/session-call.ts';
import { prepareConverse } from './converse-lane.ts';
import { isNative, prepareCount } from './count-lane.ts';
import { prepareEmbed } from './embed-lane.ts';
import type { ErrorContext } from './errors/error-rules.ts';
import { toFailure } from './errors/errors.ts';
import { prepareMessages } from './messages-lane.ts';

export interface BedrockUpstreamSettings {
  /** Null: the SDK's own endpoint of the region. */
  endpoint: string | null;
  /** Null: the SDK's own control plane, unless `endpoint` says that models are called elsewhere: then nobody is asked. */
  controlEndpoint?: string | null;
  defaultRegion: string;
  /** How roles of tenants are assumed; absent: not at all. */
  roles?: RoleSettings & StsSettings;
  /** How pictures behind addresses are fetched; tests put their own in. */
  fetchImage?: ImageFetch;
}

/**
 * AWS Bedrock: Claude behind its own door through InvokeModel, everything else through Converse, embeddings through
 * InvokeModel.
 */
export function createBedrockUpstream({
  endpoint,
  controlEndpoint = null,
  defaultRegion,
  roles = { endpoint: null, region: defaultRegion, principalArn: null, ownAccountRoles: false },
  fetchImage = createImageFetch(),
}: BedrockUpstreamSettings): Upstream {
  const connections = createConnections({ runtime: endpoint, control: controlEndpoint });
  const sessions = createRoleSessions(roles);

  return {
    async prepare(call) {
      const credential = call.credential.reveal() as BedrockCredential;
      const region = call.region ?? defaultRegion;
      const context: ErrorContext = {
        region,
        model: call.model,
        credential: kindOfCredential(credential),
        providerRequestId: null,
      };
      const unusable = refuseUnusable(credential, region);
      if (unusable !== null) return { type: 'failure', failure: unusable };
      try {
        if (!('roleArn' in credential)) {
          const connect = () => connections.get(credential, call.credentialKey, region);
          return guarded(await prepareCall(call, fetchImage, connect, context), context);
        }
        const { connect, again } = inSession(call, region, sessions, connections);
        return again(guarded(await prepareCall(call, fetchImage, connect, context), context));
      } catch (error) {
        return failed(error, context);
      }
    },

    async modelBehind(call) {
      const { model, credentialKey, signal } = call;
      const credential = call.credential.reveal() as BedrockCredential;
      const region = call.region ?? defaultRegion;
      const elsewhere = endpoint !== null && controlEndpoint === null;
      if (elsewhere || !profile.test(model) || refuseUnusable(credential, region) !== null) return null;
      const connection = await ('roleArn' in credential
        ? inSession(call, region, sessions, connections).connect(signal)
        : connections.get(credential, credentialKey, region));
      return modelOfProfile(await connection.inferenceProfile(model, signal));
    },
  };
}

/** The others that hide their model have operations of their own, which need permissions of their own: their keys say what is behind them. */
const profile = /^arn:[^:]*:bedrock:[^:]*:[^:]*:application-inference-profile\/[\w.:-]+$/;

async function prepareCall(
  call: UpstreamCall,
  fetchImage: ImageFetch,
  connect: Connect,
  context: ErrorContext,
): Promise<Prepared> {
  const { door, operation } = call;
  if (operation === 'embed') return prepareEmbed(call, connect);
  if (door === null) throw new Refusal('model', 'Bedrock needs to know in what format it is to answer.');
  if (operation === 'count') return prepareCount(call, door, fetchImage, connect);
  return isNative(door, call)
    ? prepareMessages(call, door, fetchImage, connect, context)
    : prepareConverse(call, door, fetchImage, connect, context);
}

/** The port promises that nothing is ever thrown. */
function guarded(prepared: Prepared, context: ErrorContext): Prepared {
  if (prepared.type !== 'ready') return prepared;
  return {
    ...prepared,
    send: (signal) => prepared.send(signal).catch((error: unknown): UpstreamResult => failed(error, context)),
  };
}

function failed(error: unknown, context: ErrorContext): { type: 'failure'; failure: Failure } {
  if (error instanceof CallRefused) return { type: 'failure', failure: error.failure };
  return { type: 'failure', failure: error instanceof Refusal ? refusalFailure(error) : toFailure(error, context) };
}

function kindOfCredential(credential: BedrockCredential): ErrorContext['credential'] {
  if ('ambient' in credential) return 'role';
  if ('roleArn' in credential) return 'assumed_role';
  return 'apiKey' in credential ? 'api_key' : 'aws_credentials';
}

/**
 * What can be known without asking. A key that looks alive may still be dead: the session that signed it may have
 * ended.
 */
function refuseUnusable(credential: BedrockCredential, region: string): Failure | null {
  const local = { kind: 'credential', status: null, code: null, providerRequestId: null, local: true } as const;
  if (!isRegion(region))
    return { ...local, message: 'The region of this credential is not the name of an AWS region.' };
  const shortTerm = 'apiKey' in credential ? readShortTermKey(credential.apiKey) : null;
  if (shortTerm === null || shortTerm.expiresAt > Date.now()) return null;
  const at = new Date(shortTerm.expiresAt).toISOString();
  return {
    ...local,
    code: 'ExpiredTokenException',
    message: `The short-term Bedrock API key expired at ${at}.`,
    hint: `This short-term Bedrock API key expired at ${at}: store a new one, or a long-term key.`,
  };
}
