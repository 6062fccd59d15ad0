import { describe, expect, it } from 'vitest';
import { editRequest } from '../../../functions/dialects/anthropic-messages/edit-request.ts';
import { bedrockBetas } from '../../../functions/dialects/anthropic-messages/hosts/betas.ts';
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
    const [one, two, three, four] = bedrockBetas;
    const asked = { ...body, anthropic_beta: [one, two], betas: [four], anthropic_version: 'mine' };
    expect(editRequest(asked, { host: 'bedrock', model: 'm', stream: true, betaHeader: `${two}, ${three} ,` })).toEqual(
      {
        body: { anthropic_version: 'bedrock-2023-05-31', ...kept, anthropic_beta: [two, three, one, four] },
        betas: [],
        dropped: [],
      },
    );
  });

  it('goes to Vertex AI without model, with its version, the betas apart', () => {
    const asked = { ...body, anthropic_beta: ['context-1m-2025-08-07'] };
    const betaHeader = 'interleaved-thinking-2025-05-14';
    expect(editRequest(asked, { host: 'vertex', model: 'm', stream: true, betaHeader })).toEqual({
      body: { anthropic_version: 'vertex-2023-10-16', ...kept, stream: true },
      betas: ['interleaved-thinking-2025-05-14', 'context-1m-2025-08-07'],
      dropped: [],
    });
    expect(editRequest({ ...body, stream: false }, { host: 'vertex', model: 'm', stream: false })).toEqual({
      body: { anthropic_version: 'vertex-2023-10-16', ...kept },
      betas: [],
      dropped: [],
    });
  });

  it("goes to Anthropic itself under the provider's id of the model", () => {
    expect(editRequest(body, { host: 'anthropic', model: 'claude-x', stream: true })).toEqual({
      body: { ...kept, model: 'claude-x', stream: true },
      betas: [],
      dropped: [],
    });
  });

  // What Claude Code 2.1 sends.
  const ofClaudeCode =
    'claude-code-20250219,interleaved-thinking-2025-05-14,thinking-token-count-2026-05-13,context-management-2025-06-27,prompt-caching-scope-2026-01-05';

  it.each(['bedrock', 'vertex'] as const)(
    'goes to %s without the betas that it would refuse, which are named',
    (host) => {
      const {
        body: sent,
        betas,
        dropped,
      } = editRequest(body, { host, model: 'm', stream: true, betaHeader: ofClaudeCode });
      const taken = ['interleaved-thinking-2025-05-14', 'context-management-2025-06-27'];
      expect(host === 'bedrock' ? sent.anthropic_beta : betas).toEqual(taken);
      expect(dropped).toEqual(['anthropic-beta']);
      const anthropics = editRequest(body, { host: 'anthropic', model: 'm', stream: true, betaHeader: ofClaudeCode });
      expect(anthropics).toMatchObject({ betas: ofClaudeCode.split(','), dropped: [] });
    },
  );

  it("names no betas at all where none is left, and a beta by the host's own name", () => {
    const to = { host: 'bedrock', model: 'm', stream: true } as const;
    expect(editRequest(body, { ...to, betaHeader: 'oauth-2025-04-20' }).body).not.toHaveProperty('anthropic_beta');
    const renamed = { ...to, betaHeader: 'advanced-tool-use-2025-11-20,tool-search-tool-2025-10-19' };
    expect(editRequest(body, renamed)).toMatchObject({
      body: { anthropic_beta: ['tool-search-tool-2025-10-19'] },
      dropped: [],
    });
  });

  it('goes without the fields of betas that the host does not know', () => {
    const scoped = { type: 'ephemeral', scope: 'global', ttl: '1h' };
    const result = {
      type: 'tool_result',
      tool_use_id: 't',
      content: [{ type: 'text', text: 'r', cache_control: scoped }],
    };
    const given = {
      ...body,
      speed: 'fast',
      system: [{ type: 'text', text: 's', cache_control: scoped }],
      tools: [{ name: 'n', input_schema: {}, cache_control: scoped }],
      messages: [...body.messages, { role: 'user', content: [result] }],
    };
    const betaHeader = 'fast-mode-2026-02-01,prompt-caching-scope-2026-01-05';
    const { body: sent, dropped } = editRequest(given, { host: 'bedrock', model: 'm', stream: false, betaHeader });
    expect(dropped).toEqual(['anthropic-beta', 'speed', 'cache_control.scope']);
    expect(sent).not.toHaveProperty('speed');
    expect(JSON.stringify(sent)).not.toContain('scope');
    expect(JSON.stringify(sent).match(/"ttl":"1h"/g)).toHaveLength(3);
    // Without the beta it is the caller's own affair.
    expect(editRequest(given, { host: 'bedrock', model: 'm', stream: false })).toMatchObject({
      body: { speed: 'fast', system: given.system },
      dropped: [],
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
