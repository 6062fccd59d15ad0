import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { showParams } from '../../../functions/core/chat/dropped-params.ts';
import { answerHeaders, toldRequestId } from '../../../functions/gateway/inference/answer-headers.ts';
import type { Dispatched } from '../../../functions/gateway/inference/dispatched.ts';
import { failure, own, platform } from '../../core/samples.ts';
import { smallBounds } from './stand-ins.ts';

const target = platform();

function dispatched(change: Partial<Dispatched> = {}): Dispatched {
  const verdict = { type: 'served', target, fallback: false } as const;
  const nothing = { hops: [], tried: [], served: null, held: null, cap: null, crash: undefined };
  return { verdict, ...nothing, ...change };
}

function droppedHeader(droppedParams: string[]): string | undefined {
  const answer = {
    type: 'json',
    answer: { body: {}, usage: null, finishReason: null },
    providerRequestId: null,
  } as const;
  const served = { answer, droppedParams: showParams(droppedParams), firstByteMs: 1, bounds: smallBounds };
  return answerHeaders(0, dispatched({ served: { ...served, redact: (text) => text } }))['x-keyway-dropped-params'];
}

describe('the header of dropped fields', () => {
  it('is a header whatever the caller named them', () => {
    const name = fc.oneof(fc.string({ unit: 'binary', maxLength: 100 }), fc.constant('\ud800\r\nx-injected: 1'));
    fc.assert(
      fc.property(fc.array(name, { minLength: 1, maxLength: 100 }), (names) => {
        const header = droppedHeader(names) ?? '';
        expect(header).toMatch(/^[\x21-\x7e]*$/);
        expect(header.length).toBeLessThanOrEqual(2000);
      }),
    );
  });

  it('keeps names that it can hold', () => {
    expect(droppedHeader(['logit_bias', 'top_k'])).toBe('logit_bias,top_k');
    expect(droppedHeader(['日本', 'a,b'])).toBe('%E6%97%A5%E6%9C%AC,a%2Cb');
    expect(droppedHeader([])).toBeUndefined();
  });
});

describe("the provider's own id", () => {
  it('is that of the failure which the caller is told, not of the last one', () => {
    const told = failure('permission', { providerRequestId: 'of-the-own-key' });
    const attempt = {
      target: 'platform',
      provider: 'openai',
      provider_key_id: null,
      region: null,
      kind: 'rate_limit',
      status: 429,
      code: null,
      message: null,
      ms: 1,
    } as const;
    const failed = dispatched({
      verdict: { type: 'failed', target: own('a'), failure: told },
      tried: [{ target, record: { ...attempt, provider_request_id: 'of-the-platform' }, sent: smallBounds, ms: 1 }],
    });
    expect(toldRequestId(failed)).toBe('of-the-own-key');
    expect(answerHeaders(0, failed)['x-keyway-provider-request-id']).toBe('of-the-own-key');
  });
});
