import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import type { JsonObject } from '../../functions/core/json.ts';
import { writeWithSource } from '../../functions/core/json-text.ts';

const long = (begin: string) => begin + 'Az09+/'.repeat(4000);
const picture = long('data:image/png;base64,');

/** As the caller wrote it, then changed. */
function written(source: string, change: (body: JsonObject) => JsonObject = (body) => body): string {
  return writeWithSource(change(JSON.parse(source)), source);
}

describe('a body whose long strings are taken from its source', () => {
  it('is what JSON.stringify would write', () => {
    const body = {
      a: 1,
      messages: [{ content: [{ url: picture }, { data: long('/9j/') }, { text: 'short "text"' }] }],
    };
    expect(written(JSON.stringify(body, null, 1), (read) => ({ ...read, user: 'tag' }))).toBe(
      JSON.stringify({ ...body, user: 'tag' }),
    );
  });

  it('takes the source itself, not a copy of each character', () => {
    // An escaped source would be written without the escape: only text that stands there as it is may be taken.
    const source = `{"url":"${picture}"}`;
    expect(written(source)).toBe(source);
  });

  test.each<[string, string]>([
    ['with an escape', `{"a":"${picture}\\n"}`],
    ['with an escaped quote', `{"a":"\\"${picture}"}`],
    ['with an escaped slash', `{"a":"\\/${picture}"}`],
    ['twice', `{"a":"${picture}","b":"${picture}"}`],
    ['behind a longer one that begins alike', `{"a":"${picture}A","b":"${picture}"}`],
    ['inside another one', `{"a":"x\\"${picture}\\"","b":"${picture}"}`],
    ['as a name', `{"${picture}":"${picture}"}`],
    ['between brackets', `["${picture}"]`.replace(/.*/, (list) => `{"a":${list}}`)],
    ['beside what stands for it', `{"a":"\x7fset aside\x7f","b":"${picture}"}`],
    ['of many bytes', `{"a":"${long('ü')}","b":"${long('aü\u2028')}"}`],
  ])('means the same %s', (_, source) => {
    expect(written(source)).toBe(JSON.stringify(JSON.parse(source)));
  });

  it('never takes space between two strings for one', () => {
    const space = ' '.repeat(20_000);
    const body = { a: space, b: `,${'\n'.repeat(20_000)}` };
    const source = `{"a":"${space}","c":["x"${space},"y",${'\n'.repeat(20_000)}"z"],"b":${JSON.stringify(body.b)}}`;
    expect(written(source)).toBe(JSON.stringify(JSON.parse(source)));
  });

  it('whatever its strings are made of, and whether or not the source holds them', () => {
    const nasty = fc.string({
      unit: fc.constantFrom('"', '\\', '\n', ',', ':', '}', 'ü', 'A', '/', '\ud800'),
      maxLength: 8,
    });
    const text = fc.tuple(nasty, nasty, fc.boolean()).map(([a, b, big]) => a + (big ? 'A'.repeat(16_400) : '') + b);
    const json = fc.dictionary(nasty, fc.oneof(text, fc.array(text, { maxLength: 3 })), { maxKeys: 4 });
    fc.assert(
      fc.property(json, json, fc.boolean(), (body, other, foreign) => {
        const source = JSON.stringify(foreign ? other : body, null, 2);
        expect(writeWithSource(body, source)).toBe(JSON.stringify(body));
      }),
      { numRuns: 150 },
    );
  });
});
