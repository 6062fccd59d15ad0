import type { AssumeRoleCommandInput, AssumeRoleCommandOutput } from '@aws-sdk/client-sts';
import type { Failure, FailureKind } from '../../core/routing/failure.ts';
import type { Obtain } from './kept.ts';

/** Credentials that last until the session of an assumed role ends. */
export interface RoleSession {
  accessKeyId: string;
  secretAccessKey: string;
  sessionToken: string;
}

export interface RoleWish {
  roleArn: string;
  /** 2 to 64 of `[\w+=,.@-]`; CloudTrail and trust policies see it. */
  sessionName: string;
  /** Absent: only for a role of the gateway's own. */
  externalId?: string;
  /** What the session may do at most, whatever the role may. */
  policy?: object;
}

export interface StsSettings {
  /** Null: the SDK's own endpoint of the region. */
  endpoint: string | null;
  /** The gateway's own. A session of a region's endpoint holds in all regions. */
  region: string;
}

/** The longest that a role may be assumed for by a session, such as the function's own (docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html). */
const longestSeconds = 3600;

export type AssumeRole = (wish: RoleWish) => Obtain<RoleSession>;

/**
 * Assumes roles with the function's own credentials. A role of a tenant's that refuses fails as `permission`; what is wrong with
 * STS or with the gateway's own credentials is nothing that the tenant's key is to blame for.
 */
export function createAssumeRole(settings: StsSettings): AssumeRole {
  let connected: Promise<Call> | null = null;
  return (wish) => async (signal) => {
    connected ??= connect(settings);
    try {
      const call = await connected;
      const { Credentials: given } = await call(inputOf(wish), signal);
      const { AccessKeyId: accessKeyId, SecretAccessKey: secretAccessKey, SessionToken: sessionToken } = given ?? {};
      const lifetimeMs = (given?.Expiration?.getTime() ?? Number.NaN) - Date.now();
      if (!accessKeyId || !secretAccessKey || !sessionToken || !(lifetimeMs > 0))
        return { failure: failed('overloaded', 'AWS STS answered with something that is no session.') };
      return { value: { accessKeyId, secretAccessKey, sessionToken }, lifetimeMs };
    } catch (error) {
      return { failure: readError(error, signal) };
    }
  };
}

type Call = (input: AssumeRoleCommandInput, signal: AbortSignal) => Promise<AssumeRoleCommandOutput>;

/** Only a process that assumes a role pays for the client. */
async function connect({ endpoint, region }: StsSettings): Promise<Call> {
  const { STSClient, AssumeRoleCommand } = await import('@aws-sdk/client-sts');
  const client = new STSClient({ region, maxAttempts: 2, ...(endpoint !== null && { endpoint }) });
  return (input, abortSignal) => client.send(new AssumeRoleCommand(input), { abortSignal });
}

function inputOf({ roleArn, sessionName, externalId, policy }: RoleWish): AssumeRoleCommandInput {
  return {
    RoleArn: roleArn,
    RoleSessionName: sessionName,
    DurationSeconds: longestSeconds,
    ...(externalId !== undefined && { ExternalId: externalId }),
    ...(policy && { Policy: JSON.stringify(policy) }),
  };
}

/** docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html#API_AssumeRole_Errors and …/CommonErrors.html. */
function readError(error: unknown, signal: AbortSignal): Failure {
  const { name, message, $metadata } = (error ?? {}) as {
    name?: unknown;
    message?: unknown;
    $metadata?: { httpStatusCode?: number; requestId?: string };
  };
  const status = $metadata?.httpStatusCode ?? null;
  if (signal.aborted) return failed('cancelled', 'The call was ended.');
  if (status === null && !/CredentialsProviderError/.test(String(name)))
    return failed('network', 'The connection to AWS STS failed.');
  const words = typeof message === 'string' && message !== '' ? message : `AWS STS answered with status ${status}.`;
  const kind = status === null ? 'overloaded' : kindOf(String(name), status);
  return {
    ...failed(kind, words.slice(0, 1000)),
    ...(isOwnFault(String(name)) && {
      hint: "AWS did not take the gateway's own credentials: its operator must look.",
    }),
    status,
    code: typeof name === 'string' ? name : null,
    providerRequestId: $metadata?.requestId ?? null,
  };
}

function kindOf(name: string, status: number): FailureKind {
  if (/^(?:AccessDenied|ValidationError|RegionDisabled)/.test(name)) return 'permission';
  // Throttled are the calls of the gateway, and refused its own credentials: neither is the key's fault.
  return status === 403 && !isOwnFault(name) ? 'permission' : 'overloaded';
}

function isOwnFault(name: string): boolean {
  return /^(?:ExpiredToken|InvalidClientTokenId|SignatureDoesNotMatch|UnrecognizedClient|CredentialsProviderError|MissingAuth|IncompleteSignature)/.test(
    name,
  );
}

function failed(kind: FailureKind, message: string): Failure {
  return { kind, status: null, code: null, message, providerRequestId: null };
}
