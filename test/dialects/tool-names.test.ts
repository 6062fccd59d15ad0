import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ChatPart } from '../../functions/core/chat/answer.ts';
import type { ChatRequest } from '../../functions/core/chat/conversation.ts';
import type { UpstreamDialect } from '../../functions/core/chat/dialect.ts';
import { anthropicMessages as door } from '../../functions/dialects/anthropic-messages/door.ts';
import { withFittingToolNames } from '../../functions/dialects/tool-names.ts';

const fits = /^[a-zA-Z0-9_-]{1,64}$/;

/** A format whose body is the conversation itself, and whose model calls every tool that it is offered. */
const parrot: UpstreamDialect<null, ChatRequest, null, null> = {
  writeRequest: (request) => ({ body: request, dropped: [], bounds: {} as never }),
  readAnswer: (_, { body }) => ({
    choices: [{ blocks: body.tools.map(({ name }) => call(name)), finish: { reason: 'tool_calls' } }],
    usage: null,
  }),
  createStreamReader: ({ body }) => ({
    push: () =>
      body.tools.flatMap(({ name }): ChatPart[] => [
        { type: 'open', choice: 0, block: { type: 'tool_call', id: 'c', name, kind: 'function' } },
        { type: 'delta', choice: 0, text: '{}' },
        { type: 'whole', choice: 0, block: call(name) },
      ]),
    finish: () => [],
    done: () => false,
  }),
};

function call(name: string) {
  return { type: 'tool_call', id: 'c', name, input: '{}', kind: 'function' } as const;
}

const dialect = withFittingToolNames(parrot, fits);

function asked(names: string[]): ChatRequest {
  const [first = ''] = names;
  return door.readRequest({
    model: 'm',
    max_tokens: 9,
    messages: [
      { role: 'user', content: 'hi' },
      { role: 'assistant', content: [{ type: 'tool_use', id: 'c', name: first, input: {} }] },
      { role: 'user', content: [{ type: 'tool_result', tool_use_id: 'c', content: 'done' }] },
    ],
    tools: names.map((name) => ({ name, input_schema: { type: 'object' } })),
    tool_choice: { type: 'tool', name: first },
  });
}

const long = `mcp__a_server_with_quite_a_name__${'a_tool_with_another_'.repeat(3)}`;

describe('names of tools that a format cannot take', () => {
  it('go out shorter everywhere, and come back as they were', () => {
    const written = dialect.writeRequest(asked([`${long}one`, `${long}two`, 'short']), null);
    const names = written.body.tools.map(({ name }) => name);
    expect(names.every((name) => fits.test(name))).toBe(true);
    expect(new Set(names).size).toBe(3);
    expect(names[2]).toBe('short');
    expect(names[0]).toMatch(/^mcp__a_server.*_tool_with_another_one$/);
    expect(written.body.toolChoice).toMatchObject({ name: names[0] });
    expect(written.body.turns[1]?.blocks[0]).toMatchObject({ name: names[0] });
    const expected = [`${long}one`, `${long}two`, 'short'];
    expect(dialect.readAnswer(null, written)?.choices[0]?.blocks).toMatchObject(expected.map((name) => ({ name })));
    const parts = dialect.createStreamReader(written, () => expect.fail('no failure')).push(null);
    const told = parts.flatMap((part) =>
      (part.type === 'open' || part.type === 'whole') && part.block.type === 'tool_call' ? [part.block.name] : [],
    );
    expect(told).toEqual(expected.flatMap((name) => [name, name]));
  });

  it('are the same from request to request, so that caches hold', () => {
    const first = dialect.writeRequest(asked([long]), null).body.tools;
    expect(dialect.writeRequest(asked([long, 'more']), null).body.tools[0]).toEqual(first[0]);
  });

  it('leave a conversation alone that has none', () => {
    const request = asked(['short']);
    expect(dialect.writeRequest(request, null).body).toBe(request);
  });

  it('come back whatever they are', () => {
    const anyNames = fc.uniqueArray(fc.string({ minLength: 1, maxLength: 130 }), { minLength: 1, maxLength: 5 });
    fc.assert(
      fc.property(anyNames, (names) => {
        const written = dialect.writeRequest(asked(names), null);
        expect(written.body.tools.every(({ name }) => fits.test(name))).toBe(true);
        const blocks = dialect.readAnswer(null, written)?.choices[0]?.blocks;
        expect(blocks).toMatchObject(names.map((name) => ({ name })));
      }),
    );
  });
});
