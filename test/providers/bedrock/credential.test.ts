import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CredentialIssue } from '../../../functions/core/accounts/credential-form.ts';
import {
  bedrockCredentialForm as form,
  readShortTermKey,
} from '../../../functions/providers/bedrock/connection/credential.ts';
import { simulatedApiKey, simulatedShortTermKey } from '../../../local/simulated/bedrock/credentials.ts';

const longTerm = simulatedApiKey();
const shortTerm = simulatedShortTermKey('eu-west-1', new Date('2026-01-02T03:04:05Z'), 3600);
const pair = {
  accessKeyId: 'AKIAIOSFODNN7EXAMPLE',
  secretAccessKey: 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY',
  region: 'us-east-2',
};

function issueOf(input: unknown): CredentialIssue {
  try {
    form.parse(input);
  } catch (error) {
    if (error instanceof CredentialIssue) return error;
    throw error;
  }
  throw new Error('the credential was accepted');
}

describe('the forms of a Bedrock credential', () => {
  it.each([
    ['a long-term key', longTerm, { apiKey: longTerm }, 'api_key', null],
    ['a long-term key in white space', ` ${longTerm}\n`, { apiKey: longTerm }, 'api_key', null],
    [
      'a key with a region',
      { apiKey: longTerm, region: 'eu-west-3' },
      { apiKey: longTerm, region: 'eu-west-3' },
      'api_key',
      { region: 'eu-west-3', source: 'credential' },
    ],
    ['a short-term key', shortTerm, { apiKey: shortTerm }, 'api_key', { region: 'eu-west-1', source: 'key' }],
    [
      'a short-term key beside another region',
      { apiKey: shortTerm, region: 'us-east-1' },
      { apiKey: shortTerm },
      'api_key',
      { region: 'eu-west-1', source: 'key' },
    ],
    ['AWS credentials', pair, pair, 'aws_credentials', { region: 'us-east-2', source: 'credential' }],
    [
      'AWS credentials as JSON text',
      JSON.stringify(pair),
      pair,
      'aws_credentials',
      { region: 'us-east-2', source: 'credential' },
    ],
    [
      'session credentials',
      { ...pair, sessionToken: 'FwoGZXIvYXdzEXAMPLE==' },
      { ...pair, sessionToken: 'FwoGZXIvYXdzEXAMPLE==' },
      'aws_credentials',
      { region: 'us-east-2', source: 'credential' },
    ],
  ])('%s is read', (_name, input, value, type, region) => {
    const parsed = form.parse(input);
    expect(parsed).toMatchObject({ value, type, region });
    expect(form.parse(parsed.value)).toEqual(parsed);
    expect(form.parse(JSON.stringify(parsed.value))).toEqual(parsed);
  });

  it('shows at most the last four characters', () => {
    expect(form.parse(longTerm).hint).toBe(`…${longTerm.slice(-4)}`);
    expect(form.parse(pair).hint).toBe('…MPLE');
  });

  it.each([
    ['nothing', undefined, 'credential'],
    ['an empty text', '', 'credential'],
    ['a number', 1234567890, 'credential'],
    ['a list', ['ABSKabc'], 'credential'],
    ['an empty object', {}, 'credential.accessKeyId'],
    ['broken JSON', '{"apiKey":', 'credential'],
    ['a key of another service', 'sk-not-bedrock-at-all', 'credential'],
    ['a prefix alone', 'ABSK', 'credential'],
    ['a key that is not base64', 'ABSK!!!notbase64notbase64notbase64', 'credential'],
    ['a line break in a key', `${longTerm}\r\nx-evil: 1`, 'credential'],
    ['a short-term prefix alone', 'bedrock-api-key-', 'credential'],
    ['a short-term key of something else', `bedrock-api-key-${Buffer.from('hello').toString('base64')}`, 'credential'],
    ['a short-term key whose region is a host', simulatedShortTermKey('evil.example', new Date(0)), 'credential'],
    ['a key that is a number', { apiKey: 12 }, 'credential.apiKey'],
    ['a key beside AWS credentials', { ...pair, apiKey: longTerm }, 'credential'],
    ['the function’s own role', { ambient: true }, 'credential.accessKeyId'],
    ['a missing secret', { accessKeyId: pair.accessKeyId, region: 'us-east-1' }, 'credential.secretAccessKey'],
    ['a missing region', { accessKeyId: pair.accessKeyId, secretAccessKey: pair.secretAccessKey }, 'credential.region'],
    ['a secret with spaces', { ...pair, secretAccessKey: 'secret with spaces in it' }, 'credential.secretAccessKey'],
  ])('%s is refused', (_name, input, param) => {
    expect(issueOf(input).param).toBe(param);
  });

  it.each([
    'evil.example.com/',
    'us-east-1.evil.example',
    'us east 1',
    '..',
    'us-east-1#',
    '127.0.0.1',
    'us-east-1\n',
    '',
    'US-EAST-1',
    'localhost',
    '@x',
  ])('the region %j is refused wherever it stands', (region) => {
    expect(issueOf({ ...pair, region }).param).toBe('credential.region');
    expect(issueOf({ apiKey: longTerm, region }).param).toBe('credential.region');
    expect(() => form.region(form.parse(shortTerm), region, 'us-east-1')).toThrow(CredentialIssue);
  });

  it('never repeats a value in what it says', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 12 }), (text) => {
        for (const input of [text, { apiKey: text }, { ...pair, secretAccessKey: `${text}\n`, region: text }]) {
          try {
            form.parse(input);
          } catch (error) {
            expect((error as Error).message.includes(text)).toBe(false);
          }
        }
      }),
    );
  });

  it('takes the region from the key, then the credential, then the field, then the deployment', () => {
    expect(form.region(form.parse(shortTerm), 'us-west-2', 'us-east-1')).toEqual({
      region: 'eu-west-1',
      source: 'key',
    });
    expect(form.region(form.parse(pair), 'us-west-2', 'us-east-1')).toEqual({
      region: 'us-east-2',
      source: 'credential',
    });
    expect(form.region(form.parse(longTerm), 'us-west-2', 'us-east-1')).toEqual({
      region: 'us-west-2',
      source: 'field',
    });
    expect(form.region(form.parse(longTerm), null, 'us-gov-west-1')).toEqual({
      region: 'us-gov-west-1',
      source: 'default',
    });
  });

  it('reads the expiry of a short-term key', () => {
    expect(readShortTermKey(shortTerm)).toEqual({ region: 'eu-west-1', expiresAt: Date.parse('2026-01-02T04:04:05Z') });
    expect(readShortTermKey(longTerm)).toBeNull();
  });
});
