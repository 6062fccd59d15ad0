import { describe, expect, it } from 'vitest';
import { carryReasoning } from '../../../functions/dialects/openai-responses/carrier.ts';
import { editRequest } from '../../../functions/dialects/openai-responses/native.ts';

const picture = `data:image/png;base64,${'A'.repeat(70_000)}`;

function edited(body: Record<string, unknown>, text = JSON.stringify(body)): string {
  return editRequest(body, text, { model: 'gpt-5' });
}

describe('the request for a provider that speaks the Responses API', () => {
  it('is the caller’s body with the provider’s name of the model', () => {
    const body = { model: 'openai/gpt-5', input: 'hello', some_future_field: { a: [1, null] }, store: true };
    expect(JSON.parse(edited(body))).toEqual({ ...body, model: 'gpt-5' });
  });

  it('is edited in its text when it is large', () => {
    const text = `{ "input" : [{"role":"user","content":[{"type":"input_image","image_url":"${picture}"}]}],\n "model" :\t"openai/gpt-5" , "n":1e2}`;
    expect(edited(JSON.parse(text), text)).toBe(text.replace('"openai/gpt-5"', '"gpt-5"'));
  });

  it.each([
    [
      'a tool names a model, too',
      { model: 'openai/gpt-5', tools: [{ type: 'image_generation', model: 'gpt-image-1' }] },
    ],
    ['the name stands in a text', { model: 'openai/gpt-5', instructions: 'say "model": "x"' }],
    ['the field comes last', { instructions: 'x', model: 'openai/gpt-5' }],
  ])('means the same by either way when it is large and %s', (_, more) => {
    const body = { input: picture, ...more };
    expect(JSON.parse(edited(body))).toEqual({ ...body, model: 'gpt-5' });
  });

  it('is written anew when the field is written with escapes or given twice', () => {
    for (const text of [
      `{"input":"${picture}","\\u006dodel":"openai/gpt-5","text":{"model":"x"}}`,
      `{"model":"first","input":"${picture}","model":"openai/gpt-5"}`,
    ]) {
      const body = JSON.parse(text);
      expect(JSON.parse(edited(body, text))).toEqual({ ...body, model: 'gpt-5' });
    }
  });

  it('is written anew when the body is no longer what its text says', () => {
    const body = { model: 'openai/gpt-5', input: picture, store: false };
    expect(JSON.parse(editRequest(body, undefined, { model: 'gpt-5' }))).toEqual({ ...body, model: 'gpt-5' });
  });

  it('holds no thoughts of other makers’ models, which it could not read', () => {
    const own = { type: 'reasoning', id: 'rs_1', summary: [], encrypted_content: 'gAAAA' };
    const carried = {
      ...own,
      id: 'rs_2',
      encrypted_content: carryReasoning({ signature: { format: 'anthropic', value: 'c2ln' } }),
    };
    const input = [{ role: 'user', content: picture }, own, carried, { role: 'user', content: 'go on' }];
    const body = { model: 'openai/gpt-5', input };
    expect(JSON.parse(edited(body))).toEqual({ model: 'gpt-5', input: [input[0], own, input[3]] });
    expect(body.input).toHaveLength(4);
  });
});
