import type { Failure } from '../routing/failure.ts';

/**
 * A request that cannot be said in the provider's language without changing its meaning, or that makes no sense in the door's
 * own. No call is made. `unprocessable`: told as 422 `validation_error` instead of 400 `invalid_request`.
 */
export class Refusal extends Error {
  readonly param: string;
  readonly unprocessable: boolean;
  readonly hint: string | undefined;

  constructor(param: string, message: string, more: { unprocessable?: boolean; hint?: string } = {}) {
    super(message);
    this.param = param;
    this.unprocessable = more.unprocessable ?? false;
    this.hint = more.hint;
  }
}

export function refuse(param: string, message: string, more?: { unprocessable?: boolean; hint?: string }): never {
  throw new Refusal(param, message, more);
}

export function refusalFailure(refusal: Refusal): Failure {
  return {
    kind: 'bad_request',
    status: null,
    code: null,
    message: refusal.message,
    param: refusal.param,
    ...(refusal.hint !== undefined && { hint: refusal.hint }),
    ...(refusal.unprocessable && { unprocessable: true }),
    providerRequestId: null,
    local: true,
  };
}
