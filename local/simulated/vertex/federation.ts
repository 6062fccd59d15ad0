import type { ServerResponse } from 'node:http';
import { isObject, type JsonObject, parseJson } from '../../../functions/core/json.ts';
import { sessionOf } from '../aws-sts.ts';
import { isSignedWith, readSignature } from '../bedrock/aws-signature.ts';
import type { SimulatedHandler } from '../server.ts';
import { accountOfToken, issueToken } from './google-token.ts';

/** The subject that the attribute condition of each pool's provider accepts. */
const accepted = new Map<string, string>();

/**
 * Google's Security Token Service for AWS (https://docs.cloud.google.com/iam/docs/reference/sts/rest/v1/TopLevel/token): checks the
 * signed GetCallerIdentity against the simulated STS. A pool whose condition nobody wrote accepts the first subject that comes.
 */
export const simulateGoogleSts: SimulatedHandler = (_request, body, response) => {
  const form = new URLSearchParams(body.toString());
  const audience = form.get('audience') ?? '';
  const [, poolId = ''] =
    /^\/\/iam\.googleapis\.com\/projects\/\d+\/locations\/global\/workloadIdentityPools\/([a-z0-9-]+)\/providers\/[a-z0-9-]+$/.exec(
      audience,
    ) ?? [];
  if (form.get('grant_type') !== 'urn:ietf:params:oauth:grant-type:token-exchange')
    return refuse(response, 'unsupported_grant_type', 'Invalid grant_type');
  if (poolId === '' || poolId.includes('invalid')) {
    const message =
      'The target service indicated by the "audience" parameters is invalid. This might either be because the pool or provider is disabled or deleted or because it doesn\'t exist.';
    return refuse(response, 'invalid_target', message);
  }
  const subject = readSubject(form.get('subject_token') ?? '', audience);
  if (subject === null) return refuse(response, 'invalid_grant', 'Received invalid AWS request.');
  if (!accepted.has(audience)) accepted.set(audience, subject);
  if (accepted.get(audience) !== subject)
    return refuse(response, 'unauthorized_client', 'The given credential is rejected by the attribute condition.');
  answer(response, 200, {
    access_token: issueToken(`${poolId}@federated`),
    issued_token_type: 'urn:ietf:params:oauth:token-type:access_token',
    token_type: 'Bearer',
    expires_in: 3599,
  });
};

/** Who signed the request inside of the token, by the simulated STS; null: nobody, or for another audience. */
function readSubject(token: string, audience: string): string | null {
  const asked = parseJson(decodeURIComponent(token));
  if (!isObject(asked) || !Array.isArray(asked.headers)) return null;
  const headers = Object.fromEntries(
    asked.headers.filter(isObject).map(({ key, value }) => [String(key).toLowerCase(), String(value)]),
  );
  const signature = readSignature(headers.authorization ?? '');
  const session = signature && sessionOf(signature.accessKeyId);
  const url = URL.parse(String(asked.url));
  if (!session || url === null || headers['x-goog-cloud-target-resource'] !== audience) return null;
  if (headers['x-amz-security-token'] !== session.sessionToken || session.expiresAt < Date.now()) return null;
  const request = { method: String(asked.method), url: url.pathname + url.search, headers, body: new Uint8Array() };
  return isSignedWith(request, signature, session.secretAccessKey) ? session.arn : null;
}

/** https://docs.cloud.google.com/iam/docs/reference/credentials/rest/v1/projects.serviceAccounts/generateAccessToken */
export const simulateIamCredentials: SimulatedHandler = (request, _body, response) => {
  const [, email = ''] =
    /^\/v1\/projects\/-\/serviceAccounts\/([^/:]+):generateAccessToken$/.exec(request.url ?? '') ?? [];
  const caller = accountOfToken(request.headers.authorization);
  const account = decodeURIComponent(email);
  if (!caller?.endsWith('@federated') || account === '' || account.includes('unbound')) {
    const message = "Permission 'iam.serviceAccounts.getAccessToken' denied on resource (or it may not exist).";
    return answer(response, 403, { error: { code: 403, message, status: 'PERMISSION_DENIED' } });
  }
  const expireTime = new Date(Date.now() + 3_599_000).toISOString();
  answer(response, 200, { accessToken: issueToken(account), expireTime });
};

function refuse(response: ServerResponse, error: string, description: string): void {
  answer(response, error === 'unauthorized_client' ? 401 : 400, { error, error_description: description });
}

function answer(response: ServerResponse, status: number, body: JsonObject): void {
  response.writeHead(status, { 'content-type': 'application/json; charset=utf-8' }).end(JSON.stringify(body));
}
