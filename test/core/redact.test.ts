import { generateKeyPairSync } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import type { JsonObject } from '../../functions/core/json.ts';
import { createIndexShelf, createRedactor, hideAccount } from '../../functions/core/redact.ts';

const base64 = (text: string) => Buffer.from(text).toString('base64');
const hex = (text: string) => Buffer.from(text).toString('hex');
const bytes = (text: string) => [...Buffer.from(text)];
const pairs = (text: string) => hex(text).match(/../g) ?? [];
const { privateKey } = generateKeyPairSync('rsa', {
  modulusLength: 2048,
  publicKeyEncoding: { type: 'spki', format: 'pem' },
  privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
});

/** Obviously invented, with every character that an encoding changes. */
const credentials: Record<string, JsonObject> = {
  'an OpenAI key': { apiKey: 'sk-proj-FAKE_0123456789-abcdefghijklmnopqrstuvwxyz' },
  'a long-term Bedrock key': {
    apiKey: `ABSK${base64('BedrockAPIKey-fake-at-123456789012:FAKE/secret+with=signs?')}`,
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
  'in base64': base64,
  'in base64, one byte in': (secret) => base64(`:${secret}`),
  'in base64, two bytes in': (secret) => base64(`a:${secret}!`),
  'in base64url': (secret) => Buffer.from(`user:${secret}`).toString('base64url'),
  'in hex': hex,
  'in hex in capitals': (secret) => hex(secret).toUpperCase(),
};

/** Spellings that share no characters with the secret, or not in its order: the whole must go. */
const disguises: Record<string, (secret: string) => string> = {
  'in capitals': (secret) => secret.toUpperCase(),
  'in small letters': (secret) => secret.toLowerCase(),
  'URL-encoded throughout': (secret) =>
    pairs(secret)
      .map((pair) => `%${pair}`)
      .join(''),
  'URL-encoded throughout, in capitals': (secret) =>
    pairs(secret)
      .map((pair) => `%${pair.toUpperCase()}`)
      .join(''),
  'URL-encoded twice': (secret) =>
    encodeURIComponent(
      pairs(secret)
        .map((pair) => `%${pair}`)
        .join(''),
    ),
  'as \\u escapes': (secret) =>
    [...Array(secret.length).keys()].map((i) => `\\u${secret.charCodeAt(i).toString(16).padStart(4, '0')}`).join(''),
  'as \\U escapes in capitals': (secret) =>
    [...Array(secret.length).keys()]
      .map((i) => `\\u${secret.charCodeAt(i).toString(16).padStart(4, '0').toUpperCase()}`)
      .join(''),
  'as \\x escapes': (secret) =>
    pairs(secret)
      .map((pair) => `\\x${pair}`)
      .join(''),
  'as \\u escapes inside JSON': (secret) =>
    JSON.stringify(
      [...Array(secret.length).keys()].map((i) => `\\u${secret.charCodeAt(i).toString(16).padStart(4, '0')}`).join(''),
    ),
  'as decimal HTML entities': (secret) => [...secret].map((each) => `&#${each.codePointAt(0)};`).join(''),
  'as hexadecimal HTML entities': (secret) =>
    [...secret].map((each) => `&#x${each.codePointAt(0)?.toString(16)};`).join(''),
  'with named HTML entities': (secret) =>
    secret.replace(
      /[-_/+=&<>"']/g,
      (sign) =>
        ({
          '-': '&hyphen;',
          _: '&lowbar;',
          '/': '&sol;',
          '+': '&plus;',
          '=': '&equals;',
          '&': '&amp;',
          '<': '&lt;',
          '>': '&gt;',
          '"': '&quot;',
          "'": '&apos;',
        })[sign] ?? sign,
    ),
  'in hex with colons': (secret) => pairs(secret).join(':'),
  'in hex with spaces': (secret) => pairs(secret).join(' ').toUpperCase(),
  'in hex as numbers of a program': (secret) =>
    pairs(secret)
      .map((pair) => `0x${pair}`)
      .join(', '),
  'in base64, twice': (secret) => base64(base64(secret)),
  'in base64, twice, and shifted': (secret) => base64(`a${base64(`bc${secret}`)}`),
  'in base64url of base64': (secret) => Buffer.from(base64(secret)).toString('base64url'),
  'in base64 in lines': (secret) => base64(secret).replace(/.{20}/g, '$&\r\n'),
  'in base64 that lost its case': (secret) => base64(secret).toLowerCase(),
  'in base64 inside JSON inside a URL': (secret) => encodeURIComponent(JSON.stringify({ token: base64(secret) })),
  'in hex of base64': (secret) => hex(base64(secret)),
  'as a list of bytes': (secret) => JSON.stringify(bytes(secret)),
  'as a list of bytes with spaces': (secret) => bytes(secret).join(', '),
  'as a typed array': (secret) => JSON.stringify(new Uint8Array(bytes(secret))),
  'as a buffer': (secret) => JSON.stringify(Buffer.from(secret)),
};

/** What of a text is not known from the spelling of something else: nothing of a secret may be read from it. */
function leftOf(text: string): string {
  return text.replaceAll('[redacted]', '');
}

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
    const redact = createRedactor(credential);
    for (const secret of secrets) {
      const clean = redact(`The key ${spell(secret)} is wrong; so is ${spell(secret)}.`);
      expect(surviving(clean, secretPart(spell, secret))).toEqual([]);
      expect(clean).toMatch(/^The key .*\[redacted\].* is wrong; so is .*\.$/s);
    }
  });

  it('nor of any part of it of eight characters or more', () => {
    const secret = String(credentials['an OpenAI key']?.apiKey);
    const redact = createRedactor({ apiKey: secret });
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

  test.each(Object.keys(disguises))('an OpenAI key and a Google token, %s', (name) => {
    const spell = disguises[name] ?? String;
    for (const secret of [
      String(credentials['an OpenAI key']?.apiKey),
      'ya29.c.c0ASRK0GFAKE-fake_fake/FAKE+fake0123456789',
    ]) {
      const redact = createRedactor({ apiKey: secret });
      const clean = redact(`The key (${spell(secret)}) is wrong.`);
      // What may stay are brackets, padding, and half of a group at an edge.
      expect(leftOf(clean).length).toBeLessThanOrEqual('The key () is wrong.'.length + 32);
      expect(clean).toMatch(/^The key .*\[redacted\].* is wrong\.$/s);
      expect(clean.match(/\[redacted\]/g)).toHaveLength(1);
    }
  });

  test.each(Object.keys(disguises))('any key, %s, between any words', (name) => {
    const spell = disguises[name] ?? String;
    const key = fc.string({ unit: fc.constantFrom(...'abcxyzABCXYZ0123456789-_+/=.'), minLength: 24, maxLength: 60 });
    const words = fc.constantFrom('', ' ', 'Invalid API key: ', '{"error": "', '; please check.', ' (401)', '>', '\n');
    fc.assert(
      fc.property(key, words, words, (secret, before, after) => {
        const clean = createRedactor({ apiKey: secret })(`${before}${spell(secret)}${after}`);
        // At most the first and the last group of an encoding, which words beside it may have grown into.
        expect(leftOf(clean).length).toBeLessThanOrEqual(before.length + after.length + 40);
        expect(clean).toContain('[redacted]');
      }),
      { numRuns: 100 },
    );
  });

  test.each([
    'in base64',
    'in hex',
    'in hex with colons',
    'in hex as numbers of a program',
    'as a list of bytes',
    'as a buffer',
  ])('of eight characters alone, %s', (name) => {
    const secret = 'Zq7!wX_4';
    const spelled = (spellings[name] ?? disguises[name])?.(secret) ?? '';
    expect(createRedactor({ apiKey: secret })(`(${spelled})`)).toContain('[redacted]');
  });

  it('of derived ones either, from the moment that they are told', () => {
    const redact = createRedactor({ private_key: 'MIIFAKE/PRIVATE+987654321' });
    const token = 'ya29.a0FAKE_fake-fake-0123456789-abcdefgh';
    const said = `Request had invalid authentication credentials: Bearer ${token}, ${encodeURIComponent(base64(token))}.`;
    expect(redact(said)).toContain(token);
    redact.addSecret(token);
    expect(redact(said)).toMatch(
      /^Request had invalid authentication credentials: Bearer \[redacted\], \[redacted\](%3D)*\.$/,
    );
    expect(redact('MIIFAKE/PRIVATE+987654321')).toBe('[redacted]');
    for (let i = 0; i < 100; i++) redact.addSecret(`ya29.later-token-${String(i).padStart(40, 'x')}`);
    expect(redact(`ya29.later-token-${'99'.padStart(40, 'x')}`)).toBe('[redacted]');
  });

  it('of derived ones where only the account was to be hidden', () => {
    const redact = hideAccount(null, createRedactor({}));
    redact.addSecret('IQoJb3JpZ2luX2VjEFAKEfakeFAKE//fake+fake==');
    expect(redact('The security token IQoJb3JpZ2luX2VjEFAKEfakeFAKE//fake+fake== is expired')).toBe(
      'The security token [redacted] is expired',
    );
  });

  it('of what a key is the base64 of', () => {
    const redact = createRedactor(credentials['a long-term Bedrock key'] ?? {});
    expect(redact('Unknown user at-123456789012:FAKE/secret+with=signs?')).toBe('Unknown user [redacted]');
  });

  it('nor of credentials that hold their values deeper', () => {
    expect(createRedactor({ session: { tokens: ['FAKE-token-0123456789'] } })('FAKE-token-0123456789')).toBe(
      '[redacted]',
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
          const clean = createRedactor({ apiKey: secret })(`${around}${spell(secret)}${around}`);
          expect(surviving(clean, secret)).toEqual([]);
        },
      ),
      { numRuns: 1000 },
    );
  });
});

describe('what stays', () => {
  const redact = createRedactor(credentials['an OpenAI key'] ?? {});

  test.each([
    ['an ordinary message', 'You exceeded your current quota, please check your plan and billing details.'],
    ['the last four characters of a key', 'Incorrect API key provided: sk-****wxyz.'],
    ['nothing', ''],
  ])('%s', (_, text) => {
    expect(redact(text)).toBe(text);
  });

  it('what helps to read an error and is no secret', () => {
    const account = createRedactor(credentials['a service account'] ?? {});
    const text = 'robot@my-project.iam.gserviceaccount.com lacks aiplatform.endpoints.predict on my-project.';
    expect(account(text)).toBe(text);
    const aws = createRedactor(credentials['AWS credentials'] ?? {});
    expect(aws('No such model in eu-central-1.')).toBe('No such model in eu-central-1.');
  });

  it('ordinary texts, whatever is in them', () => {
    const account = createRedactor(credentials['a service account'] ?? {});
    for (const text of [
      'Invalid private key: -----BEGIN PRIVATE KEY----- is expected.'.replace('-----BEGIN PRIVATE KEY-----', 'PEM'),
      '{"error":{"code":429,"message":"Quota exceeded for aiplatform.googleapis.com/online_prediction_requests"}}',
      'x-request-id: 7b9c1f0e-0000-4000-8000-123456789012, 2026-01-31T12:00:00.000Z, [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]',
      '%7B%22a%22%3A1%7D &amp;&lt;&#x41; \\u0041\\n SGVsbG8sIHdvcmxkISBIb3cgYXJlIHlvdT8= 48656c6c6f2c20776f726c6421',
    ])
      expect(account(text)).toBe(text);
  });

  it('any text that holds nothing of the key', () => {
    const unit = fc.constantFrom(
      ...'abcdefgh %\\&;:,{}[]"0123456789',
      '&#x41;',
      '%41',
      '\\u0041',
      'SGVsbG8',
      '😀',
      '\ud800',
    );
    fc.assert(
      fc.property(fc.string({ unit, maxLength: 200 }), (text) => {
        expect(redact(text)).toBe(text);
      }),
      { numRuns: 1000 },
    );
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
  const hide = hideAccount(credential, createRedactor({}));

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
});

describe('the indexes of credentials', () => {
  it('take the memory of a few, however many credentials failed', () => {
    const shelf = createIndexShelf(4);
    const redactors = Array.from({ length: 50 }, (_, i) =>
      createRedactor({ apiKey: `FAKE-key-number-${i}-0123456789` }, shelf),
    );
    for (const redact of redactors) redact('FAKE-key');
    expect(shelf.size).toBe(4);
    for (const [i, redact] of redactors.entries())
      expect(redact(`The key FAKE-key-number-${i}-0123456789`)).toBe('The key [redacted]');
    expect(shelf.size).toBe(4);
  });
});
