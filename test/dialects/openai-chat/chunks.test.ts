import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createChunkWriter } from '../../../functions/dialects/openai-chat/chunks.ts';

const writer = createChunkWriter('chatcmpl-1', 1_700_000_000, 'anthropic/claude-sonnet-4-5');
// fast-check's own unit `binary` takes seconds to set up.
const anyText = fc.string({ unit: fc.integer({ min: 0, max: 0x10ffff }).map((point) => String.fromCodePoint(point)) });
const head = {
  id: 'chatcmpl-1',
  object: 'chat.completion.chunk',
  created: 1_700_000_000,
  model: 'anthropic/claude-sonnet-4-5',
};

describe('the chunks of one stream', () => {
  it('carry one choice each, unfinished unless it is said', () => {
    expect(JSON.parse(writer.delta(0, { role: 'assistant', content: '' }))).toEqual({
      ...head,
      choices: [{ index: 0, delta: { role: 'assistant', content: '' }, finish_reason: null }],
    });
    expect(JSON.parse(writer.delta(2, {}, 'stop', { logprobs: null }))).toEqual({
      ...head,
      choices: [{ index: 2, delta: {}, logprobs: null, finish_reason: 'stop' }],
    });
  });

  it('end with the usage and no choice', () => {
    expect(writer.usage({ total_tokens: 7 })).toEqual({ ...head, choices: [], usage: { total_tokens: 7 } });
  });

  it('stay JSON on one line whatever the model and the text are', () => {
    fc.assert(
      fc.property(anyText, anyText, (model, content) => {
        const chunk = createChunkWriter('chatcmpl-2', 1, model).delta(0, { content });
        expect(chunk).not.toMatch(/[\r\n]/);
        expect(JSON.parse(chunk)).toMatchObject({ model, choices: [{ delta: { content } }] });
      }),
    );
  });
});
