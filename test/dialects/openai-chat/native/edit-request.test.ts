import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { editRequest } from '../../../../functions/dialects/openai-chat/native/edit-request.ts';

const picture = 'A'.repeat(70_000);
const messages = [{ role: 'user', content: picture }];

function sent(bodyText: string, stream = false): unknown {
  return JSON.parse(editRequest(JSON.parse(bodyText), bodyText, { model: 'gpt-4o', stream }));
}

describe('a large request', () => {
  it('goes out as the caller wrote it, but for the model', () => {
    const bodyText = `{ "messages": ${JSON.stringify(messages)},\n "model" : "openai/gpt-4o", "seed": 1.0 }`;
    expect(editRequest(JSON.parse(bodyText), bodyText, { model: 'gpt-4o', stream: false })).toBe(
      bodyText.replace('openai/gpt-4o', 'gpt-4o'),
    );
  });

  test.each<[string, string]>([
    [
      'a tool with a parameter `model`',
      `{"model":"openai/gpt-4o","tools":[{"properties":{"model":{}}}],"x":"${picture}"}`,
    ],
    ['a text "model"', `{"stop":"model","model":"openai/gpt-4o","x":"${picture}"}`],
    ['the model twice', `{"model":"openai/other","model":"openai/gpt-4o","x":"${picture}"}`],
    [
      'the model under an escaped name',
      `{"\\u006dodel":"openai/gpt-4o","metadata":{"model":"openai/gpt-4o"},"x":"${picture}"}`,
    ],
    ['the model with an escape', `{"model":"openai\\/gpt-4o","x":"${picture}"}`],
  ])('with %s means the same with the new model', (_, bodyText) => {
    expect(sent(bodyText)).toEqual({ ...JSON.parse(bodyText), model: 'gpt-4o' });
  });

  it('means the same with the new model, whatever its strings hold', () => {
    const nasty = fc.string({
      unit: fc.constantFrom('"', '\\', 'model', ':', '"model":', ',', '{', '}', 'ü', '\u2028'),
    });
    fc.assert(
      fc.property(nasty, nasty, nasty, (model, text, name) => {
        const body = { [name]: text, model: model || 'm', messages: [{ role: 'user', content: text + picture }] };
        expect(sent(JSON.stringify(body))).toEqual({ ...body, model: 'gpt-4o' });
      }),
      { numRuns: 200 },
    );
  });

  test.each<[string, object | undefined]>([
    ['without options', undefined],
    ['with usage off', { include_usage: false, other: 1 }],
    ['with usage on', { include_usage: true }],
  ])('for a stream %s asks for the usage chunk', (_, options) => {
    const body = { model: 'openai/gpt-4o', messages, stream: true, stream_options: options };
    expect(sent(JSON.stringify(body), true)).toEqual({
      ...body,
      model: 'gpt-4o',
      stream_options: { ...options, include_usage: true },
    });
  });
});
