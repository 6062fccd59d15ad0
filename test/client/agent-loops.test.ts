import type OpenAI from 'openai';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startGateway, type TestGateway, type TestWorkspace } from './gateway.ts';

const models = [
  'openai/gpt-4o-mini',
  'openai/gpt-5-mini',
  'bedrock/global.anthropic.claude-sonnet-4-5-20250929-v1:0',
  'bedrock/amazon.nova-pro-v1:0',
  'vertex/anthropic/claude-sonnet-4-5@20250929',
  'vertex/gemini-3-flash-preview',
  'vertex/meta/llama-4-maverick-17b-128e-instruct-maas',
];
const task = 'write "hello" to notes.txt, then read notes.txt';
const done = 'Done. The tool said: hello';
const most = 5;

/** As tools of MCP servers are called: longer than the 64 characters that most formats take. */
const prefix = 'mcp__the_file_system_server_of_the_company_that_we_work_for__';
const text = { type: 'string' };
const tools = [
  { name: `${prefix}write_file`, properties: { path: text, content: text } },
  { name: `${prefix}read_file`, properties: { path: text } },
].map(({ name, properties }) => ({
  name,
  schema: { type: 'object', properties, required: Object.keys(properties), additionalProperties: false },
}));

/** What clients say that keep the thoughts themselves. */
const thinking = {
  include: ['reasoning.encrypted_content' as const],
  reasoning: { effort: 'low' as const, summary: 'auto' as const },
};

let gateway: TestGateway;
let workspace: TestWorkspace;
beforeAll(async () => {
  gateway = await startGateway();
  workspace = await gateway.workspace();
});
afterAll(() => gateway.close());

/** A folder of the agent, in memory, and its two tools. */
function createFolder() {
  const files = new Map<string, string>();
  return {
    files,
    use(name: string, input: { path: string; content?: string }): string {
      const file = input.path.replace(/^.*\//, '');
      if (name === `${prefix}write_file`) files.set(file, input.content ?? '');
      else if (name !== `${prefix}read_file`) throw new Error(`Nobody offered ${name}.`);
      return name.endsWith('read_file') ? (files.get(file) ?? 'no such file') : 'written';
    },
  };
}

describe.each(models)('an agent on %s writes a file and reads it again', (model) => {
  it.each([false, true])('through Messages as Claude Code sends them; streamed: %s', async (stream) => {
    const folder = createFolder();
    // The older models of Claude know no system turns.
    const messages: object[] = [
      { role: 'user', content: [{ type: 'text', text: task, cache_control: { type: 'ephemeral' } }] },
      ...(model.includes('claude') ? [] : [{ role: 'system', content: 'Be brief.' }]),
    ];
    const said: string[] = [];
    for (let turn = 0; turn < most; turn++) {
      const { content, stop_reason } = await ask(model, messages, stream);
      messages.push({ role: 'assistant', content });
      said.push(...content.flatMap((block) => (block.type === 'text' ? [block.text ?? ''] : [])));
      if (stop_reason !== 'tool_use') break;
      const calls = content.filter(({ type }) => type === 'tool_use');
      messages.push({
        role: 'user',
        content: calls.map(({ id, name = '', input }) => ({
          type: 'tool_result',
          tool_use_id: id,
          content: folder.use(name, input as { path: string }),
        })),
      });
    }
    expect(Object.fromEntries(folder.files)).toEqual({ 'notes.txt': 'hello' });
    expect(said.join('')).toContain(done);
  });

  it.each([false, true])('through Responses, keeping nothing; streamed: %s', async (stream) => {
    const folder = createFolder();
    const client = workspace.client();
    const input: OpenAI.Responses.ResponseInputItem[] = [{ role: 'user', content: task }];
    // OpenAI's own names end at 64 characters, and are not translated.
    const short = (name: string) => name.replace(prefix, '');
    let said = '';
    for (let turn = 0; turn < most; turn++) {
      const request = {
        model,
        input,
        store: false,
        ...(model !== 'openai/gpt-4o-mini' && thinking),
        tools: tools.map(({ name, schema }) => ({
          type: 'function' as const,
          name: short(name),
          parameters: schema,
          strict: true,
        })),
      };
      const response = stream
        ? await client.responses.stream(request).finalResponse()
        : await client.responses.create(request);
      const calls = response.output.flatMap((item) => (item.type === 'function_call' ? [item] : []));
      input.push(...(response.output as OpenAI.Responses.ResponseInputItem[]));
      for (const { call_id, name, arguments: json } of calls)
        input.push({
          type: 'function_call_output',
          call_id,
          output: folder.use(prefix + name, JSON.parse(json)),
        });
      said = response.output_text;
      if (calls.length === 0) break;
    }
    expect(Object.fromEntries(folder.files)).toEqual({ 'notes.txt': 'hello' });
    expect(said).toContain(done);
  });

  it('through chat completions', async () => {
    const folder = createFolder();
    const messages: OpenAI.ChatCompletionMessageParam[] = [{ role: 'user', content: task }];
    let said = '';
    for (let turn = 0; turn < most; turn++) {
      const { choices } = await workspace.client().chat.completions.create({
        model,
        messages,
        tools: tools.map(({ name, schema }) => ({
          type: 'function',
          function: { name: name.replace(prefix, ''), parameters: schema },
        })),
      });
      const message = choices[0]?.message;
      if (message === undefined) throw new Error('There is no answer.');
      messages.push(message);
      for (const call of message.tool_calls ?? [])
        if (call.type === 'function')
          messages.push({
            role: 'tool',
            tool_call_id: call.id,
            content: folder.use(prefix + call.function.name, JSON.parse(call.function.arguments)),
          });
      said = message.content ?? '';
      if ((message.tool_calls ?? []).length === 0) break;
    }
    expect(Object.fromEntries(folder.files)).toEqual({ 'notes.txt': 'hello' });
    expect(said).toContain(done);
  });
});

interface Block {
  type: string;
  text?: string;
  thinking?: string;
  signature?: string;
  id?: string;
  name?: string;
  input?: unknown;
}

interface Message {
  content: Block[];
  stop_reason: string;
}

/** What Claude Code 2.1 says beside the conversation. */
async function ask(model: string, messages: object[], stream: boolean): Promise<Message> {
  const answer = await fetch(`${gateway.url}/v1/messages?beta=true`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${workspace.key}`,
      'content-type': 'application/json',
      'anthropic-version': '2023-06-01',
      'anthropic-beta':
        'claude-code-20250219,interleaved-thinking-2025-05-14,context-management-2025-06-27,prompt-caching-scope-2026-01-05',
    },
    body: JSON.stringify({
      model,
      messages,
      stream,
      max_tokens: 32_000,
      thinking: { type: 'enabled', budget_tokens: 31_999 },
      context_management: { edits: [{ type: 'clear_thinking_20251015', keep: 'all' }] },
      metadata: { user_id: '{"device_id":"d","session_id":"s"}' },
      system: [
        {
          type: 'text',
          text: 'You are an agent.',
          cache_control: { type: 'ephemeral', scope: 'global' },
        },
      ],
      tools: tools.map(({ name, schema }) => ({ name, description: name, input_schema: schema })),
    }),
  });
  const body = await answer.text();
  if (answer.status !== 200) throw new Error(`${answer.status} ${body}`);
  return stream ? assemble(body) : JSON.parse(body);
}

function assemble(body: string): Message {
  const blocks: (Block & { json?: string })[] = [];
  let reason = '';
  for (const [, data = ''] of body.matchAll(/^data: (.*)$/gm)) {
    const { type, index, content_block, delta } = JSON.parse(data);
    if (type === 'content_block_start') blocks[index] = { ...content_block, json: '' };
    if (type === 'message_delta') reason = delta.stop_reason;
    const block = blocks[index];
    if (type !== 'content_block_delta' || block === undefined) continue;
    if (delta.type === 'text_delta') block.text += delta.text;
    if (delta.type === 'thinking_delta') block.thinking += delta.thinking;
    if (delta.type === 'signature_delta') block.signature = delta.signature;
    if (delta.type === 'input_json_delta') block.json += delta.partial_json;
  }
  if (!body.includes('event: message_stop')) throw new Error('The stream was cut.');
  const content = blocks.map(({ json, ...block }) =>
    block.type === 'tool_use' ? { ...block, input: JSON.parse(json || '{}') } : block,
  );
  return { content, stop_reason: reason };
}
