import { describe, expect, it } from 'vitest';
import { countRequest, readCount, withLimit } from '../../../functions/dialects/anthropic-messages/count.ts';

const messages = [{ role: 'user', content: 'hi' }];
const tools = [{ name: 'a', input_schema: {} }];

describe('a request to count', () => {
  it('says nothing of the answer, and names the model', () => {
    const body = { model: 'x', max_tokens: 5, stream: true, temperature: 1, messages, tools };
    expect(countRequest(body, { host: 'anthropic', model: 'claude', betaHeader: 'b' })).toEqual({
      body: { messages, tools, model: 'claude' },
      betas: ['b'],
      dropped: [],
    });
  });

  it('names no betas at Vertex AI, which refuses any with a count, and nothing that needs one', () => {
    const body = { messages, context_management: { edits: [] } };
    const betaHeader = 'context-management-2025-06-27';
    expect(countRequest(body, { host: 'vertex', model: 'claude', betaHeader })).toEqual({
      body: { anthropic_version: 'vertex-2023-10-16', messages, model: 'claude' },
      betas: [],
      dropped: [],
    });
  });

  it('is what InvokeModel would have been sent at Bedrock, which needs a limit', () => {
    expect(countRequest({ model: 'x', messages, tools }, { host: 'bedrock', model: 'claude' }).body).toEqual({
      anthropic_version: 'bedrock-2023-05-31',
      max_tokens: 1,
      messages,
      tools,
    });
    const thinking = { type: 'enabled', budget_tokens: 2000 };
    expect(countRequest({ messages, thinking }, { host: 'bedrock', model: 'm' }).body.max_tokens).toBe(2001);
    expect(countRequest({ messages, max_tokens: 5 }, { host: 'bedrock', model: 'm' }).body.max_tokens).toBe(5);
  });

  it('gets a limit for the reader of the door', () => {
    expect(withLimit({ messages })).toEqual({ messages, max_tokens: 1 });
    expect(withLimit({ messages, max_tokens: 7 })).toEqual({ messages, max_tokens: 7 });
  });
});

describe('a count', () => {
  it.each([
    ['{"input_tokens":14}', 14],
    ['{"input_tokens":0}', 0],
    ['{"input_tokens":"14"}', null],
    ['{"error":{}}', null],
    ['<html>', null],
  ])('of %s is %s', (text, count) => {
    expect(readCount(text)).toBe(count);
  });
});
