import { format, inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { Secret } from '../../functions/core/secret.ts';

const value = 'sk-fake-0123456789';
const secret = new Secret({ apiKey: value });

describe('a secret', () => {
  it('is given to who asks for it by name', () => {
    expect(secret.reveal()).toEqual({ apiKey: value });
  });

  it.each<[string, () => string]>([
    ['String()', () => String(secret)],
    ['a template', () => `${secret}`],
    ['concatenation', () => `key: ${secret}`.concat(String(secret))],
    ['JSON', () => JSON.stringify({ secret, list: [secret] })],
    ['inspect', () => inspect(secret)],
    [
      'inspect with everything shown',
      () => inspect({ nested: { secret } }, { showHidden: true, depth: null, getters: true }),
    ],
    ['inspect without its own rules', () => inspect(secret, { customInspect: false, showHidden: true, depth: null })],
    ['console formats', () => format('%s %o %O %j', secret, secret, secret, secret)],
    ['an error message', () => String(new Error(`failed with ${secret}`, { cause: secret }).stack)],
    ['an inspected error', () => inspect(new Error('failed', { cause: secret }))],
    [
      'its own entries',
      () => JSON.stringify([Object.entries(secret), Object.getOwnPropertyNames(secret), { ...secret }]),
    ],
    ['a structured clone', () => inspect(structuredClone(secret))],
  ])('does not come out through %s', (_way, print) => {
    expect(print()).not.toContain(value);
  });

  it('says that it is one', () => {
    expect([String(secret), JSON.stringify(secret), inspect(secret)]).toEqual(['[secret]', '"[secret]"', '[secret]']);
  });

  it('tells whether another one is the same', () => {
    expect(new Secret('a').equals(new Secret('a'))).toBe(true);
    expect(new Secret('a').equals(new Secret('b'))).toBe(false);
  });
});
