/** An error that the local Secrets Manager answers: `type` is the exception's name in the API reference, `status` the HTTP status. */
export class ServiceError extends Error {
  readonly type: string;
  readonly status: number;

  constructor(type: string, message: string, status = 400) {
    super(message);
    this.type = type;
    this.status = status;
  }
}

export function invalid(message: string): ServiceError {
  return new ServiceError('InvalidParameterException', message);
}
