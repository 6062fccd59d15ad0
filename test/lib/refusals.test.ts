import { describe, expect, it } from 'vitest';
import { errorStatuses, GatewayError, toWire } from '../../functions/core/errors.ts';
import { refusals } from '../../lib/constructs/gateway-refusals.ts';
import { propertiesOf, synthesize } from './synthesize.ts';

const template = synthesize();

describe('what API Gateway answers by itself', () => {
  it.each(refusals.map((refusal) => ({ ...refusal, name: refusal.type.responseType })))(
    "$name has the gateway's error envelope and a request id",
    ({ name, status, error }) => {
      const found = propertiesOf(template, 'AWS::ApiGateway::GatewayResponse', { ResponseType: name });
      expect(found.ResponseParameters).toEqual({ 'gatewayresponse.header.x-request-id': 'context.requestId' });
      expect(found.StatusCode).toBe(status === undefined ? undefined : String(status));

      const code = error.code as keyof typeof errorStatuses;
      expect(Object.keys(errorStatuses)).toContain(code);
      if (status !== undefined) expect(errorStatuses[code]).toBe(status);
      const body = (found.ResponseTemplates as Record<string, string>)['application/json'] ?? '';
      expect(JSON.parse(body)).toEqual(toWire(new GatewayError(code, error.message), '$context.requestId'));
    },
  );

  it('covers what is refused before a function is asked', () => {
    const types = refusals.map(({ type }) => type.responseType);
    expect(types).toEqual(
      expect.arrayContaining([
        'MISSING_AUTHENTICATION_TOKEN',
        'REQUEST_TOO_LARGE',
        'THROTTLED',
        'DEFAULT_4XX',
        'DEFAULT_5XX',
      ]),
    );
  });
});
