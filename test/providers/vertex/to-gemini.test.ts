import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Refusal } from '../../../functions/core/chat/refusal.ts';
import type { JsonObject } from '../../../functions/core/json.ts';
import { toGemini } from '../../../functions/providers/vertex/to-gemini.ts';

const user = { role: 'user', content: 'hi' };
const weather = {
  type: 'function',
  function: {
    name: 'get_weather',
    description: 'The weather',
    parameters: { type: 'object', properties: { city: { type: 'string' } } },
  },
};

function translate(body: JsonObject, model = 'gemini-2.5-flash') {
  return toGemini({ messages: [user], ...body }, model);
}

function contents(messages: unknown[], model?: string) {
  return translate({ messages }, model).body.contents;
}

function content(part: unknown) {
  return contents([{ role: 'user', content: [part] }]);
}

function refusedParam(body: JsonObject): string {
  try {
    translate(body);
  } catch (error) {
    if (error instanceof Refusal) return error.param;
    throw error;
  }
  throw new Error('The request was accepted.');
}

function call(id: string, name: string, args = '{}', signature?: string) {
  return {
    id,
    type: 'function',
    function: { name, arguments: args },
    ...(signature && { extra_content: { google: { thought_signature: signature } } }),
  };
}

describe('messages', () => {
  it('system and developer messages become the system instruction', () => {
    const { body } = translate({
      messages: [
        { role: 'system', content: 'be brief' },
        user,
        { role: 'developer', content: [{ type: 'text', text: 'be kind' }] },
      ],
    });
    expect(body).toEqual({
      systemInstruction: { parts: [{ text: 'be brief' }, { text: 'be kind' }] },
      contents: [{ role: 'user', parts: [{ text: 'hi' }] }],
    });
  });

  it('instructions beside an empty question stay instructions', () => {
    const { body } = translate({
      messages: [
        { role: 'system', content: 'say hi' },
        { role: 'user', content: '' },
      ],
    });
    expect(body).toEqual({
      systemInstruction: { parts: [{ text: 'say hi' }] },
      contents: [{ role: 'user', parts: [{ text: ' ' }] }],
    });
  });

  it('a system message alone is asked as a question', () => {
    expect(translate({ messages: [{ role: 'system', content: 'say hi' }] }).body).toEqual({
      contents: [{ role: 'user', parts: [{ text: 'say hi' }] }],
    });
  });

  it('neighbours of one role become one turn, and empty text none', () => {
    expect(
      contents([
        user,
        { role: 'user', content: '' },
        { role: 'user', content: 'again' },
        { role: 'assistant', content: 'yes' },
      ]),
    ).toEqual([
      { role: 'user', parts: [{ text: 'hi' }, { text: 'again' }] },
      { role: 'model', parts: [{ text: 'yes' }] },
    ]);
  });

  it('a refusal of an earlier turn is its text', () => {
    expect(contents([user, { role: 'assistant', content: null, refusal: 'I cannot.' }, user])).toMatchObject([
      {},
      { role: 'model', parts: [{ text: 'I cannot.' }] },
      {},
    ]);
  });

  it('results of parallel calls share one turn, as they were sent and under the names of their calls, without ids', () => {
    const messages = [
      user,
      { role: 'assistant', content: null, tool_calls: [call('a', 'first', '{"x":1}'), call('b', 'second', '')] },
      { role: 'tool', tool_call_id: 'b', content: 'text' },
      { role: 'tool', tool_call_id: 'a', content: [{ type: 'text', text: '{"y":2}' }] },
      { role: 'user', content: 'go on' },
    ];
    expect(contents(messages)).toEqual([
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

  it('results of calls of the same name stand in the order of their calls', () => {
    const result = (id: string) => ({ role: 'tool', tool_call_id: id, content: `{"of":"${id}"}` });
    const messages = [
      user,
      { role: 'assistant', content: null, tool_calls: [call('a', 'f'), call('b', 'g'), call('c', 'f')] },
      result('c'),
      result('b'),
      result('a'),
    ];
    const [, , turn] = contents(messages) as JsonObject[];
    expect(turn?.parts).toEqual([
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
  ])('a result that is %s arrives as an object', (_name, text, response) => {
    const [, , turn] = contents([
      user,
      { role: 'assistant', tool_calls: [call('a', 'f')] },
      { role: 'tool', tool_call_id: 'a', content: text },
    ]) as JsonObject[];
    expect(turn?.parts).toEqual([{ functionResponse: { name: 'f', response } }]);
  });

  it('ids that repeat from turn to turn lead to the latest call', () => {
    const turn = (name: string) => [
      { role: 'assistant', tool_calls: [call('call_0', name)] },
      { role: 'tool', tool_call_id: 'call_0', content: name },
    ];
    expect(JSON.stringify(contents([user, ...turn('f'), ...turn('g')]))).toContain(
      '{"functionResponse":{"name":"g","response":{"result":"g"}}}',
    );
  });

  it.each([
    ['broken arguments', '{"cut":'],
    ['arguments that are no object', '[1]'],
    ['no arguments', ''],
  ])('%s of an earlier call become {}', (_name, args) => {
    const [, turn] = contents([user, { role: 'assistant', tool_calls: [call('a', 'f', args)] }]) as JsonObject[];
    expect(turn?.parts).toEqual([{ functionCall: { name: 'f', args: {} } }]);
  });
});

describe('thought signatures', () => {
  const signatures = (calls: unknown[], model: string) => {
    const [, turn] = contents([user, { role: 'assistant', content: 'hm', tool_calls: calls }], model) as {
      parts: JsonObject[];
    }[];
    return turn?.parts.filter((part) => part.functionCall).map((part) => part.thoughtSignature);
  };

  it('return to the call that they came with', () => {
    expect(signatures([call('a', 'f', '{}', 'c2ln'), call('b', 'f')], 'gemini-3-pro-preview')).toEqual([
      'c2ln',
      undefined,
    ]);
    expect(signatures([call('a', 'f', '{}', 'c2ln')], 'gemini-2.5-flash')).toEqual(['c2ln']);
  });

  it('are stood in for, once a turn, when the client lost them and the generation needs them', () => {
    const lost = [call('a', 'f'), call('b', 'f')];
    for (const model of ['gemini-3-flash-preview', 'gemini-3.1-pro', 'gemini-4-x'])
      expect(signatures(lost, model)).toEqual(['skip_thought_signature_validator', undefined]);
    for (const model of ['gemini-2.5-pro', 'gemini-2.0-flash', 'something-else'])
      expect(signatures(lost, model)).toEqual([undefined, undefined]);
  });
});

describe('media', () => {
  it('behind an address of megabytes that looks like many endings costs no more than any other', () => {
    const url = `https://example.com/${'.ab?'.repeat(1_000_000)}\nx`;
    expect(contents([{ role: 'user', content: [{ type: 'image_url', image_url: { url } }] }])).toEqual([
      { role: 'user', parts: [{ fileData: { mimeType: 'image/jpeg', fileUri: url } }] },
    ]);
  });

  it.each([
    [
      'an image in a data URI',
      { type: 'image_url', image_url: { url: 'data:image/png;base64,AAAA' } },
      { inlineData: { mimeType: 'image/png', data: 'AAAA' } },
    ],
    [
      'text in a data URI without base64',
      { type: 'file', file: { file_data: 'data:text/plain,a%20b%' } },
      { inlineData: { mimeType: 'text/plain', data: 'YSBiJQ==' } },
    ],
    [
      'an image by address',
      { type: 'image_url', image_url: { url: 'https://x.example/a.webp?s=1' } },
      { fileData: { mimeType: 'image/webp', fileUri: 'https://x.example/a.webp?s=1' } },
    ],
    [
      'an image in a bucket',
      { type: 'image_url', image_url: { url: 'gs://b/a' } },
      { fileData: { mimeType: 'image/jpeg', fileUri: 'gs://b/a' } },
    ],
    [
      'a film by address',
      { type: 'video_url', video_url: { url: 'gs://b/a.mov' } },
      { fileData: { mimeType: 'video/quicktime', fileUri: 'gs://b/a.mov' } },
    ],
    [
      'audio',
      { type: 'input_audio', input_audio: { data: 'AAAA', format: 'mp3' } },
      { inlineData: { mimeType: 'audio/mpeg', data: 'AAAA' } },
    ],
    [
      'a PDF in a data URI',
      { type: 'file', file: { filename: 'a.pdf', file_data: 'data:application/pdf;base64,AAAA' } },
      { inlineData: { mimeType: 'application/pdf', data: 'AAAA' } },
    ],
    [
      'a bare file',
      { type: 'file', file: { filename: 'a.csv', file_data: 'AAAA' } },
      { inlineData: { mimeType: 'text/csv', data: 'AAAA' } },
    ],
    [
      'a file in a bucket',
      { type: 'file', file: { file_id: 'gs://b/a.txt' } },
      { fileData: { mimeType: 'text/plain', fileUri: 'gs://b/a.txt' } },
    ],
  ])('%s', (_name, part, expected) => {
    expect(content(part)).toEqual([{ role: 'user', parts: [expected] }]);
  });
});

describe('what would change its meaning is refused by field', () => {
  it.each<[string, JsonObject, string]>([
    ['no messages', { messages: [] }, 'messages'],
    ['messages that are text', { messages: 'hi' }, 'messages'],
    ['a message that is null', { messages: [null] }, 'messages.0'],
    ['no role', { messages: [{ content: 'x' }] }, 'messages.0.role'],
    ['nothing to say', { messages: [{ role: 'user', content: '' }] }, 'messages'],
    ['content that is a number', { messages: [{ role: 'user', content: 7 }] }, 'messages.0.content'],
    ['a part that is null', { messages: [{ role: 'user', content: [null] }] }, 'messages.0.content.0'],
    [
      'an image in a system message',
      { messages: [{ role: 'system', content: [{ type: 'image_url' }] }, user] },
      'messages.0.content.0',
    ],
    ['an unknown part', { messages: [{ role: 'user', content: [{ type: 'hologram' }] }] }, 'messages.0.content.0'],
    [
      'an http address',
      { messages: [{ role: 'user', content: [{ type: 'image_url', image_url: { url: 'http://x' } }] }] },
      'messages.0.content.0.image_url',
    ],
    [
      'a file id of OpenAI',
      { messages: [{ role: 'user', content: [{ type: 'file', file: { file_id: 'file-1' } }] }] },
      'messages.0.content.0.file',
    ],
    [
      'a result without its call',
      { messages: [user, { role: 'tool', tool_call_id: 'x', content: '' }] },
      'messages.1.tool_call_id',
    ],
    [
      'a call without name',
      { messages: [user, { role: 'assistant', tool_calls: [{ id: 'x' }] }] },
      'messages.1.tool_calls.0',
    ],
    [
      'outdated calls',
      { messages: [user, { role: 'assistant', function_call: { name: 'x' } }] },
      'messages.1.function_call',
    ],
    ['outdated functions', { functions: [] }, 'functions'],
    ['a tool of another type', { tools: [{ type: 'custom' }] }, 'tools.0'],
    ['a tool without name', { tools: [{ type: 'function', function: {} }] }, 'tools.0.function.name'],
    ['an unknown choice', { tools: [weather], tool_choice: 'maybe' }, 'tool_choice'],
    ['an unknown format', { response_format: { type: 'yaml' } }, 'response_format'],
    ['a stop that is a number', { stop: 7 }, 'stop'],
    ['audio', { modalities: ['text', 'audio'] }, 'modalities'],
    ['a voice', { audio: { voice: 'x' } }, 'audio'],
    ['an effort that is a number', { reasoning_effort: 7 }, 'reasoning_effort'],
  ])('%s', (_name, body, param) => {
    expect(refusedParam(body)).toBe(param);
  });

  it('and whatever comes, nothing but a refusal is thrown', () => {
    const anything = fc.dictionary(
      fc.constantFrom(
        'messages',
        'tools',
        'tool_choice',
        'stop',
        'response_format',
        'reasoning_effort',
        'n',
        'modalities',
      ),
      fc.jsonValue(),
    );
    const message = fc.dictionary(
      fc.constantFrom('role', 'content', 'tool_calls', 'tool_call_id'),
      fc.oneof(fc.jsonValue(), fc.constantFrom('user', 'assistant', 'tool', 'system')),
    );
    const property = fc.property(anything, fc.array(message), (body, messages) => {
      for (const request of [body, { ...body, messages }]) {
        try {
          expect(Array.isArray(translate(request as JsonObject).body.contents)).toBe(true);
        } catch (error) {
          expect(error).toBeInstanceOf(Refusal);
        }
      }
    });
    fc.assert(property);
  });
});
