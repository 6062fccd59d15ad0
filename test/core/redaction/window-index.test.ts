import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { readText } from '../../../functions/core/redaction/reading.ts';
import { indexSecrets } from '../../../functions/core/redaction/window-index.ts';

const find = (secret: string, text: string) => indexSecrets([secret]).find(readText(text).codes);
const base64 = (text: string) => Buffer.from(text).toString('base64');

describe('an index of secrets finds', () => {
  test.each<[string, string, string, [number, number][]]>([
    ['eight signs in a row', 'abcdefgh', '..abcdefgh..', [[2, 10]]],
    ['not seven', 'abcdefgh', '..abcdefg..bcdefgh', []],
    ['nothing of what is shorter', 'abcdefg', 'abcdefgabcdefg', []],
    ['any part', 'abcdefghij', '.bcdefghi.', [[1, 9]]],
    ['the whole as one stretch', 'abcdefghij', 'abcdefghij', [[0, 10]]],
    ['either case', 'abcdeFGHIZ', 'ABCDEfghiz', [[0, 10]]],
    ['no sign for its neighbour', '@ZA[abcd', '`ZA[abcd@[A[abcd', []],
    ['either alphabet of base64', 'ab-_+/cdef', 'ab+/-_cdef', [[0, 10]]],
    [
      'stretches that touch, each for itself',
      'abcdefgh',
      'abcdefghabcdefgh',
      [
        [0, 8],
        [8, 16],
      ],
    ],
    ['stretches that overlap as one', 'abababababab', '.ababababab.', [[1, 11]]],
    ['what is not the first', 'abcdefgh', 'xbcdefghabcdefgh', [[8, 16]]],
    ['its base64', 'a secret!', base64('a secret!'), [[0, 12]]],
    ['its base64 one byte in', 'a secret!', base64('xa secret!'), [[2, 13]]],
    ['its base64 two bytes in', 'a secret!', base64('xxa secret!'), [[3, 14]]],
    ['its base64 without case', 'a secret!', base64('a secret!').toLowerCase(), [[0, 12]]],
    ['what it is the base64 of', base64('name:password'), 'name:password', [[0, 13]]],
    ['nothing in rows of zeros', base64('\0'.repeat(40)), '\0'.repeat(40), []],
    ['two of a kind in what it is the base64 of', base64('aabbccddee'), 'aabbccddee', [[0, 10]]],
    ['three of a kind as two', base64('abcdddefghi'), 'abcddefghi', [[0, 10]]],
  ])('%s', (_, secret, text, stretches) => {
    expect(find(secret, text)).toEqual(stretches);
  });

  it('any of several, and of a thousand', () => {
    const secrets = Array.from({ length: 1000 }, (_, i) => `secret-number-${String(i).padStart(4, '0')}`);
    const index = indexSecrets(secrets);
    for (const secret of secrets) expect(index.find(readText(`(${secret})`).codes)).toEqual([[1, 19]]);
    expect(index.find(readText('sacret-nomber-00x1').codes)).toEqual([]);
    expect(indexSecrets([]).find(readText('anything at all').codes)).toEqual([]);
  });

  it('all eight signs in a row that two texts share', () => {
    const text = fc.string({ unit: fc.constantFrom(...'abA+-é'), maxLength: 30 });
    const folded = (given: string) =>
      Buffer.from(given.toLowerCase().replaceAll('-', '+').replaceAll('É', 'é')).toString('latin1');
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom(...'abA+-é'), minLength: 8, maxLength: 30 }),
        text,
        (secret, said) => {
          const [known, seen] = [folded(secret), folded(said)];
          const stretches = find(secret, said);
          const covered = (at: number) => stretches.some(([from, to]) => at >= from && at + 8 <= to);
          for (let i = 0; i + 8 <= seen.length; i++)
            if (known.includes(seen.slice(i, i + 8))) expect(covered(i)).toBe(true);
        },
      ),
    );
  });
});

describe('the lines around a key in PEM', () => {
  const head = '-----BEGIN PRIVATE KEY-----';
  const pem = `${head}\nMIIFAKEkey\n-----END PRIVATE KEY-----\n`;

  test.each<[string, string, [number, number][]]>([
    ['are no secret by a few words', 'expected BEGIN PRIVATE', []],
    ['are no secret by fifteen signs', 'BEGIN PRIVATE K', []],
    ['go by sixteen', '.BEGIN PRIVATE KE.', [[1, 17]]],
    ['go as a whole', head, [[0, 27]]],
    ['go with a sign of the key', 'E KEY-----\nM', [[0, 12]]],
    ['go with a sign of the key from the other side', 'key\n-----', [[0, 9]]],
    ['leave the key', 'MIIFAKEk', [[0, 8]]],
    ['are no secret at the end either', 'END PRIV and -----END', []],
  ])('%s', (_, text, stretches) => {
    expect(find(pem, text)).toEqual(stretches);
  });

  it('are a secret where another key has the same signs', () => {
    expect(indexSecrets([pem, 'BEGIN PR']).find(readText('BEGIN PR').codes)).toEqual([[0, 8]]);
    expect(indexSecrets(['BEGIN PR', pem]).find(readText('BEGIN PR').codes)).toEqual([[0, 8]]);
  });
});
