import { randomBytes, randomUUID } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import { readSignature } from './bedrock/aws-signature.ts';
import type { SimulatedHandler } from './server.ts';

/** Whom tenants' roles trust here, and the role that federates with the simulated Google. Both of an account that nobody has. */
export const simulatedPrincipal = 'arn:aws:iam::000000000000:role/keyway-simulated-inference';
export const simulatedFederationRole = 'arn:aws:iam::000000000000:role/keyway-simulated-federation';

/** A session of a role: what its credentials are, and whose they are. */
export interface SimulatedSession {
  secretAccessKey: string;
  sessionToken: string;
  /** `arn:aws:sts::<account>:assumed-role/<role>/<session>` */
  arn: string;
  role: string;
  expiresAt: number;
}

const sessions = new Map<string, SimulatedSession>();
/** The external id that the trust policy of each role asks for. */
const trusted = new Map<string, string>();

export function sessionOf(accessKeyId: string): SimulatedSession | undefined {
  return sessions.get(accessKeyId);
}

/** As when an owner revokes them: docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_use_revoke-sessions.html. */
export function endSessions(roleArn: string): void {
  const role = roleArn.slice(roleArn.lastIndexOf('/') + 1);
  for (const session of sessions.values()) if (session.role === role) session.expiresAt = 0;
}

/**
 * AssumeRole (docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html). A role whose trust policy nobody wrote trusts the first
 * external id that asks for it, and no other one; a role with `untrusted`, `throttled` or `failing` in its name answers so.
 */
export const simulateSts: SimulatedHandler = (request, body, response) => {
  const form = new URLSearchParams(body.toString());
  const [roleArn, sessionName, externalId] = ['RoleArn', 'RoleSessionName', 'ExternalId'].map((name) => form.get(name));
  const [, account = '', role = ''] = /^arn:aws:iam::(\d{12}):role\/(?:.*\/)?([\w+=,.@-]+)$/.exec(roleArn ?? '') ?? [];
  if (readSignature(request.headers.authorization ?? '')?.service !== 'sts')
    return refuse(response, 403, 'MissingAuthenticationToken', 'Request is missing Authentication Token');
  if (form.get('Action') !== 'AssumeRole' || role === '' || !/^[\w+=,.@-]{2,64}$/.test(sessionName ?? ''))
    return refuse(response, 400, 'ValidationError', 'The simulated STS serves AssumeRole.');
  if (role.includes('throttled')) return refuse(response, 400, 'Throttling', 'Rate exceeded');
  if (role.includes('failing')) return refuse(response, 500, 'InternalFailure', 'An internal error has occurred.');
  if (!isTrusting(String(roleArn), role, externalId ?? null)) {
    const message = `User: ${simulatedPrincipal}/simulated is not authorized to perform: sts:AssumeRole on resource: ${roleArn}`;
    return refuse(response, 403, 'AccessDenied', message);
  }
  const seconds = Number(form.get('DurationSeconds') ?? 3600);
  const accessKeyId = `ASIASIMKEYWAY${randomBytes(6).toString('hex').toUpperCase()}`;
  const session: SimulatedSession = {
    secretAccessKey: randomBytes(30).toString('base64'),
    sessionToken: randomBytes(60).toString('base64'),
    arn: `arn:aws:sts::${account}:assumed-role/${role}/${sessionName}`,
    role,
    expiresAt: Date.now() + seconds * 1000,
  };
  sessions.set(accessKeyId, session);
  const credentials = {
    AccessKeyId: accessKeyId,
    SecretAccessKey: session.secretAccessKey,
    SessionToken: session.sessionToken,
    Expiration: new Date(session.expiresAt).toISOString(),
  };
  const user = { Arn: session.arn, AssumedRoleId: `AROASIM:${sessionName}` };
  send(response, 200, 'AssumeRoleResponse', {
    AssumeRoleResult: { Credentials: credentials, AssumedRoleUser: user },
    ResponseMetadata: { RequestId: randomUUID() },
  });
};

function isTrusting(roleArn: string, role: string, externalId: string | null): boolean {
  if (roleArn === simulatedFederationRole) return externalId === null;
  if (externalId === null || role.includes('untrusted')) return false;
  if (!trusted.has(roleArn)) trusted.set(roleArn, externalId);
  return trusted.get(roleArn) === externalId;
}

function refuse(response: ServerResponse, status: number, Code: string, Message: string): void {
  send(response, status, 'ErrorResponse', { Error: { Type: 'Sender', Code, Message }, RequestId: randomUUID() });
}

type Element = { [name: string]: string | Element };

/** The Query protocol's XML (smithy.io/2.0/aws/protocols/aws-query-protocol.html). */
function send(response: ServerResponse, status: number, name: string, content: Element): void {
  const namespace = 'https://sts.amazonaws.com/doc/2011-06-15/';
  response.writeHead(status, { 'content-type': 'text/xml' });
  response.end(`<${name} xmlns="${namespace}">${write(content)}</${name}>`);
}

function write(content: string | Element): string {
  if (typeof content === 'string') return content.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
  return Object.entries(content)
    .map(([name, inner]) => `<${name}>${write(inner)}</${name}>`)
    .join('');
}
