import type { IncomingMessage } from 'node:http';
import { sessionOf } from '../aws-sts.ts';
import { isSignedWith, readSignature, sign } from './aws-signature.ts';

/** The one secret of every simulated IAM pair, whose access key ids begin with AKIASIMKEYWAY or, with a session, ASIASIMKEYWAY. */
export const simulatedSecretAccessKey = 'sim-secret-access-key-for-keyway-local';

/** A simulated long-term API key: any user whose name begins with `sim-` has one. */
export function simulatedApiKey(user = 'sim-demo'): string {
  return `ABSK${Buffer.from(`${user}-at-000000000000:not-a-real-secret`).toString('base64')}`;
}

/** A simulated short-term API key, a presigned URL in base64 as the real ones are (npm: @aws/bedrock-token-generator). */
export function simulatedShortTermKey(
  region: string,
  signedAt: Date,
  seconds = 43_200,
  accessKeyId = 'ASIASIMKEYWAYDEMO001',
): string {
  const amzDate = signedAt.toISOString().replace(/[-:]|\.\d+/g, '');
  const query = [
    'Action=CallWithBearerToken',
    'X-Amz-Algorithm=AWS4-HMAC-SHA256',
    `X-Amz-Credential=${encodeURIComponent(`${accessKeyId}/${amzDate.slice(0, 8)}/${region}/bedrock/aws4_request`)}`,
    `X-Amz-Date=${amzDate}`,
    `X-Amz-Expires=${seconds}`,
    'X-Amz-SignedHeaders=host',
  ].join('&');
  const signature = signShortTerm(query, accessKeyId, amzDate, region);
  return `bedrock-api-key-${Buffer.from(`bedrock.amazonaws.com/?${query}&X-Amz-Signature=${signature}&Version=1`).toString('base64')}`;
}

/** For the banner and the README: what to paste, and what happens then. */
export const simulatedBedrockCredentials: { credential: string | Record<string, string>; does: string }[] = [
  { credential: simulatedApiKey(), does: 'works (any key whose user begins with sim-)' },
  {
    credential: { accessKeyId: 'AKIASIMKEYWAYDEMO001', secretAccessKey: simulatedSecretAccessKey, region: 'us-east-1' },
    does: 'works (any id that begins with AKIASIMKEYWAY)',
  },
  { credential: simulatedApiKey('sim-invalid'), does: 'is refused as invalid' },
  { credential: simulatedApiKey('sim-denied'), does: 'lacks the permission' },
  { credential: simulatedApiKey('sim-ratelimited'), does: 'is throttled' },
  { credential: simulatedApiKey('sim-quota'), does: 'has used up its quota' },
  { credential: simulatedApiKey('sim-overloaded'), does: 'meets an overloaded service' },
  { credential: simulatedApiKey('sim-slow'), does: 'gets no answer' },
  { credential: simulatedApiKey('sim-cut'), does: 'has its answers cut in the middle' },
];

/** Who calls, as far as the simulation cares: a name that may say how to fail; or why the call is refused. */
export type Identified = { name: string } | { exception: string; message: string };

const wrongApiKey = {
  exception: 'AccessDeniedException',
  message: 'Authentication failed: Please make sure your API Key is valid.',
};

/** Checks the bearer key or recomputes the signature. `prefix` is the path before `/model` that the caller signed, too. */
export function identify(request: IncomingMessage, body: Buffer, prefix: string, now: Date): Identified {
  const authorization = request.headers.authorization ?? '';
  if (authorization.startsWith('Bearer ')) return identifyApiKey(authorization.slice('Bearer '.length), now);
  const signature = readSignature(authorization);
  if (signature === null)
    return { exception: 'MissingAuthenticationTokenException', message: 'Missing Authentication Token' };
  if (!/^A[KS]IASIMKEYWAY/.test(signature.accessKeyId))
    return {
      exception: 'UnrecognizedClientException',
      message: 'The security token included in the request is invalid.',
    };
  if (signature.accessKeyId.startsWith('ASIA') && request.headers['x-amz-security-token'] === undefined) {
    return {
      exception: 'UnrecognizedClientException',
      message: 'The security token included in the request is invalid.',
    };
  }
  const session = sessionOf(signature.accessKeyId);
  if (session && request.headers['x-amz-security-token'] !== session.sessionToken)
    return {
      exception: 'UnrecognizedClientException',
      message: 'The security token included in the request is invalid.',
    };
  if (session && session.expiresAt < now.getTime())
    return { exception: 'ExpiredTokenException', message: 'The security token included in the request is expired' };
  const date = Date.parse(
    String(request.headers['x-amz-date']).replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, '$1-$2-$3T$4:$5:$6Z'),
  );
  if (!(Math.abs(now.getTime() - date) < 5 * 60_000))
    return { exception: 'InvalidSignatureException', message: 'Signature expired.' };
  const url = request.url ?? '';
  const signed = [url, prefix + url].some((candidate) =>
    isSignedWith(
      { method: request.method ?? '', url: candidate, headers: request.headers, body },
      signature,
      session?.secretAccessKey ?? simulatedSecretAccessKey,
    ),
  );
  if (!signed || signature.service !== 'bedrock') {
    return {
      exception: 'InvalidSignatureException',
      message:
        'The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method.',
    };
  }
  return { name: session?.role ?? signature.accessKeyId };
}

function identifyApiKey(key: string, now: Date): Identified {
  if (key.startsWith('ABSK')) {
    const [user = ''] = Buffer.from(key.slice('ABSK'.length), 'base64').toString().split(':');
    return user.startsWith('sim-') ? { name: user } : wrongApiKey;
  }
  if (!key.startsWith('bedrock-api-key-'))
    return {
      exception: 'AccessDeniedException',
      message: 'Invalid API Key format: Must start with pre-defined prefix',
    };
  const query = Buffer.from(key.slice('bedrock-api-key-'.length), 'base64').toString().split('?')[1] ?? '';
  const fields = new URLSearchParams(query);
  const [accessKeyId = '', , region = ''] = (fields.get('X-Amz-Credential') ?? '').split('/');
  const amzDate = fields.get('X-Amz-Date') ?? '';
  const unsigned = query.replace(/&X-Amz-Signature=.*$/, '');
  if (
    !accessKeyId.startsWith('ASIASIMKEYWAY') ||
    signShortTerm(unsigned, accessKeyId, amzDate, region) !== fields.get('X-Amz-Signature')
  )
    return wrongApiKey;
  const signedAt = Date.parse(amzDate.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, '$1-$2-$3T$4:$5:$6Z'));
  if (signedAt + Number(fields.get('X-Amz-Expires')) * 1000 < now.getTime())
    return { exception: 'AccessDeniedException', message: 'Bearer Token has expired' };
  return { name: accessKeyId };
}

function signShortTerm(query: string, accessKeyId: string, amzDate: string, region: string): string {
  const request = {
    method: 'POST',
    url: `/?${query}`,
    headers: { host: 'bedrock.amazonaws.com' },
    body: new Uint8Array(),
  };
  return sign(
    request,
    { accessKeyId, date: amzDate.slice(0, 8), region, service: 'bedrock', signedHeaders: ['host'] },
    amzDate,
    simulatedSecretAccessKey,
  ).toString('hex');
}
