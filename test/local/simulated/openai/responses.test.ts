import OpenAI from 'openai';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Listening } from '../../../../local/listening.ts';
import { createSimulatedOpenAi } from '../../../../local/simulated/openai/server.ts';
import { startSimulatedProviders } from '../../../../local/simulated/server.ts';

type Request = OpenAI.Responses.ResponseCreateParamsNonStreaming;
type Item = OpenAI.Responses.ResponseInputItem;

let server: Listening;
beforeAll(async () => {
  server = await startSimulatedProviders({ openai: createSimulatedOpenAi({ paceMs: 0 }) });
});
afterAll(() => server.close());

const client = (apiKey = 'sk-sim-demo') => new OpenAI({ apiKey, baseURL: `${server.url}/openai/v1`, maxRetries: 0 });
const create = (request: Partial<Request>, apiKey?: string) =>
  client(apiKey).responses.create({ model: 'gpt-4o', ...request } as Request);

/** The events of a streamed response. */
async function streamed(request: Partial<Request>, apiKey?: string) {
  const body = { model: 'gpt-4o', ...request, stream: true } as OpenAI.Responses.ResponseCreateParamsStreaming;
  const events: OpenAI.Responses.ResponseStreamEvent[] = [];
  for await (const event of await client(apiKey).responses.create(body)) events.push(event);
  return events;
}

const writer = {
  type: 'function' as const,
  name: 'write_file',
  strict: false,
  parameters: {
    type: 'object',
    properties: { path: { type: 'string' }, content: { type: 'string' } },
    required: ['path', 'content'],
  },
};
const asked: Item = { role: 'user', content: 'write "hello" to notes.txt' };
const sealed: Partial<Request> = { model: 'gpt-5', include: ['reasoning.encrypted_content'], store: false };

describe('the simulated Responses API', () => {
  it('repeats what it is told, whole and streamed', async () => {
    const response = await create({ input: 'Hello there', instructions: 'Be kind.' });
    expect(response).toMatchObject({
      status: 'completed',
      instructions: 'Be kind.',
      output_text: 'You said: Hello there',
    });
    const events = await streamed({ input: 'Hello' });
    expect(events.map(({ type }) => type)).toEqual([
      'response.created',
      'response.in_progress',
      'response.output_item.added',
      'response.content_part.added',
      'response.output_text.delta',
      'response.output_text.delta',
      'response.output_text.delta',
      'response.output_text.done',
      'response.content_part.done',
      'response.output_item.done',
      'response.completed',
    ]);
    expect(events.map(({ sequence_number }) => sequence_number)).toEqual(events.map((_, i) => i));
    expect(events[4]).toHaveProperty('obfuscation');
  });

  it('carries sealed reasoning and a call through a loop that stores nothing', async () => {
    const tools = [writer];
    const system: Item = { role: 'developer', content: '<cwd>/srv/app</cwd>' };
    const first = await create({ ...sealed, tools, input: [system, asked], reasoning: { summary: 'auto' } });
    expect(first.output).toMatchObject([
      { type: 'reasoning', summary: [{ type: 'summary_text' }], encrypted_content: expect.stringMatching(/^gAAAA/) },
      { type: 'function_call', name: 'write_file', arguments: '{"path":"/srv/app/notes.txt","content":"hello"}' },
    ]);
    expect(first.usage?.output_tokens_details.reasoning_tokens).toBeGreaterThan(0);
    const [reasoning, call] = first.output as [Item, OpenAI.Responses.ResponseFunctionToolCall];
    const result: Item = { type: 'function_call_output', call_id: call.call_id, output: '{"output":"saved"}' };
    const second = await create({ ...sealed, tools, input: [system, asked, reasoning, call, result] });
    expect(second.output_text).toBe('Done. The tool said: saved');
    const altered = JSON.parse(JSON.stringify(reasoning).replace('"gAAAAA', '"gAAAAAb'));
    await expect(create({ ...sealed, tools, input: [asked, altered, call, result] })).rejects.toMatchObject({
      code: 'invalid_encrypted_content',
    });
    await expect(create({ ...sealed, input: [asked, reasoning] })).rejects.toMatchObject({
      message: expect.stringContaining('without its required following item'),
    });
  });

  it('keeps responses for their owner to go on from, until they are removed', async () => {
    const first = await create({ model: 'gpt-5', tools: [writer], input: [asked] });
    const call = first.output.find((item) => item.type === 'function_call');
    const result: Item = { type: 'function_call_output', call_id: call?.call_id ?? '', output: 'saved' };
    const next = { model: 'gpt-5', tools: [writer], previous_response_id: first.id, input: [result] };
    expect((await create(next)).output_text).toBe('Done. The tool said: saved');
    const references = first.output.map((item): Item => ({ type: 'item_reference', id: item.id ?? '' }));
    expect(
      (await create({ ...next, previous_response_id: undefined, input: [asked, ...references, result] })).output_text,
    ).toContain('saved');
    await expect(create(next, 'sk-sim-other')).rejects.toMatchObject({ code: 'previous_response_not_found' });
    expect(await client().responses.retrieve(first.id)).toMatchObject({ id: first.id });
    await client().responses.delete(first.id);
    await expect(create(next)).rejects.toMatchObject({ code: 'previous_response_not_found' });
  });

  it('gives patches to a tool that takes text, and words to a local shell', async () => {
    const definition = 'start: begin_patch\nbegin_patch: "*** Begin Patch" LF';
    const custom = {
      type: 'custom',
      name: 'patching',
      format: { type: 'grammar', syntax: 'lark', definition },
    } as const;
    const patched = await create({ tools: [custom], input: [asked] });
    expect(patched.output).toMatchObject([
      {
        type: 'custom_tool_call',
        name: 'patching',
        input: expect.stringContaining('*** Add File: notes.txt\n+hello\n'),
      },
    ]);
    const { call_id } = patched.output[0] as OpenAI.Responses.ResponseCustomToolCall;
    const done: Item = { type: 'custom_tool_call_output', call_id, output: 'patched' };
    const again = [asked, ...(patched.output as Item[]), done];
    expect((await create({ tools: [custom], input: again })).output_text).toBe('Done. The tool said: patched');
    const { output } = await create({ tools: [{ type: 'local_shell' }], input: 'run "ls -l"' });
    expect(output).toMatchObject([{ type: 'local_shell_call', action: { command: ['bash', '-lc', 'ls -l'] } }]);
    const [shell] = output as OpenAI.Responses.ResponseOutputItem.LocalShellCall[];
    const shown: Item = { type: 'local_shell_call_output', id: shell?.call_id ?? '', output: 'a.txt' };
    const input = [{ role: 'user', content: 'run "ls -l"' } as Item, shell as Item, shown];
    expect((await create({ tools: [{ type: 'local_shell' }], input })).output_text).toContain('a.txt');
  });

  it('searches the web itself, and cites what it found', async () => {
    const { output } = await create({ tools: [{ type: 'web_search' }], input: 'search the web for penguins' });
    expect(output).toMatchObject([
      { type: 'web_search_call', status: 'completed', action: { type: 'search', query: 'penguins' } },
      { type: 'message', content: [{ annotations: [{ type: 'url_citation' }] }] },
    ]);
  });

  it.each<[string, Partial<Request>]>([
    ['a function', { ...sealed, tools: [writer], input: [asked], reasoning: { summary: 'detailed' } }],
    ['a tool that takes text', { tools: [{ type: 'custom', name: 'apply_patch' }], input: [asked] }],
    ['a shell', { tools: [{ type: 'local_shell' }], input: [asked] }],
    ['a search', { tools: [{ type: 'web_search' }], input: 'search for penguins' }],
  ])('streams the items that it ends with: %s', async (_, request) => {
    const events = await streamed(request);
    const done = events.flatMap((event) => (event.type === 'response.output_item.done' ? [event.item] : []));
    const last = events.at(-1);
    expect(last?.type === 'response.completed' && last.response.output).toEqual(done);
    const pieces = events.flatMap((event) => ('delta' in event ? [event.delta] : [])).join('');
    for (const item of done) {
      if (item.type === 'function_call') expect(pieces).toContain(item.arguments);
      if (item.type === 'custom_tool_call') expect(pieces).toContain(item.input);
      if (item.type === 'reasoning') expect(pieces).toContain(item.summary[0]?.text);
    }
    expect(events.filter(({ type }) => type === 'response.output_item.added')).toHaveLength(done.length);
  });

  it('says what cut an answer short', async () => {
    const long = 'word '.repeat(40);
    expect(await create({ input: long, max_output_tokens: 16 })).toMatchObject({
      status: 'incomplete',
      incomplete_details: { reason: 'max_output_tokens' },
    });
    expect((await streamed({ input: long, max_output_tokens: 16 })).at(-1)?.type).toBe('response.incomplete');
    expect(await create({ input: 'hi', model: 'sim-filtered' })).toMatchObject({
      incomplete_details: { reason: 'content_filter' },
    });
  });

  it('fills in a schema, and counts tokens', async () => {
    const schema = { type: 'object', properties: { ok: { type: 'boolean' } }, required: ['ok'] };
    const format = { type: 'json_schema', name: 'answer', schema } as const;
    expect((await create({ input: 'hi', text: { format } })).output_text).toBe('{"ok":true}');
    const counted = await client().responses.inputTokens.count({ model: 'gpt-4o', input: 'hi' });
    expect(counted.input_tokens).toBeGreaterThan(0);
  });

  it('breaks off a stream of sk-sim-cut before its end', async () => {
    await expect(streamed({ input: 'one two three' }, 'sk-sim-cut')).rejects.toThrow();
  });
});
