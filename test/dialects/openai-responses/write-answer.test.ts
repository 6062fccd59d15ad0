import { describe, expect, it } from 'vitest';
import type { FinishReason } from '../../../functions/core/chat/answer.ts';
import type { Block } from '../../../functions/core/chat/conversation.ts';
import type { JsonObject } from '../../../functions/core/json.ts';
import { writeAnswer } from '../../../functions/dialects/openai-responses/write-answer.ts';
import { head, request, usage } from './conversations.ts';

const id = head.mintedId;
const hello: Block = { type: 'text', text: 'hello' };
const call: Block = { type: 'tool_call', id: 'call_1', name: 'f', input: '{"input":"free"}', kind: 'function' };

function write(blocks: Block[], more: JsonObject = {}, reason: FinishReason = 'stop') {
  return writeAnswer({ choices: [{ blocks, finish: { reason } }], usage }, head, request(more));
}

describe('a whole answer in the words of the Responses API', () => {
  it('has all fields that OpenAI’s has', () => {
    const tools = [{ type: 'function', name: 'f', description: null, parameters: null, strict: null }];
    const { body } = write([hello], { instructions: 'be brief', temperature: 0.5, tools, metadata: { a: 'b' } });
    expect(body).toEqual({
      id: `resp_${id}`,
      object: 'response',
      created_at: head.created,
      status: 'completed',
      background: false,
      error: null,
      incomplete_details: null,
      instructions: 'be brief',
      max_output_tokens: null,
      max_tool_calls: null,
      model: head.callerModel,
      output: [
        {
          id: `msg_${id}_0`,
          type: 'message',
          role: 'assistant',
          status: 'completed',
          content: [{ type: 'output_text', text: 'hello', annotations: [], logprobs: [] }],
        },
      ],
      parallel_tool_calls: true,
      previous_response_id: null,
      prompt_cache_key: null,
      reasoning: { effort: null, summary: null },
      safety_identifier: null,
      service_tier: 'default',
      store: false,
      temperature: 0.5,
      text: { format: { type: 'text' }, verbosity: 'medium' },
      tool_choice: 'auto',
      tools,
      top_logprobs: 0,
      top_p: null,
      truncation: 'disabled',
      usage: {
        input_tokens: 11,
        input_tokens_details: { cached_tokens: 4 },
        output_tokens: 7,
        output_tokens_details: { reasoning_tokens: 3 },
        total_tokens: 18,
      },
      user: null,
      metadata: { a: 'b' },
    });
  });

  it('repeats what was asked for as it was asked for', () => {
    const asked = {
      tools: [
        { type: 'custom', name: 'sql', description: 'runs', format: { type: 'text' } },
        { type: 'web_search', search_context_size: 'low' },
        { type: 'local_shell' },
      ],
      tool_choice: {
        type: 'allowed_tools',
        mode: 'auto',
        tools: [{ type: 'custom', name: 'sql' }, { type: 'local_shell' }],
      },
      text: {
        format: { type: 'json_schema', name: 's', description: 'd', schema: { type: 'object' }, strict: true },
        verbosity: 'low',
      },
      reasoning: { effort: 'low', summary: 'auto' },
      parallel_tool_calls: false,
      max_output_tokens: 9,
      user: 'u',
    };
    expect(write([hello], asked).body).toMatchObject(asked);
    expect(write([hello], { tools: asked.tools, tool_choice: { type: 'web_search' } }).body.tool_choice).toEqual({
      type: 'web_search',
    });
  });

  it.each<[FinishReason, string, string | null, string]>([
    ['stop', 'completed', null, 'stop'],
    ['tool_calls', 'completed', null, 'tool_calls'],
    ['stop_sequence', 'completed', null, 'stop'],
    ['pause', 'completed', null, 'stop'],
    ['length', 'incomplete', 'max_output_tokens', 'length'],
    ['context', 'incomplete', 'max_output_tokens', 'length'],
    ['content_filter', 'incomplete', 'content_filter', 'content_filter'],
  ])('that ended by %s is %s', (reason, status, why, logged) => {
    const { body, finishReason } = write([hello], {}, reason);
    expect(body).toMatchObject({ status, incomplete_details: why === null ? null : { reason: why } });
    expect(finishReason).toBe(logged);
  });

  it('joins neighbouring texts in one message', () => {
    const { output } = write([hello, { type: 'refusal', text: 'no' }, call, hello]).body as { output: JsonObject[] };
    expect(output.map(({ type }) => type)).toEqual(['message', 'function_call', 'message']);
    expect(output[0]?.content).toMatchObject([{ type: 'output_text' }, { type: 'refusal', refusal: 'no' }]);
  });

  it('calls the tool that the caller offered', () => {
    expect(write([call]).body.output).toMatchObject([
      { type: 'function_call', call_id: 'call_1', name: 'f', arguments: '{"input":"free"}' },
    ]);
    expect(write([call], { tools: [{ type: 'custom', name: 'f' }] }).body.output).toEqual([
      { type: 'custom_tool_call', id: `ctc_${id}_0`, call_id: 'call_1', name: 'f', input: 'free', status: 'completed' },
    ]);
  });

  it.each<[string, JsonObject]>([
    [
      '{"command":["ls","-l"],"timeout_ms":5,"working_directory":"/tmp"}',
      { command: ['ls', '-l'], env: {}, timeout_ms: 5, working_directory: '/tmp' },
    ],
    ['{"command":"ls -l","env":{"A":"b"}}', { command: ['bash', '-lc', 'ls -l'], env: { A: 'b' } }],
    ['nonsense', { command: [], env: {} }],
  ])('calls the caller’s shell with %s', (input, action) => {
    const shell: Block = { type: 'tool_call', id: 'call_1', name: 'local_shell', input, kind: 'function' };
    expect(write([shell], { tools: [{ type: 'local_shell' }] }).body.output).toEqual([
      {
        type: 'local_shell_call',
        id: `lsh_${id}_0`,
        call_id: 'call_1',
        status: 'completed',
        action: { type: 'exec', ...action },
      },
    ]);
    expect(write([shell], { tools: [{ type: 'function', name: 'local_shell' }] }).body.output).toMatchObject([
      { type: 'function_call' },
    ]);
  });

  it('shows pictures, and what citations have an address', () => {
    const citations = {
      format: 'anthropic',
      values: [{ url: 'https://a', title: 'A', cited_text: 'x' }, { document_index: 0 }],
    };
    const { output } = write([
      { type: 'image', source: { type: 'base64', mediaType: 'image/png', data: 'iVBO' } },
      { ...hello, citations },
      { type: 'opaque', dialect: 'gemini', value: { a: 1 } },
    ]).body;
    expect(output).toMatchObject([
      { type: 'image_generation_call', id: `ig_${id}_0`, status: 'completed', result: 'iVBO' },
      {
        content: [
          { annotations: [{ type: 'url_citation', url: 'https://a', title: 'A', start_index: 0, end_index: 5 }] },
        ],
      },
    ]);
  });

  it('tells log probabilities of its text, the tier that served, and what the provider says besides', () => {
    const tokens = [{ token: 'hello', logprob: -0.1 }];
    const { body } = writeAnswer(
      {
        choices: [{ blocks: [hello], finish: { reason: 'stop' }, logprobs: { content: tokens } }],
        usage: null,
        serviceTier: 'flex',
        extra: { trace: 1, id: 'theirs' },
      },
      head,
      request(),
    );
    expect(body).toMatchObject({
      id: `resp_${id}`,
      trace: 1,
      service_tier: 'flex',
      usage: null,
      output: [{ content: [{ logprobs: tokens }] }],
    });
  });
});
