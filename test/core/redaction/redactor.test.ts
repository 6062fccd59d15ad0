import { describe, expect, it, test } from 'vitest';
import { createIndexShelf, createRedactor, hideAccount } from '../../../functions/core/redact.ts';
import { indexSecrets } from '../../../functions/core/redaction/window-index.ts';

const secret = 'FAKE-key-0123456789';
const times = (count: number, change: (text: string) => string, text: string): string =>
  count === 0 ? text : times(count - 1, change, change(text));
const hex = (text: string) => Buffer.from(text).toString('hex');
const percent = (text: string) => text.replace(/./g, (sign) => `%${hex(sign)}`);

describe('a redactor', () => {
  const redact = createRedactor({ apiKey: secret });

  test.each([
    [`The key ${secret} is wrong.`, 'The key [redacted] is wrong.'],
    [secret, '[redacted]'],
    [`${secret}${secret}`, '[redacted]'],
    [`${secret}, ${secret}`, '[redacted], [redacted]'],
    [`a${secret}`, 'a[redacted]'],
    [`${secret}a`, '[redacted]a'],
    ['FAKE-key', '[redacted]'],
    ['FAKE-ke', 'FAKE-ke'],
    // A stretch that was found in two readings goes once.
    [`${secret} and ${percent(secret)}`, '[redacted] and [redacted]'],
    [`${percent(secret)} and ${secret}`, '[redacted] and [redacted]'],
  ])('makes %j %j', (text, clean) => {
    expect(redact(text)).toBe(clean);
  });

  test.each([
    ['hex', hex],
    ['percent signs', percent],
  ])('reads three layers of %s and no more', (_, change) => {
    for (const layers of [1, 2, 3]) expect(redact(`(${times(layers, change, secret)})`)).toBe('([redacted])');
    const deeper = times(4, change, secret);
    expect(redact(deeper)).toBe(deeper);
  });

  it('gives up a text that could be read in too many ways, as a whole', () => {
    const text = `%2541+ \\x41 &#65; ${'33'.repeat(10_000)}`;
    expect(redact(text)).toBe('[redacted]');
    expect(redact('33'.repeat(10_000))).toBe('33'.repeat(10_000));
  });

  it('takes credentials of any form', () => {
    const any = createRedactor({ nothing: null, number: 7, yes: true, list: [null, { apiKey: secret }] });
    expect(any(`The key ${secret}`)).toBe('The key [redacted]');
  });

  it('leaves what is no secret of a credential', () => {
    const open = ['type', 'region', 'project_id', 'client_email', 'organization', 'project'];
    for (const field of open) {
      const text = `about ${field}-of-somebody`;
      expect(createRedactor({ [field]: `${field}-of-somebody`, apiKey: secret })(text)).toBe(text);
    }
  });
});

describe('what was derived from a credential', () => {
  const tokens = Array.from({ length: 9 }, (_, i) => `token-${String.fromCharCode(97 + i).repeat(12)}`);

  it('is remembered eight deep', () => {
    const redact = createRedactor({});
    for (const token of tokens.slice(0, 8)) redact.addSecret(token);
    expect(redact(`<${tokens[0]}> <${tokens[7]}>`)).toBe('<[redacted]> <[redacted]>');
    redact.addSecret(tokens[8] ?? '');
    expect(redact(`<${tokens[0]}> <${tokens[1]}> <${tokens[8]}>`)).toBe(`<${tokens[0]}> <[redacted]> <[redacted]>`);
  });

  it('is remembered once, however often it is told', () => {
    const redact = createRedactor({});
    for (const token of [tokens[0], ...Array(9).fill(tokens[1])]) redact.addSecret(token);
    expect(redact(`<${tokens[0]}>`)).toBe('<[redacted]>');
  });
});

describe('a shelf of indexes', () => {
  const index = indexSecrets([]);

  it('keeps those that were asked for last', () => {
    const shelf = createIndexShelf(2);
    const [a, b, c] = [{}, {}, {}];
    const built: object[] = [];
    const ask = (owner: object) =>
      shelf.get(owner, () => {
        built.push(owner);
        return index;
      });
    for (const owner of [a, b, a, c, a, c, b]) ask(owner);
    expect(built.map((owner) => [a, b, c].indexOf(owner))).toEqual([0, 1, 2, 1]);
    expect(shelf.size).toBe(2);
    shelf.drop(c);
    expect(shelf.size).toBe(1);
  });

  it('is asked for nothing by texts that are shorter than any trace', () => {
    const shelf = createIndexShelf(2);
    const redact = createRedactor({ apiKey: secret }, shelf);
    redact('FAKE-ke');
    expect(shelf.size).toBe(0);
    redact('FAKE-key');
    expect(shelf.size).toBe(1);
  });
});

describe('the account behind a credential', () => {
  it('goes by its names, not by its kind and region', () => {
    const fields = { type: 'service_account', region: 'us-east5', project_id: 'acme-prod', organization: 'acme', n: 7 };
    const hide = hideAccount({ ...fields, apiKey: secret }, createRedactor({ apiKey: secret }));
    expect(hide(`service_account in us-east5: acme-prod, acme-prod, acme ${secret}`)).toBe(
      'service_account in us-east5: [redacted], [redacted], [redacted] [redacted]',
    );
    expect(hideAccount(null, createRedactor({}))('org-AbCd1234EfGh 123456789012')).toBe('[redacted] [redacted]');
  });
});
