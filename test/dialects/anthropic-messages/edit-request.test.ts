import { describe, expect, it } from 'vitest';
import { editRequest } from '../../../functions/dialects/anthropic-messages/edit-request.ts';
import { carry } from '../../../functions/dialects/anthropic-messages/signatures.ts';

const body = {
  model: 'anything',
  stream: true,
  max_tokens: 5,
  messages: [{ role: 'user', content: 'hi' }],
  some_future_field: { a: [1, null] },
};
const { model: _model, stream: _stream, ...kept } = body;

describe("a caller's Messages body", () => {
  it('goes to Bedrock without model and stream, with its version and the betas of header and body', () => {
    const asked = { ...body, anthropic_beta: ['a', 'b'], betas: ['d'], anthropic_version: 'mine' };
    expect(editRequest(asked, { host: 'bedrock', model: 'm', stream: true, betaHeader: 'b, c ,' })).toEqual({
      body: { anthropic_version: 'bedrock-2023-05-31', ...kept, anthropic_beta: ['b', 'c', 'a', 'd'] },
      betas: [],
    });
  });

  it('goes to Vertex AI without model, with its version, the betas apart', () => {
    const asked = { ...body, anthropic_beta: ['a'] };
    expect(editRequest(asked, { host: 'vertex', model: 'm', stream: true, betaHeader: 'b' })).toEqual({
      body: { anthropic_version: 'vertex-2023-10-16', ...kept, stream: true },
      betas: ['b', 'a'],
    });
    expect(editRequest({ ...body, stream: false }, { host: 'vertex', model: 'm', stream: false })).toEqual({
      body: { anthropic_version: 'vertex-2023-10-16', ...kept },
      betas: [],
    });
  });

  it("goes to Anthropic itself under the provider's id of the model", () => {
    expect(editRequest(body, { host: 'anthropic', model: 'claude-x', stream: true })).toEqual({
      body: { ...kept, model: 'claude-x', stream: true },
      betas: [],
    });
  });

  it("goes without what other makers' models thought, and keeps Claude's thoughts", () => {
    const foreign = carry({ signature: { format: 'google', value: 's' }, call: 't' });
    const claudes = { type: 'thinking', thinking: 'hm', signature: 'EqQB' };
    const call = { type: 'tool_use', id: 't', name: 'n', input: {} };
    const messages = [
      ...body.messages,
      { role: 'assistant', content: [{ type: 'thinking', thinking: '', signature: foreign }, call, claudes] },
      { role: 'assistant', content: [{ type: 'redacted_thinking', data: carry({}) }] },
    ];
    expect(editRequest({ ...body, messages }, { host: 'vertex', model: 'm', stream: false }).body.messages).toEqual([
      ...body.messages,
      { role: 'assistant', content: [call, claudes] },
    ]);
  });

  it('names calls of other models as Claude can', () => {
    const messages = [
      { role: 'assistant', content: [{ type: 'tool_use', id: 'functions.n:0', name: 'n', input: {} }] },
      { role: 'user', content: [{ type: 'tool_result', tool_use_id: 'functions.n:0' }] },
    ];
    expect(editRequest({ messages }, { host: 'bedrock', model: 'm', stream: false }).body.messages).toMatchObject([
      { content: [{ id: 'functions_n_0' }] },
      { content: [{ tool_use_id: 'functions_n_0' }] },
    ]);
  });

  it('is not changed in place', () => {
    const before = structuredClone(body);
    const edited = editRequest(body, { host: 'bedrock', model: 'm', stream: false, betaHeader: 'x' });
    expect(body).toEqual(before);
    expect(edited.body.messages).toBe(body.messages);
  });
});
