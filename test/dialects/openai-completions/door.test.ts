import { describe, expect, it, test } from 'vitest';
import type { ChatAnswer } from '../../../functions/core/chat/answer.ts';
import { noUsage } from '../../../functions/core/chat/usage.ts';
import type { JsonObject } from '../../../functions/core/json.ts';
import { openaiCompletions as door } from '../../../functions/dialects/openai-completions/door.ts';
import { eventsOf, head, jsonOf, partsOf, request } from '../openai-chat/samples.ts';

describe('a request', () => {
  test.each(['say hi', ['say hi']])('of the prompt %j is one turn', (prompt) => {
    expect(
      door.readRequest({ model: 'm', prompt, max_tokens: 7, stop: 'x', echo: false, best_of: 1, suffix: '' }),
    ).toMatchObject({
      turns: [{ role: 'user', blocks: [{ type: 'text', text: 'say hi' }] }],
      maxTokens: 7,
      stop: ['x'],
      extra: {},
      names: { maxTokens: 'max_tokens', stop: 'stop' },
    });
  });

  test.each<[JsonObject, string]>([
    [{ prompt: ['a', 'b'] }, 'prompt'],
    [{ prompt: [1, 2] }, 'prompt'],
    [{ prompt: [[1, 2]] }, 'prompt'],
    [{}, 'prompt'],
    [{ prompt: 'a', echo: true }, 'echo'],
    [{ prompt: 'a', suffix: 'b' }, 'suffix'],
    [{ prompt: 'a', best_of: 2 }, 'best_of'],
    [{ prompt: 'a', logprobs: 0 }, 'logprobs'],
  ])('%j cannot be translated because of %s', (body, param) => {
    expect(() => door.readRequest(body)).toThrow(expect.objectContaining({ param, unprocessable: true }));
  });

  it('on platform credentials tells the workspace’s tag under the older name', () => {
    expect(door.forPlatform({ prompt: 'a', user: 'u', service_tier: 'priority' }, 'tag')).toEqual({
      body: { prompt: 'a', user: 'tag' },
      dropped: ['service_tier'],
    });
    expect(door.storedThing({ prompt: 'file-1' })).toBeNull();
  });
});

describe('an answer', () => {
  const usage = { ...noUsage, prompt: 3, completion: 2 };
  const answer: ChatAnswer = {
    choices: [
      {
        blocks: [
          { type: 'reasoning', text: 'Hm' },
          { type: 'text', text: 'Hello' },
          { type: 'tool_call', id: 'a', name: 'f', input: '{}', kind: 'function' },
        ],
        finish: { reason: 'context' },
      },
    ],
    usage,
  };
  const fields = { id: `cmpl-${head.mintedId}`, object: 'text_completion', created: 42, model: 'openai/gpt-4o-mini' };

  it('is a text completion', () => {
    expect(door.writeAnswer(answer, head, request())).toEqual({
      body: {
        ...fields,
        choices: [{ text: 'Hello', index: 0, logprobs: null, finish_reason: 'length' }],
        usage: expect.objectContaining({ prompt_tokens: 3, completion_tokens: 2 }),
      },
      usage,
      finishReason: 'length',
    });
  });

  test.each([0, null])('streamed says the same (cut at %j)', (at) => {
    const frames = door.createStreamWriter(head, request())(partsOf(answer, () => at));
    const chunks = eventsOf(frames);
    for (const chunk of chunks) expect(chunk).toMatchObject(fields);
    const choices = chunks.flatMap((chunk) => chunk.choices as JsonObject[]);
    expect(choices.map(({ text }) => text).join('')).toBe('Hello');
    expect(choices.map(({ finish_reason: reason }) => reason)).toEqual([null, 'length']);
    expect(frames.map(({ type }) => type)).toEqual(['event', 'event', 'finish', 'usage', 'end']);
    const counted = frames.find((frame) => frame.type === 'usage');
    expect(jsonOf(counted?.write({ cost: '1' }) ?? null)).toMatchObject({
      choices: [],
      usage: { prompt_tokens: 3, cost: '1' },
    });
  });

  it('of a provider that speaks the format passes as it is, with an id of its own kind where it has none', () => {
    const relay = door.native.createRelay(head, () => ({
      kind: 'overloaded',
      status: null,
      code: null,
      message: '',
      providerRequestId: null,
    }));
    const chunk = {
      object: 'text_completion',
      model: 'm',
      choices: [{ text: 'a', index: 0, logprobs: null, finish_reason: null }],
    };
    const frames = [
      ...relay.push(JSON.stringify(chunk)),
      ...relay.push(JSON.stringify({ ...chunk, choices: [{ text: '', finish_reason: 'stop' }] })),
      ...relay.push('[DONE]'),
    ];
    expect(frames).toMatchObject([
      { type: 'event', content: true, closing: false },
      { type: 'event', closing: true },
      { type: 'finish', reason: 'stop' },
      { type: 'end' },
    ]);
    expect(eventsOf(frames)[0]).toEqual({
      ...chunk,
      id: `cmpl-${head.mintedId}`,
      created: 42,
      model: head.callerModel,
    });
  });
});
