import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Block, ImageBlock, Turn } from '../../../functions/core/chat/conversation.ts';
import { Refusal } from '../../../functions/core/chat/refusal.ts';
import { call, contentsOf, result, turnsOf, write } from './request-with.ts';

const picture: ImageBlock = { type: 'image', source: { type: 'base64', mediaType: 'image/png', data: 'AAAA' } };
const inlinePicture = { inlineData: { mimeType: 'image/png', data: 'AAAA' } };

function content(block: Block) {
  return contentsOf(turnsOf(['user', block]));
}

function refusedParam(turns: Turn[]): string {
  try {
    write({ turns });
  } catch (error) {
    if (error instanceof Refusal) return error.param;
    throw error;
  }
  throw new Error('The request was accepted.');
}

describe('turns', () => {
  it('of the system become the system instruction', () => {
    expect(write({ turns: turnsOf(['system', 'be brief'], ['user', 'hi'], ['system', 'be kind']) }).body).toEqual({
      systemInstruction: { parts: [{ text: 'be brief' }, { text: 'be kind' }] },
      contents: [{ role: 'user', parts: [{ text: 'hi' }] }],
    });
  });

  it('of the system beside an empty question stay instructions', () => {
    expect(write({ turns: turnsOf(['system', 'say hi'], ['user', '']) }).body).toEqual({
      systemInstruction: { parts: [{ text: 'say hi' }] },
      contents: [{ role: 'user', parts: [{ text: ' ' }] }],
    });
  });

  it('of the system alone are asked as a question', () => {
    expect(write({ turns: turnsOf(['system', 'say hi']) }).body).toEqual({
      contents: [{ role: 'user', parts: [{ text: 'say hi' }] }],
    });
  });

  it('of one role beside each other become one turn, and empty text none', () => {
    expect(contentsOf(turnsOf(['user', 'hi'], ['user', ''], ['user', 'again'], ['assistant', 'yes']))).toEqual([
      { role: 'user', parts: [{ text: 'hi' }, { text: 'again' }] },
      { role: 'model', parts: [{ text: 'yes' }] },
    ]);
  });

  it('with a refusal are its text', () => {
    const turns = turnsOf(['user', 'hi'], ['assistant', { type: 'refusal', text: 'I cannot.' }], ['user', 'oh']);
    expect(contentsOf(turns)[1]).toEqual({ role: 'model', parts: [{ text: 'I cannot.' }] });
  });

  it('of the model keep the order of texts and calls', () => {
    const turns = turnsOf(['user', 'hi'], ['assistant', 'one', call('a', 'f'), 'two', call('b', 'g')]);
    expect(contentsOf(turns)[1]?.parts).toEqual([
      { text: 'one' },
      { functionCall: { name: 'f', args: {} } },
      { text: 'two' },
      { functionCall: { name: 'g', args: {} } },
    ]);
  });

  it('with blocks that only another maker understands lose them, and say so', () => {
    const turns = turnsOf(
      ['user', 'hi'],
      ['assistant', { type: 'opaque', dialect: 'anthropic-messages', value: { type: 'x' } }, 'text'],
    );
    const { body, dropped } = write({ turns });
    expect(body.contents).toMatchObject([{}, { parts: [{ text: 'text' }] }]);
    expect(dropped).toEqual(['messages']);
  });
});

describe('tool results', () => {
  it('of parallel calls share one turn before other text, as they were sent and under the names of their calls, without ids', () => {
    const turns = turnsOf(
      ['user', 'hi'],
      ['assistant', call('a', 'first', '{"x":1}'), call('b', 'second', '{}')],
      ['user', 'go on', result('b', 'text')],
      ['user', result('a', '{"y":2}')],
    );
    expect(contentsOf(turns)).toEqual([
      { role: 'user', parts: [{ text: 'hi' }] },
      {
        role: 'model',
        parts: [{ functionCall: { name: 'first', args: { x: 1 } } }, { functionCall: { name: 'second', args: {} } }],
      },
      {
        role: 'user',
        parts: [
          { functionResponse: { name: 'second', response: { result: 'text' } } },
          { functionResponse: { name: 'first', response: { y: 2 } } },
          { text: 'go on' },
        ],
      },
    ]);
  });

  it('of calls of the same name stand in the order of their calls', () => {
    const own = (id: string) => result(id, `{"of":"${id}"}`);
    const turns = turnsOf(
      ['user', 'hi'],
      ['assistant', call('a', 'f'), call('b', 'g'), call('c', 'f')],
      ['user', own('c'), own('b'), own('a')],
    );
    expect(contentsOf(turns)[2]?.parts).toEqual([
      { functionResponse: { name: 'f', response: { of: 'a' } } },
      { functionResponse: { name: 'g', response: { of: 'b' } } },
      { functionResponse: { name: 'f', response: { of: 'c' } } },
    ]);
  });

  it.each([
    ['text', '21 degrees', { result: '21 degrees' }],
    ['a list', '[1,2]', { result: '[1,2]' }],
    ['nothing', '', { result: '' }],
    ['an object', '{"a":[1]}', { a: [1] }],
    [
      'an object with digits in a text',
      '{"id":"1234567890123456","says":"\\"12345678901234567"}',
      { id: '1234567890123456', says: '"12345678901234567' },
    ],
    ['an object with a reference', '{"$ref":"#/x"}', { result: '{"$ref":"#/x"}' }],
    [
      'an object with a number beyond doubles',
      '{"id":12345678901234567890}',
      { result: '{"id":12345678901234567890}' },
    ],
  ])('that are %s arrive as an object', (_name, text, response) => {
    const turns = turnsOf(['user', 'hi'], ['assistant', call('a', 'f')], ['user', result('a', text)]);
    expect(contentsOf(turns)[2]?.parts).toEqual([{ functionResponse: { name: 'f', response } }]);
  });

  it('of what went wrong stand under the key for errors', () => {
    const failed = { ...result('a', 'no network'), isError: true };
    const turns = turnsOf(['user', 'hi'], ['assistant', call('a', 'f')], ['user', failed]);
    expect(contentsOf(turns)[2]?.parts).toEqual([
      { functionResponse: { name: 'f', response: { error: 'no network' } } },
    ]);
  });

  it('with pictures and files hold them from Gemini 3 on, and older models get them behind all results', () => {
    const turns = turnsOf(
      ['user', 'hi'],
      ['assistant', call('a', 'f'), call('b', 'g')],
      ['user', result('a', 'seen', picture), result('b', 'read')],
    );
    expect(contentsOf(turns, 'gemini-3-flash-preview')[2]?.parts).toEqual([
      { functionResponse: { name: 'f', response: { result: 'seen' }, parts: [inlinePicture] } },
      { functionResponse: { name: 'g', response: { result: 'read' } } },
    ]);
    expect(contentsOf(turns, 'gemini-2.5-flash')[2]?.parts).toEqual([
      { functionResponse: { name: 'f', response: { result: 'seen' } } },
      { functionResponse: { name: 'g', response: { result: 'read' } } },
      inlinePicture,
    ]);
  });

  it('whose ids repeat from turn to turn belong to the latest call', () => {
    const turn = (name: string): [Turn['role'], ...(Block | string)[]][] => [
      ['assistant', call('call_0', name)],
      ['user', result('call_0', name)],
    ];
    expect(JSON.stringify(contentsOf(turnsOf(['user', 'hi'], ...turn('f'), ...turn('g'))))).toContain(
      '{"functionResponse":{"name":"g","response":{"result":"g"}}}',
    );
  });

  it('without their call stand under the name that they bring', () => {
    expect(contentsOf(turnsOf(['user', { ...result('lost', 'x'), name: 'f' }]))).toEqual([
      { role: 'user', parts: [{ functionResponse: { name: 'f', response: { result: 'x' } } }] },
    ]);
  });

  it.each([
    ['broken arguments', '{"cut":'],
    ['arguments that are no object', '[1]'],
    ['no arguments', ''],
  ])('can follow calls with %s, which become {}', (_name, args) => {
    const turns = turnsOf(['user', 'hi'], ['assistant', call('a', 'f', args)]);
    expect(contentsOf(turns)[1]?.parts).toEqual([{ functionCall: { name: 'f', args: {} } }]);
  });

  it('can follow calls of tools that take free text', () => {
    const turns = turnsOf(['user', 'hi'], ['assistant', { ...call('a', 'sql', 'select 1'), kind: 'custom' }]);
    expect(contentsOf(turns)[1]?.parts).toEqual([{ functionCall: { name: 'sql', args: { input: 'select 1' } } }]);
  });
});

describe('thought signatures', () => {
  const parts = (blocks: (Block | string)[], model = 'gemini-3-pro-preview') =>
    contentsOf(turnsOf(['user', 'hi'], ['assistant', ...blocks]), model)[1]?.parts;
  const google = { format: 'google', value: 'c2ln' } as const;

  it('return to the call that they came with', () => {
    expect(parts(['hm', call('a', 'f', '{}', 'c2ln'), call('b', 'f')])).toEqual([
      { text: 'hm' },
      { functionCall: { name: 'f', args: {} }, thoughtSignature: 'c2ln' },
      { functionCall: { name: 'f', args: {} } },
    ]);
    expect(parts([call('a', 'f', '{}', 'c2ln')], 'gemini-2.5-flash')?.[0]?.thoughtSignature).toBe('c2ln');
  });

  it('are stood in for, once a turn, when the client lost them and the generation needs them', () => {
    const seen = (model: string) =>
      parts([call('a', 'f'), call('b', 'f')], model)?.map((part) => part.thoughtSignature);
    for (const model of ['gemini-3-flash-preview', 'gemini-3.1-pro', 'gemini-4-x', 'gemini-flash-latest'])
      expect(seen(model)).toEqual(['skip_thought_signature_validator', undefined]);
    for (const model of ['gemini-2.5-pro', 'gemini-2.0-flash', 'something-else'])
      expect(seen(model)).toEqual([undefined, undefined]);
  });

  it('of other makers are stood in for, too', () => {
    const foreign = { ...call('a', 'f'), signature: { format: 'anthropic', value: 'x' } } as const;
    expect(parts([foreign])?.[0]?.thoughtSignature).toBe('skip_thought_signature_validator');
  });

  it('return with texts and thoughts in their order, and unsigned or foreign thoughts do not', () => {
    expect(
      parts([
        { type: 'reasoning', text: 'unsigned' },
        { type: 'reasoning', text: 'foreign', signature: { format: 'anthropic', value: 'x' } },
        { type: 'reasoning', text: 'signed', signature: google },
        { type: 'text', text: 'one', signature: google },
        { type: 'reasoning', text: '', encrypted: google },
        'two',
      ]),
    ).toEqual([
      { text: 'signed', thought: true, thoughtSignature: 'c2ln' },
      { text: 'one', thoughtSignature: 'c2ln' },
      { text: '', thoughtSignature: 'c2ln' },
      { text: 'two' },
    ]);
  });

  it('in the thought before a call that has none are those of the call', () => {
    expect(parts(['hm', { type: 'reasoning', text: 'I call', signature: google }, call('a', 'f')])).toEqual([
      { text: 'hm' },
      { functionCall: { name: 'f', args: {} }, thoughtSignature: 'c2ln' },
    ]);
  });
});

describe('media', () => {
  it('behind an address of megabytes that looks like many endings costs no more than any other', () => {
    const url = `https://example.com/${'.ab?'.repeat(1_000_000)}\nx`;
    expect(content({ type: 'image', source: { type: 'url', url } })).toEqual([
      { role: 'user', parts: [{ fileData: { mimeType: 'image/jpeg', fileUri: url } }] },
    ]);
  });

  it.each<[string, Block, unknown[]]>([
    ['a picture', picture, [inlinePicture]],
    [
      'a picture without type',
      { type: 'image', source: { type: 'base64', mediaType: '', data: 'AAAA' } },
      [{ inlineData: { mimeType: 'image/jpeg', data: 'AAAA' } }],
    ],
    [
      'a picture by address',
      { type: 'image', source: { type: 'url', url: 'https://x.example/a.webp?s=1' } },
      [{ fileData: { mimeType: 'image/webp', fileUri: 'https://x.example/a.webp?s=1' } }],
    ],
    [
      'a picture in a bucket',
      { type: 'image', source: { type: 'url', url: 'gs://b/a' } },
      [{ fileData: { mimeType: 'image/jpeg', fileUri: 'gs://b/a' } }],
    ],
    [
      'a film by address',
      { type: 'video', source: { type: 'url', url: 'gs://b/a.mov' } },
      [{ fileData: { mimeType: 'video/quicktime', fileUri: 'gs://b/a.mov' } }],
    ],
    [
      'audio',
      { type: 'audio', format: 'mp3', source: { type: 'base64', mediaType: '', data: 'AAAA' } },
      [{ inlineData: { mimeType: 'audio/mpeg', data: 'AAAA' } }],
    ],
    [
      'audio of a rare format',
      { type: 'audio', format: 'constructor', source: { type: 'base64', mediaType: '', data: 'AAAA' } },
      [{ inlineData: { mimeType: 'audio/constructor', data: 'AAAA' } }],
    ],
    [
      'a PDF',
      { type: 'document', name: 'a.pdf', source: { type: 'base64', mediaType: 'application/pdf', data: 'AAAA' } },
      [{ inlineData: { mimeType: 'application/pdf', data: 'AAAA' } }],
    ],
    [
      'a bare file, and what is said about it',
      { type: 'document', name: 'a.csv', context: 'numbers', source: { type: 'base64', mediaType: '', data: 'AAAA' } },
      [{ text: 'numbers' }, { inlineData: { mimeType: 'text/csv', data: 'AAAA' } }],
    ],
    [
      'a text as a file',
      { type: 'document', source: { type: 'text', text: 'a b%' } },
      [{ inlineData: { mimeType: 'text/plain', data: 'YSBiJQ==' } }],
    ],
    [
      'a file in a bucket',
      { type: 'document', source: { type: 'url', url: 'gs://b/a.txt' } },
      [{ fileData: { mimeType: 'text/plain', fileUri: 'gs://b/a.txt' } }],
    ],
  ])('%s', (_name, block, expected) => {
    expect(content(block)).toEqual([{ role: 'user', parts: expected }]);
  });
});

describe('what would change its meaning is refused where it stands', () => {
  it.each<[string, Turn[], string]>([
    ['nothing to say', turnsOf(['user', '']), 'messages'],
    ['no turns', [], 'messages'],
    ['a picture in a system message', turnsOf(['system', picture], ['user', 'hi']), 'messages.0.content.0'],
    [
      'an http address',
      turnsOf(['user', { type: 'image', source: { type: 'url', url: 'http://x' } }]),
      'messages.0.content.0',
    ],
    [
      'a stored file',
      turnsOf(['user', { type: 'document', source: { type: 'stored', id: 'file-1' } }]),
      'messages.0.content.0',
    ],
    ['a result without its call', turnsOf(['user', 'hi'], ['user', result('x', '')]), 'messages.1.content.0'],
    ['a call by the user', turnsOf(['user', call('a', 'f')]), 'messages.0.content.0'],
    [
      'thoughts in a result',
      turnsOf(['user', 'hi'], ['assistant', call('a', 'f')], ['user', result('a', { type: 'reasoning', text: 'x' })]),
      'messages.2.content.0',
    ],
  ])('%s', (_name, turns, param) => {
    expect(refusedParam(turns)).toBe(param);
  });

  it('and whatever comes, nothing but a refusal is thrown, and every content has parts', () => {
    const text = fc.string();
    const block: fc.Arbitrary<Block> = fc.oneof(
      text.map((text): Block => ({ type: 'text', text })),
      text.map((input): Block => call('a', 'f', input)),
      text.map((text): Block => result('a', text)),
      text.map((text): Block => ({ type: 'reasoning', text, signature: { format: 'google', value: 'x' } })),
      text.map((url): Block => ({ type: 'image', source: { type: 'url', url } })),
    );
    const turn = fc.record({
      role: fc.constantFrom('system', 'user', 'assistant'),
      blocks: fc.array(block, { maxLength: 4 }),
      at: fc.constant('messages.0'),
    }) as fc.Arbitrary<Turn>;
    fc.assert(
      fc.property(fc.array(turn, { maxLength: 6 }), (turns) => {
        try {
          const contents = contentsOf(turns, 'gemini-3-pro-preview');
          expect(contents.length).toBeGreaterThan(0);
          for (const [i, { role, parts }] of contents.entries()) {
            expect(parts.length).toBeGreaterThan(0);
            expect(contents[i + 1]?.role).not.toBe(role);
          }
        } catch (error) {
          expect(error).toBeInstanceOf(Refusal);
        }
      }),
    );
  });
});

describe('bounds', () => {
  it('count text, media by kind, and what the answer may be', () => {
    const audio: Block = {
      type: 'audio',
      format: 'wav',
      source: { type: 'base64', mediaType: '', data: 'A'.repeat(8) },
    };
    const pdf: Block = {
      type: 'document',
      source: { type: 'base64', mediaType: 'application/pdf', data: 'A'.repeat(12) },
    };
    const far: Block = { type: 'video', source: { type: 'url', url: 'gs://b/a.mov' } };
    const turns = turnsOf(['user', 'né', picture, audio, pdf, far]);
    expect(write({ turns, maxTokens: 77, choices: 2 }).bounds).toEqual({
      textBytes: 3,
      images: 1,
      audioChars: 8,
      mediaChars: 12,
      remoteMedia: 1,
      maxOutputTokens: 77,
      choices: 2,
      audioOut: false,
    });
  });

  it('count instructions, tools, schemas, calls and results, and the media inside results', () => {
    const turns = turnsOf(
      ['system', 's'.repeat(1000)],
      ['user', 'hi'],
      ['assistant', call('a', 'f', JSON.stringify({ x: 'c'.repeat(1000) }))],
      ['user', result('a', 'r'.repeat(1000), picture)],
    );
    const schema = { description: 'd'.repeat(1000) };
    const { bounds } = write(
      {
        turns,
        tools: [{ type: 'function', name: 'f', description: 't'.repeat(1000), parameters: null, strict: null }],
        format: { type: 'schema', name: 'n', description: null, schema, strict: null },
      },
      'gemini-3-flash',
    );
    expect(bounds.textBytes).toBeGreaterThan(5000);
    expect(bounds.textBytes).toBeLessThan(6000);
    expect(bounds).toMatchObject({ images: 1, maxOutputTokens: null, choices: 1 });
  });
});
