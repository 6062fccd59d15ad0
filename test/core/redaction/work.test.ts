import { describe, expect, it, test } from 'vitest';
import { createRedactor, hideAccount } from '../../../functions/core/redact.ts';

describe('the work of redacting', () => {
  const secret = 'sk-proj-FAKE_0123456789-abcdefghijklmnopqrstuvwxyz';
  const base64 = (text: string) => Buffer.from(text).toString('base64');

  test.each([
    ['one letter', 'M'],
    ['digits', '12'],
    ['escapes', '%25'],
    ['numbers', '115,'],
    ['base64', base64('Hello, world! ')],
    ['backslashes', '\\\\u005c'],
    ['entities', '&amp;'],
    ['the key', `${secret} `],
  ])('grows with the text only: %s', (_, piece) => {
    // A step that looked at everything once more for each piece would take hours here.
    const text = piece.repeat(500_000 / piece.length);
    expect(createRedactor({ apiKey: secret })(`${text} ${secret}`)).toMatch(/\[redacted\]$/);
  });

  it('grows with the text only where accounts are hidden', () => {
    const hide = hideAccount({ project_id: 'operator-prod' }, createRedactor({}));
    for (const piece of ['a@', 'a@b.', 'projects/', '1', 'arn:aws', 'org-'])
      expect(hide(piece.repeat(50_000))).toBeTypeOf('string');
  });
});
