import { AwsClient } from 'google-auth-library/build/src/auth/awsclient.js';
import { isObject, type JsonObject, parseJson } from '../../../core/json.ts';
import type { Failure } from '../../../core/routing/failure.ts';
import type { UpstreamCall } from '../../../core/routing/upstream.ts';
import { Secret } from '../../../core/secret.ts';
import { readText, send } from '../../../transport/http-client.ts';
import { type AssumeRole, createAssumeRole } from '../../sessions/assume-role.ts';
import type { Obtain } from '../../sessions/kept.ts';
import type { Place } from '../errors/error-rules.ts';
import { readBreak, readNonsense, readTokenRefusal } from '../errors/errors.ts';
import { headersOf } from '../errors/headers.ts';
import { federationRules } from '../errors/token-rules.ts';
import { federatedSubject } from './federated-form.ts';
import type { Federation } from './federation-settings.ts';

const scope = 'https://www.googleapis.com/auth/cloud-platform';
const answerLimit = 1024 * 1024;

/** One client of AWS STS for each gateway in the process. */
const assumers = new WeakMap<Federation, AssumeRole>();

/**
 * A session of the gateway's federation role for a Google token, and that for one of a service account where the key names one.
 * The signed request that proves the session names the pool's provider, too: it is of no use elsewhere.
 */
export async function federate(
  settings: Federation | null,
  credential: JsonObject,
  authenticated: UpstreamCall['authenticated'],
  place: Place,
  signal: AbortSignal,
): ReturnType<Obtain<string>> {
  const { workspaceId, projectNumber, poolId, providerId, serviceAccountEmail } = credential;
  const roleArn = settings?.roleArn ?? null;
  if (settings === null || roleArn === null)
    return { failure: refused('The operator of this gateway has not set up workload identity federation.') };
  // A platform secret has no owner.
  if (typeof workspaceId !== 'string')
    return { failure: refused('Workload identity federation is for provider keys alone.') };
  const assume = assumers.get(settings) ?? createAssumeRole(settings);
  assumers.set(settings, assume);
  const session = await assume({ roleArn, sessionName: workspaceId })(signal);
  if ('failure' in session)
    return session.failure.kind === 'permission' ? { failure: ownRole(session.failure) } : session;
  for (const lent of [session.value.secretAccessKey, session.value.sessionToken]) authenticated(new Secret(lent));

  const audience = `//iam.googleapis.com/projects/${projectNumber}/locations/global/workloadIdentityPools/${poolId}/providers/${providerId}`;
  const subject = federatedSubject(roleArn, { workspaceId }) ?? '';
  const asked = { place, signal, subject };
  const form = new URLSearchParams({
    grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
    audience,
    scope,
    requested_token_type: 'urn:ietf:params:oauth:token-type:access_token',
    subject_token_type: 'urn:ietf:params:aws:token-type:aws4_request',
    subject_token: await subjectToken(audience, settings.region, session.value),
  });
  const headers = { 'content-type': 'application/x-www-form-urlencoded', accept: 'application/json' };
  const federated = await post(settings.exchangeUrl, headers, form.toString(), asked);
  if ('failure' in federated) return federated;
  const { access_token: token, expires_in: seconds } = federated.body;
  if (!isToken(token)) return { failure: readNonsense(200) };
  authenticated(new Secret(token));
  if (typeof serviceAccountEmail !== 'string')
    return { value: token, lifetimeMs: (Number(seconds) > 0 ? Number(seconds) : 3600) * 1000 };

  const url = `${settings.credentialsUrl}/v1/projects/-/serviceAccounts/${encodeURIComponent(serviceAccountEmail)}:generateAccessToken`;
  const authorized = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
  const lent = await post(url, authorized, JSON.stringify({ scope: [scope], lifetime: '3600s' }), asked);
  if ('failure' in lent) return lent;
  const lifetimeMs = Date.parse(String(lent.body.expireTime)) - Date.now();
  return isToken(lent.body.accessToken) && lifetimeMs > 0
    ? { value: lent.body.accessToken, lifetimeMs }
    : { failure: readNonsense(200) };
}

/** A signed GetCallerIdentity, which Google makes in our name, by Google's own client. It calls nobody: region and credentials are given. */
function subjectToken(
  audience: string,
  region: string,
  {
    accessKeyId,
    secretAccessKey,
    sessionToken,
  }: { accessKeyId: string; secretAccessKey: string; sessionToken: string },
): Promise<string> {
  const client = new AwsClient({
    type: 'external_account',
    audience,
    subject_token_type: 'urn:ietf:params:aws:token-type:aws4_request',
    aws_security_credentials_supplier: {
      getAwsRegion: async () => region,
      getAwsSecurityCredentials: async () => ({ accessKeyId, secretAccessKey, token: sessionToken }),
    },
  });
  return client.retrieveSubjectToken();
}

async function post(
  url: string,
  headers: Record<string, string>,
  body: string,
  { place, signal, subject }: { place: Place; signal: AbortSignal; subject: string },
): Promise<{ body: JsonObject } | { failure: Failure }> {
  try {
    const answer = await send(new URL(url), 'POST', headers, body, signal);
    const text = await readText(answer.body, answerLimit);
    const refusal = { status: answer.status, text, headers: headersOf(answer.headers) };
    if (answer.status !== 200) return { failure: readTokenRefusal(refusal, place, federationRules(subject)) };
    const parsed = parseJson(text);
    return isObject(parsed) ? { body: parsed } : { failure: readNonsense(200) };
  } catch (error) {
    return { failure: readBreak(error, signal) };
  }
}

/** It goes into a header: anything but visible ASCII is no token. */
function isToken(value: unknown): value is string {
  return typeof value === 'string' && /^[\x21-\x7e]+$/.test(value);
}

function refused(message: string): Failure {
  return { kind: 'permission', status: null, code: null, message, hint: message, providerRequestId: null, local: true };
}

/** That the gateway may not assume its own role is nothing that the key's owner can mend. */
function ownRole(failure: Failure): Failure {
  const hint = 'The gateway may not assume its own federation role: its operator must look.';
  return { ...failure, kind: 'overloaded', hint };
}
