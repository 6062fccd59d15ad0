import { generateKeyPairSync } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import type { JsonObject } from '../../functions/core/json.ts';
import { createRedactor, hideAccount } from '../../functions/core/redact.ts';

const encode = {
  base64: (text: string) => Buffer.from(text).toString('base64'),
  hex: (text: string) => Buffer.from(text).toString('hex'),
};
const { privateKey } = generateKeyPairSync('rsa', {
  modulusLength: 2048,
  publicKeyEncoding: { type: 'spki', format: 'pem' },
  privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
});

/** Obviously invented, with every character that an encoding changes. */
const credentials: Record<string, JsonObject> = {
  'an OpenAI key': { apiKey: 'sk-proj-FAKE_0123456789-abcdefghijklmnopqrstuvwxyz' },
  'a long-term Bedrock key': {
    apiKey: `ABSK${encode.base64('BedrockAPIKey-fake-at-123456789012:FAKE/secret+with=signs?')}`,
  },
  'AWS credentials': {
    accessKeyId: 'AKIAFAKEFAKEFAKE0000',
    secretAccessKey: 'FAKE/fake+FAKE/fake+FAKE/fake+FAKE/fake+',
    sessionToken: 'IQoJFAKE//////////wEaCXVzLWVhc3Qt+fake==',
    region: 'eu-central-1',
  },
  'a service account': {
    type: 'service_account',
    client_email: 'robot@my-project.iam.gserviceaccount.com',
    project_id: 'my-project',
    private_key: privateKey,
  },
};

const spellings: Record<string, (secret: string) => string> = {
  'as it is': (secret) => secret,
  'as JSON': (secret) => JSON.stringify({ secret }),
  'as JSON with escaped slashes': (secret) => JSON.stringify({ secret }).replaceAll('/', '\\/'),
  'URL-encoded': (secret) => `https://example.com/?key=${encodeURIComponent(secret)}`,
  'URL-encoded in lower case': (secret) => encodeURIComponent(secret).replace(/%../g, (code) => code.toLowerCase()),
  'as a form': (secret) => new URLSearchParams({ secret }).toString(),
  'in base64': encode.base64,
  'in base64, one byte in': (secret) => encode.base64(`:${secret}`),
  'in base64, two bytes in': (secret) => encode.base64(`a:${secret}!`),
  'in base64url': (secret) => Buffer.from(`user:${secret}`).toString('base64url'),
  'in hex': encode.hex,
  'in hex in capitals': (secret) => encode.hex(secret).toUpperCase(),
};

/** The eight-character pieces of a spelling of a secret that stand in a text. */
function surviving(text: string, spelled: string): string[] {
  return Array.from({ length: Math.max(0, spelled.length - 7) }, (_, i) => spelled.slice(i, i + 8)).filter((piece) =>
    text.includes(piece),
  );
}

/** What a spelling adds around the secret is not secret: compared against the same spelling of nothing. */
function secretPart(spell: (secret: string) => string, secret: string): string {
  const [around, full] = [spell(''), spell(secret)];
  let start = 0;
  while (start < around.length && around[start] === full[start]) start++;
  // The first and last base64 characters also depend on what stands beside the secret.
  return full.slice(start + 2, full.length - Math.max(3, around.length - start));
}

const open = new Set(['type', 'client_email', 'project_id', 'region']);
const cases = Object.entries(credentials).flatMap(([name, credential]) =>
  Object.entries(spellings).map(([spelling, spell]) => ({
    name,
    spelling,
    credential,
    spell,
    secrets: Object.entries(credential).flatMap(([field, value]) => (open.has(field) ? [] : [String(value)])),
  })),
);

describe('no trace of a credential stays in a text', () => {
  test.each(cases)('$name, $spelling', ({ credential, spell, secrets }) => {
    const redact = createRedactor(credential, encode);
    for (const secret of secrets) {
      const clean = redact(`The key ${spell(secret)} is wrong; so is ${spell(secret)}.`);
      expect(surviving(clean, secretPart(spell, secret))).toEqual([]);
      expect(clean).toMatch(/^The key .*\[redacted\].* is wrong; so is .*\.$/s);
    }
  });

  it('nor of any part of it of eight characters or more', () => {
    const secret = String(credentials['an OpenAI key']?.apiKey);
    const redact = createRedactor({ apiKey: secret }, encode);
    fc.assert(
      fc.property(
        fc.nat(secret.length - 8),
        fc.integer({ min: 8, max: 60 }),
        fc.string(),
        fc.string(),
        (start, length, before, after) => {
          const part = secret.slice(start, start + length);
          expect(surviving(redact(`${before}${part}${after}`), secret)).toEqual([]);
        },
      ),
      { numRuns: 500 },
    );
  });

  it('whatever the secret and the text around it', () => {
    const unit = fc.constantFrom('a', 'b', '/', '+', '"', '\n', 'é', '😀', '%', '=');
    fc.assert(
      fc.property(
        fc.string({ unit, minLength: 8, maxLength: 24 }),
        fc.constantFrom(...Object.values(spellings)),
        fc.string({ unit }),
        (secret, spell, around) => {
          const clean = createRedactor({ apiKey: secret }, encode)(`${around}${spell(secret)}${around}`);
          expect(surviving(clean, secret)).toEqual([]);
        },
      ),
      { numRuns: 1000 },
    );
  });
});

describe('what stays', () => {
  const redact = createRedactor(credentials['an OpenAI key'] ?? {}, encode);

  test.each([
    ['an ordinary message', 'You exceeded your current quota, please check your plan and billing details.'],
    ['the last four characters of a key', 'Incorrect API key provided: sk-****wxyz.'],
    ['nothing', ''],
  ])('%s', (_, text) => {
    expect(redact(text)).toBe(text);
  });

  it('what helps to read an error and is no secret', () => {
    const account = createRedactor(credentials['a service account'] ?? {}, encode);
    const text = 'robot@my-project.iam.gserviceaccount.com lacks aiplatform.endpoints.predict on my-project.';
    expect(account(text)).toBe(text);
    const aws = createRedactor(credentials['AWS credentials'] ?? {}, encode);
    expect(aws('No such model in eu-central-1.')).toBe('No such model in eu-central-1.');
  });

  it('the text around what is removed', () => {
    expect(redact('The key sk-proj-FAKE_0123456789-abcdefghijklmnopqrstuvwxyz is wrong.')).toBe(
      'The key [redacted] is wrong.',
    );
  });
});

describe("the platform's accounts", () => {
  const credential = {
    type: 'service_account',
    region: 'us-east5',
    project_id: 'operator-prod',
    client_email: 'keyway@operator-prod.iam.gserviceaccount.com',
    organization: 'acme',
  };
  const hide = hideAccount(credential, (text) => text);

  test.each([
    [
      'User: arn:aws:sts::123456789012:assumed-role/keyway-inference/fn is not authorized to perform: bedrock:InvokeModel on resource: arn:aws:bedrock:us-east-1::foundation-model/amazon.nova-lite-v1:0',
      'User: [redacted] is not authorized to perform: bedrock:InvokeModel on resource: arn:aws:bedrock:us-east-1::foundation-model/amazon.nova-lite-v1:0',
    ],
    [
      'arn:aws:bedrock:us-east-1:123456789012:inference-profile/us.x',
      'arn:aws:bedrock:us-east-1:[redacted]:inference-profile/us.x',
    ],
    [
      "Permission denied on resource '//aiplatform.googleapis.com/projects/other-project/locations/us-east5' (or it may not exist).",
      "Permission denied on resource '//aiplatform.googleapis.com/projects/[redacted]/locations/us-east5' (or it may not exist).",
    ],
    [
      'Agent Platform API has not been used in project operator-prod before',
      'Agent Platform API has not been used in project [redacted] before',
    ],
    [
      'someone@else.iam.gserviceaccount.com and keyway@operator-prod.iam.gserviceaccount.com',
      '[redacted] and [redacted]',
    ],
    [
      'Rate limit reached for gpt-4o in organization org-AbCd1234EfGh',
      'Rate limit reached for gpt-4o in organization [redacted]',
    ],
    ['no such thing as a service_account in us-east5', 'no such thing as a service_account in us-east5'],
    ['7b9c1f0e-0000-4000-8000-123456789012', '7b9c1f0e-0000-4000-8000-123456789012'],
  ])('%s', (said, told) => {
    expect(hide(said)).toBe(told);
  });

  it('are hidden in time that grows with the text only', () => {
    for (const piece of ['a@', 'a@b.', 'projects/', '1', 'arn:aws', 'org-'])
      expect(hide(piece.repeat(50_000))).toBeTypeOf('string');
  });
});
