import type { components } from './api-schema.ts';

export type ErrorBody = components['schemas']['Error'];
type Details = ErrorBody['error'];

/** The gateway said no (docs/errors.md). `message` is its own sentence, for people. */
export class ApiError extends Error {
  override readonly name = 'ApiError';
  readonly status: number;
  /** Null when the answer was not the gateway's own: a proxy, API Gateway itself, another program at this address. */
  readonly details: Details | null;
  /** `req_…`; null when the answer has none. */
  readonly requestId: string | null;

  constructor(status: number, details: Details | null, requestId: string | null) {
    super(details?.message ?? `The answer has status ${status}, and is not one of Keyway.`);
    this.status = status;
    this.details = details;
    this.requestId = requestId;
  }

  get code(): string | null {
    return this.details?.code ?? null;
  }

  get hint(): string | null {
    return this.details?.hint ?? null;
  }

  /** The field at fault. */
  get param(): string | null {
    return this.details?.param ?? null;
  }
}

/** Nobody answered: no network, a wrong address, a gateway that does not run. */
export class Unreachable extends Error {
  override readonly name = 'Unreachable';

  constructor(baseUrl: string, cause: unknown) {
    super(`No gateway answers at ${baseUrl}.`, { cause });
  }
}

/** Reads the error of an answer that is not ok; never rejects. */
export async function readApiError(response: Response): Promise<ApiError> {
  const requestId = response.headers.get('x-request-id');
  const body: unknown = await response.json().catch(() => null);
  return isErrorBody(body)
    ? new ApiError(response.status, body.error, body.request_id ?? requestId)
    : new ApiError(response.status, null, requestId);
}

function isErrorBody(body: unknown): body is ErrorBody {
  if (typeof body !== 'object' || body === null || !('error' in body)) return false;
  const { error } = body;
  return typeof error === 'object' && error !== null && 'message' in error && typeof error.message === 'string';
}
