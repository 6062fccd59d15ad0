import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Block, ToolCallBlock } from '../../../functions/core/chat/conversation.ts';
import { isObject, type JsonObject } from '../../../functions/core/json.ts';
import { readRequest } from '../../../functions/dialects/openai-responses/read-request.ts';
import { writeAnswer } from '../../../functions/dialects/openai-responses/write-answer.ts';
import { createStreamWriter } from '../../../functions/dialects/openai-responses/write-stream.ts';
import { answers, eventsOf, head, partsOf, request, usage } from './conversations.ts';

/** Fields of the official types: a client may repeat no others. */
const standard: Record<string, string[]> = {
  message: ['type', 'id', 'role', 'content', 'status'],
  function_call: ['type', 'id', 'call_id', 'name', 'arguments', 'status'],
  custom_tool_call: ['type', 'id', 'call_id', 'name', 'input'],
  reasoning: ['type', 'id', 'summary', 'content', 'encrypted_content', 'status'],
};

function repeated(output: unknown): Block[] {
  const input = (output as JsonObject[]).map((item) =>
    Object.fromEntries(Object.entries(item).filter(([name]) => standard[String(item.type)]?.includes(name))),
  );
  const { turns } = readRequest(JSON.parse(JSON.stringify({ input })));
  expect(turns.every(({ role }) => role === 'assistant')).toBe(true);
  return turns.flatMap(({ blocks }) => blocks).map(({ at: _at, ...block }) => withoutOwnId(block as Block));
}

/** Thoughts that OpenAI encrypted have an id, which is that of their item when nobody gave one. */
function withoutOwnId(block: Block): Block {
  if (block.type !== 'reasoning' || block.id?.startsWith(`rs_${head.mintedId}`) !== true) return block;
  const { id: _id, ...rest } = block;
  return rest;
}

function outputOf(event: JsonObject | undefined): unknown {
  const response = event?.response;
  return isObject(response) ? response.output : undefined;
}

function written(blocks: Block[]): JsonObject {
  const answer = { choices: [{ blocks, finish: { reason: 'stop' as const } }], usage };
  return writeAnswer(answer, head, request()).body;
}

describe('an answer that the client repeats', () => {
  it('is the same conversation', () => {
    fc.assert(
      fc.property(answers, (blocks) => {
        expect(repeated(written(blocks).output)).toEqual(blocks);
      }),
      { numRuns: 300 },
    );
  });

  it('is the same whole and streamed, however it is cut', () => {
    fc.assert(
      fc.property(answers, fc.array(fc.integer({ min: 1, max: 7 }), { minLength: 1 }), (blocks, cuts) => {
        const write = createStreamWriter(head, request());
        const parts = partsOf(blocks, cuts);
        const frames = parts.flatMap((part) => write([part]));
        frames.push(
          ...write([
            { type: 'finish', choice: 0, finish: { reason: 'stop' } },
            { type: 'usage', usage },
            { type: 'end' },
          ]),
        );
        const last = eventsOf(frames).at(-1);
        expect(last?.response).toEqual(written(blocks));
      }),
      { numRuns: 300 },
    );
  });

  it('brings back a signature of a call that is known only at its end', () => {
    const signature = { format: 'google' as const, value: 'c2ln' };
    const write = createStreamWriter(head, request());
    const last = eventsOf(
      write([
        { type: 'open', choice: 0, block: { type: 'tool_call', id: 'c', name: 'f', kind: 'function' } },
        { type: 'close', choice: 0, signature },
        { type: 'end' },
      ]),
    ).at(-1);
    expect(last).toMatchObject({ type: 'response.completed' });
    expect(repeated(outputOf(last))).toEqual([
      { type: 'tool_call', id: 'c', name: 'f', kind: 'function', input: '{}', signature },
    ]);
  });

  it('gives a signature to no call but its own', () => {
    const signature = { format: 'google' as const, value: 'c2ln' };
    const call: ToolCallBlock = { type: 'tool_call', id: 'a', name: 'f', kind: 'function', input: '{}' };
    const output = written([
      { ...call, signature },
      { ...call, id: 'b' },
    ]).output as JsonObject[];
    const carrier = output[0];
    expect(carrier).toMatchObject({ type: 'reasoning', summary: [] });
    const { turns } = readRequest({ input: [carrier, { role: 'user', content: 'x' }, output[2]] });
    expect(turns[1]?.blocks[0]).not.toHaveProperty('signature');
  });
});
