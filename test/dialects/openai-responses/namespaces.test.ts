import { describe, expect, it } from 'vitest';
import type { Block } from '../../../functions/core/chat/conversation.ts';
import { writeAnswer } from '../../../functions/dialects/openai-responses/write-answer.ts';
import { head, request } from './conversations.ts';

const docs = {
  type: 'namespace',
  name: 'mcp__docs__',
  description: 'the manual',
  tools: [
    { type: 'function', name: 'search', description: 'finds', parameters: { type: 'object' }, strict: false },
    { type: 'custom', name: 'ask' },
  ],
};
const repl = { type: 'namespace', name: 'mcp__repl', tools: [{ type: 'function', name: 'js' }] };
const plain = { type: 'function', name: 'search', description: null, parameters: null, strict: null };
const asked = { tools: [docs, repl, plain] };

function call(name: string): Block {
  return { type: 'tool_call', id: 'call_1', name, kind: 'function', input: '{"input":"x"}' };
}

function answered(...blocks: Block[]) {
  return writeAnswer({ choices: [{ blocks, finish: { reason: 'tool_calls' } }], usage: null }, head, request(asked))
    .body;
}

describe('tools in a namespace', () => {
  it('are tools with longer names', () => {
    expect(request(asked).tools).toMatchObject([
      { type: 'function', name: 'mcp__docs__search', description: 'finds', at: 'tools.0.tools.0' },
      { type: 'custom', name: 'mcp__docs__ask' },
      { type: 'function', name: 'mcp__repl__js', at: 'tools.1.tools.0' },
      { type: 'function', name: 'search', at: 'tools.2' },
    ]);
  });

  it('are functions and custom tools alone', () => {
    const odd = {
      type: 'namespace',
      name: 'odd',
      tools: [{ type: 'namespace', name: 'inner', tools: [plain] }, { type: 'local_shell' }],
    };
    expect(request({ tools: [odd, plain] }).tools.map(({ name }) => name)).toEqual(['search']);
  });

  it('are called by their own names and their namespace', () => {
    const { output } = answered(call('mcp__docs__search'), call('mcp__docs__ask'), call('search'));
    expect(output).toMatchObject([
      { type: 'function_call', name: 'search', namespace: 'mcp__docs__' },
      { type: 'custom_tool_call', name: 'ask', namespace: 'mcp__docs__', input: 'x' },
      { type: 'function_call', name: 'search' },
    ]);
    expect((output as object[])[2]).not.toHaveProperty('namespace');
  });

  it('have their longer names in calls that the client repeats', () => {
    const input = [{ type: 'function_call', call_id: 'c', name: 'js', namespace: 'mcp__repl', arguments: '{}' }];
    expect(request({ ...asked, input }).turns[0]?.blocks).toMatchObject([{ name: 'mcp__repl__js' }]);
  });

  it('are told in the answer as they were offered', () => {
    expect(answered().tools).toEqual([docs, repl, plain]);
  });

  it('are chosen one by one or all together', () => {
    const tool_choice = {
      type: 'allowed_tools',
      mode: 'auto',
      tools: [
        { type: 'namespace', name: 'mcp__docs__' },
        { type: 'function', name: 'js', namespace: 'mcp__repl' },
      ],
    };
    expect(request({ ...asked, tool_choice }).toolChoice).toMatchObject({
      names: ['mcp__docs__search', 'mcp__docs__ask', 'mcp__repl__js'],
    });
    expect(
      request({ ...asked, tool_choice: { type: 'function', name: 'js', namespace: 'mcp__repl' } }).toolChoice,
    ).toEqual({ type: 'tool', name: 'mcp__repl__js' });
  });
});

describe('tools that come with the input', () => {
  it('are offered from the start, and once', () => {
    const input = [
      { role: 'user', content: 'hello' },
      { type: 'additional_tools', role: 'developer', tools: [plain, { type: 'function', name: 'later' }] },
    ];
    const { tools, turns } = request({ tools: [plain], input });
    expect(tools.map(({ name }) => name)).toEqual(['search', 'later']);
    expect(turns).toHaveLength(1);
  });
});
