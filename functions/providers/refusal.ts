import type { Failure } from '../core/routing/failure.ts';

/** A request that cannot be said in the provider's language without changing its meaning. No call is made. */
export class Refusal extends Error {
  readonly param: string;

  constructor(param: string, message: string) {
    super(message);
    this.param = param;
  }
}

export function refuse(param: string, message: string): never {
  throw new Refusal(param, message);
}

export function refusalFailure(refusal: Refusal): Failure {
  return {
    kind: 'bad_request',
    status: null,
    code: null,
    message: refusal.message,
    param: refusal.param,
    providerRequestId: null,
    local: true,
  };
}
