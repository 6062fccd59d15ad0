import { isObject, parseJson } from '../../../core/json.ts';
import { recogniseOverflow } from '../../../core/routing/context-overflow.ts';
import type { Failure } from '../../../core/routing/failure.ts';
import { wasRepeated } from '../../../transport/http-client.ts';
import { parseRetryAfter } from '../../../transport/retry-after.ts';
import { type ErrorContext, kindOf } from './error-rules.ts';

const networkCodes =
  /^(ECONN|ENOTFOUND|EAI_|EHOST|ENET|EPIPE|ETIMEDOUT|ESOCKET|ERR_STREAM_PREMATURE_CLOSE|ERR_TLS|CERT_|UND_ERR|HPE_|ERR_SSL|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO)/;

/** What parsers throw; every exception of the service has a name of its own. */
const builtIn = /^(Error|TypeError|RangeError|SyntaxError|GarbledAnswer)$/;

/** The failure behind whatever the SDK threw: an exception of the service, a broken connection, bytes that make no sense. */
export function toFailure(error: unknown, context: ErrorContext): Failure {
  const thrown = readError(error);
  const providerRequestId = thrown.requestId ?? context.providerRequestId;
  if (
    thrown.name === 'AbortError' ||
    thrown.name === 'TimeoutError' ||
    networkCodes.test(thrown.code ?? '') ||
    thrown.message === 'aborted'
  ) {
    return {
      kind: 'network',
      status: null,
      code: thrown.code ?? thrown.name,
      message: 'The connection to Bedrock failed.',
      providerRequestId,
      ...(wasRepeated(error) && { repeated: true }),
    };
  }
  if (builtIn.test(thrown.name)) {
    // A page of a proxy: its status still says something, its words do not.
    if (thrown.status !== null && thrown.status >= 400) {
      const message = `Bedrock's address answered HTTP ${thrown.status} with something that is not JSON.`;
      return {
        ...kindOf('', thrown.status, '', context),
        status: thrown.status,
        code: null,
        message,
        providerRequestId,
      };
    }
    // The SDK's event-stream decoder: a frame was cut or its checksum is wrong.
    if (!/Truncated event message|checksum|message length/i.test(thrown.message))
      return garbledFailure(null, providerRequestId);
    return {
      kind: 'network',
      status: null,
      code: null,
      message: 'The stream from Bedrock was damaged on its way.',
      providerRequestId,
    };
  }
  const { kind, modelOnly, hint } = kindOf(thrown.name, thrown.status, thrown.message, context);
  return recogniseOverflow({
    kind,
    status: thrown.status,
    code: thrown.name === 'Unknown' || thrown.name === '' ? null : thrown.name,
    message:
      thrown.message === '' || thrown.message === 'UnknownError'
        ? `Bedrock answered HTTP ${thrown.status ?? '?'}.`
        : thrown.message,
    ...(modelOnly && { modelOnly }),
    ...(hint !== undefined && { hint }),
    ...(thrown.retryAfterMs !== undefined && { retryAfterMs: thrown.retryAfterMs }),
    providerRequestId,
  });
}

/** An answer that came, but made no sense. */
export function garbledFailure(code: string | null, providerRequestId: string | null): Failure {
  return {
    kind: 'overloaded',
    status: null,
    code,
    message: 'Bedrock gave an answer that makes no sense.',
    garbled: true,
    providerRequestId,
  };
}

interface Thrown {
  name: string;
  code: string | null;
  message: string;
  status: number | null;
  requestId: string | null;
  retryAfterMs: number | undefined;
}

function readError(error: unknown): Thrown {
  const { name, code, message, $metadata, $response } = (error ?? {}) as {
    name?: unknown;
    code?: unknown;
    message?: unknown;
    $metadata?: { httpStatusCode?: number; requestId?: string };
    $response?: { headers?: Record<string, string | undefined> };
  };
  return {
    name: typeof name === 'string' ? name : '',
    code: typeof code === 'string' ? code : null,
    message: readMessage(message),
    status: $metadata?.httpStatusCode ?? null,
    // An exception in the first frame of a stream comes without metadata.
    requestId: $metadata?.requestId ?? $response?.headers?.['x-amzn-requestid'] ?? null,
    retryAfterMs: parseRetryAfter($response?.headers?.['retry-after'], Date.now()),
  };
}

/** An exception that the SDK has no shape for has its whole JSON body as message. */
function readMessage(message: unknown): string {
  if (typeof message !== 'string') return '';
  const body = message.startsWith('{') ? parseJson(message) : undefined;
  return isObject(body) && typeof body.message === 'string' ? body.message : message;
}
