import {
  createPrivateKey,
  createPublicKey,
  createVerify,
  generateKeyPairSync,
  type KeyObject,
  randomBytes,
} from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { isObject, type JsonObject, parseJson } from '../../../functions/core/json.ts';

const publicAudience = 'https://oauth2.googleapis.com/token';
const scope = 'https://www.googleapis.com/auth/cloud-platform';
const project = 'keyway-simulated';

const trusted: KeyObject[] = [];
const tokens = new Map<string, { email: string; expiresAt: number }>();
let ownKey: KeyObject | null = null;

/**
 * The JSON of a service account that works against the simulated Google, and nowhere else. All accounts of one process share
 * a key pair, so the address may be edited afterwards: `denied@…` fails in its own way (see `simulatedVertexFailures`).
 */
export function simulatedServiceAccount(name = 'newcomer'): Record<string, string> {
  if (ownKey === null) {
    ownKey = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey;
    trusted.push(createPublicKey(ownKey));
  }
  return {
    type: 'service_account',
    project_id: project,
    private_key_id: '0000000000000000000000000000000000000000',
    private_key: ownKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    client_email: `${name}@${project}.iam.gserviceaccount.com`,
    client_id: '100000000000000000000',
    token_uri: publicAudience,
    universe_domain: 'googleapis.com',
  };
}

/** Makes an account of an earlier process work again: keys stored in the data folder outlive the process. */
export function trustServiceAccount(account: { private_key: string }): void {
  trusted.push(createPublicKey(createPrivateKey(account.private_key)));
}

/** The address of the account that an access token belongs to; null for tokens that are unknown or expired. */
export function accountOfToken(authorization: string | undefined): string | null {
  const known = tokens.get(/^Bearer (.+)$/.exec(authorization ?? '')?.[1] ?? '');
  return known && Date.now() < known.expiresAt ? known.email : null;
}

/** An access token for an account, good for an hour. */
export function issueToken(email: string): string {
  const token = `ya29.simulated-${randomBytes(32).toString('base64url')}`;
  tokens.set(token, { email, expiresAt: Date.now() + 3_599_000 });
  return token;
}

/** Google's token endpoint: checks the signed assertion as the real one does, and hands out an access token. */
export function simulateGoogleToken(_request: IncomingMessage, body: Buffer, response: ServerResponse): void {
  const form = new URLSearchParams(body.toString());
  const refused =
    form.get('grant_type') === 'urn:ietf:params:oauth:grant-type:jwt-bearer'
      ? null
      : ['unsupported_grant_type', 'Invalid grant_type'];
  const assertion = readAssertion(form.get('assertion') ?? '');
  if (refused || 'problem' in assertion) {
    const [error, description] = refused ?? ['invalid_grant', 'problem' in assertion ? assertion.problem : ''];
    answer(response, 400, { error, error_description: description });
    return;
  }
  answer(response, 200, { access_token: issueToken(assertion.email), expires_in: 3599, token_type: 'Bearer' });
}

function answer(response: ServerResponse, status: number, body: JsonObject): void {
  response.writeHead(status, { 'content-type': 'application/json; charset=utf-8' }).end(JSON.stringify(body));
}

function readAssertion(assertion: string): { email: string } | { problem: string } {
  const [head = '', claims = '', signature = ''] = assertion.split('.');
  const header = decode(head);
  const payload = decode(claims);
  const now = Date.now() / 1000;
  const { iss, aud, iat, exp } = payload;
  if (header.alg !== 'RS256' || typeof iss !== 'string') return { problem: 'Invalid JWT: Failed audience check.' };
  if (/^[^@]*invalid/.test(iss)) return { problem: 'Invalid grant: account not found' };
  if (aud !== publicAudience)
    return { problem: 'Invalid JWT: Failed audience check. The right audience is https://oauth2.googleapis.com/token' };
  if (!String(payload.scope).split(' ').includes(scope))
    return { problem: 'Invalid OAuth scope or ID token audience provided.' };
  if (typeof iat !== 'number' || typeof exp !== 'number' || iat > now + 300 || exp < now || exp - iat > 3600) {
    return {
      problem:
        'Invalid JWT: Token must be a short-lived token (60 minutes) and in a reasonable timeframe. Check your iat and exp values in the JWT claim.',
    };
  }
  const signed = trusted.some((key) =>
    createVerify('RSA-SHA256').update(`${head}.${claims}`).verify(key, signature, 'base64url'),
  );
  return signed ? { email: iss } : { problem: 'Invalid JWT Signature.' };
}

function decode(part: string): JsonObject {
  const value = parseJson(Buffer.from(part, 'base64url').toString());
  return isObject(value) ? value : {};
}
