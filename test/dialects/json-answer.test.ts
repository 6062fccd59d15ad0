import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ChatPart } from '../../functions/core/chat/answer.ts';
import { createJsonFilter, createJsonText, onlyJson } from '../../functions/dialects/json-answer.ts';

const reduce = (text: string, begun = '') => {
  const json = createJsonText(begun);
  return json.push(text) + json.end();
};

describe('the JSON in an answer', () => {
  it.each([
    ['alone', '{"a":1}', '', '{"a":1}'],
    ['in a code fence', '```json\n{"a":1}\n```', '', '{"a":1}'],
    ['in a fence without a language', '```\n{ "a": [1, 2] }\n```\n', '', '{ "a": [1, 2] }'],
    ['behind a sentence', 'Here it is, for {you}:\n\n{"a":1}\nAnything else?', '', '{"a":1}'],
    ['with brackets in its texts', '{"a":"}]\\"{"} and more }', '', '{"a":"}]\\"{"}'],
    ['a list', '```json\n[{"a":1},{"b":2}]\n```', '', '[{"a":1},{"b":2}]'],
    ['an empty object', '{ }', '', '{ }'],
    ['gone on with', '"a": {"b": 1}}\n```', '{', '{"a": {"b": 1}}'],
    ['begun anew', '{"a":1}', '{', '{"a":1}'],
    ['begun anew in a fence', '```json\n{"a":1}\n```', '{', '{"a":1}'],
    ['that was cut', '```json\n{"a": [1, 2', '', '{"a": [1, 2'],
    ['that is not there', 'I cannot help with [that].', '', 'I cannot help with [that].'],
    ['that was refused in spite of its beginning', 'Sorry, no.', '{', 'Sorry, no.'],
  ])('%s', (_how, text, begun, expected) => {
    expect(reduce(text, begun)).toBe(expected);
  });

  it('parses to what the model meant, whatever stands around it and wherever the stream is cut', () => {
    const around = fc.constantFrom('', '```json\n', 'Sure:\n', '\n```', ' done.');
    const value = fc.dictionary(fc.string(), fc.jsonValue(), { maxKeys: 4 });
    fc.assert(
      fc.property(
        around,
        value,
        around,
        fc.boolean(),
        fc.array(fc.nat(), { maxLength: 6 }),
        (before, given, after, bare, cuts) => {
          const object = JSON.stringify(given, null, bare ? 0 : 2);
          const text = before + object + after;
          const json = createJsonText('');
          const places = [0, ...cuts.map((cut) => cut % (text.length + 1)).sort((a, b) => a - b), text.length];
          const pieces = places.slice(1).map((end, index) => json.push(text.slice(places[index], end)));
          expect(pieces.join('') + json.end()).toBe(object);
        },
      ),
    );
  });
});

describe('an answer that is to be JSON', () => {
  const usage = null;
  it('keeps thoughts and calls, and begins its first text alone as the model was made to', () => {
    const call = { type: 'tool_call' as const, id: 'c', name: 'f', input: '{}', kind: 'function' as const };
    const thought = { type: 'reasoning' as const, text: 'Hm: {"no":1}' };
    const text = (value: string) => ({ type: 'text' as const, text: value });
    const blocks = [thought, text('"a":1}'), text('```\n```'), call];
    expect(onlyJson({ choices: [{ blocks, finish: { reason: 'stop' } }], usage }, '{').choices[0]?.blocks).toEqual([
      thought,
      text('{"a":1}'),
      text('```\n```'),
      call,
    ]);
  });

  it('says the same in a stream', () => {
    const filter = createJsonFilter('{');
    const parts: ChatPart[] = [
      { type: 'open', choice: 0, block: { type: 'reasoning' } },
      { type: 'delta', choice: 0, text: '```{"x":1}' },
      { type: 'close', choice: 0 },
      { type: 'open', choice: 0, block: { type: 'text' } },
      { type: 'delta', choice: 0, text: '\n' },
      { type: 'delta', choice: 0, text: '"a":1}\n``' },
      { type: 'delta', choice: 0, text: '`' },
      { type: 'close', choice: 0 },
      { type: 'whole', choice: 0, block: { type: 'text', text: '```json\n{"b":2}\n```' } },
      { type: 'open', choice: 0, block: { type: 'text' } },
      { type: 'delta', choice: 0, text: 'Sorry.' },
      { type: 'close', choice: 0 },
      { type: 'end' },
    ];
    expect(parts.flatMap((part) => filter([part]))).toEqual([
      ...parts.slice(0, 4),
      { type: 'delta', choice: 0, text: '{\n"a":1}' },
      { type: 'close', choice: 0 },
      { type: 'whole', choice: 0, block: { type: 'text', text: '{"b":2}' } },
      { type: 'open', choice: 0, block: { type: 'text' } },
      { type: 'delta', choice: 0, text: 'Sorry.' },
      { type: 'close', choice: 0 },
      { type: 'end' },
    ]);
  });
});
