import { describe, expect, it } from 'vitest';
import type { ChatRequest } from '../../../functions/core/chat/conversation.ts';
import { Refusal } from '../../../functions/core/chat/refusal.ts';
import type { JsonObject } from '../../../functions/core/json.ts';
import { readRequest } from '../../../functions/dialects/openai-responses/read-request.ts';
import { localShell } from '../../../functions/dialects/openai-responses/request/local-shell.ts';

function read(more: JsonObject): ChatRequest {
  return readRequest({ model: 'm', input: 'hello', ...more });
}

/** The turns without their places. */
function turns(input: unknown, more: JsonObject = {}): unknown {
  const strip = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(strip);
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(
      Object.entries(value).flatMap(([name, held]) => (name === 'at' ? [] : [[name, strip(held)]])),
    );
  };
  return strip(read({ input, ...more }).turns);
}

function refusal(more: JsonObject): Refusal {
  try {
    read(more);
  } catch (error) {
    if (error instanceof Refusal) return error;
    throw error;
  }
  throw new Error('was read');
}

const said = (role: string, ...blocks: unknown[]) => [{ role, blocks }];
const text = (value: string) => ({ type: 'text', text: value });
const png = { type: 'base64', mediaType: 'image/png', data: 'iVBORw0K' };

describe('the input of a Responses request', () => {
  it.each<[string, unknown, unknown]>([
    ['a text', 'hello', said('user', text('hello'))],
    ['a message without a type', [{ role: 'user', content: 'hello' }], said('user', text('hello'))],
    [
      'a developer’s message',
      [{ type: 'message', role: 'developer', content: 'be brief' }],
      said('system', text('be brief')),
    ],
    [
      'an answer',
      [
        {
          type: 'message',
          id: 'msg_1',
          role: 'assistant',
          status: 'completed',
          content: [
            { type: 'output_text', text: 'hi', annotations: [] },
            { type: 'refusal', refusal: 'no' },
          ],
        },
      ],
      said('assistant', text('hi'), { type: 'refusal', text: 'no' }),
    ],
    [
      'what an answer cites',
      [
        {
          role: 'assistant',
          content: [{ type: 'output_text', text: 'hi', annotations: [{ type: 'url_citation', url: 'https://a' }] }],
        },
      ],
      said('assistant', {
        ...text('hi'),
        citations: { format: 'openai-responses', values: [{ type: 'url_citation', url: 'https://a' }] },
      }),
    ],
    [
      'a picture',
      [
        {
          role: 'user',
          content: [
            { type: 'input_text', text: 'what?' },
            { type: 'input_image', image_url: 'data:image/PNG;base64,iVBORw0K', detail: 'low' },
          ],
        },
      ],
      said('user', text('what?'), { type: 'image', source: png, detail: 'low' }),
    ],
    [
      'pictures elsewhere',
      [
        {
          role: 'user',
          content: [
            { type: 'input_image', image_url: 'https://a/b.png' },
            { type: 'input_image', file_id: 'file-1' },
          ],
        },
      ],
      said(
        'user',
        { type: 'image', source: { type: 'url', url: 'https://a/b.png' } },
        { type: 'image', source: { type: 'stored', id: 'file-1' } },
      ),
    ],
    [
      'a file',
      [
        {
          role: 'user',
          content: [{ type: 'input_file', filename: 'a.pdf', file_data: 'data:application/pdf;base64,JVBE' }],
        },
      ],
      said('user', {
        type: 'document',
        source: { type: 'base64', mediaType: 'application/pdf', data: 'JVBE' },
        name: 'a.pdf',
      }),
    ],
    [
      'a file in bare base64',
      [{ role: 'user', content: [{ type: 'input_file', filename: 'a.PDF', file_data: 'JVBE' }] }],
      said('user', {
        type: 'document',
        source: { type: 'base64', mediaType: 'application/pdf', data: 'JVBE' },
        name: 'a.PDF',
      }),
    ],
    [
      'files elsewhere',
      [
        {
          role: 'user',
          content: [
            { type: 'input_file', file_url: 'https://a/b.pdf' },
            { type: 'input_file', file_id: 'file-1', filename: '' },
          ],
        },
      ],
      said(
        'user',
        { type: 'document', source: { type: 'url', url: 'https://a/b.pdf' } },
        { type: 'document', source: { type: 'stored', id: 'file-1' } },
      ),
    ],
    [
      'sound',
      [{ role: 'user', content: [{ type: 'input_audio', input_audio: { data: 'AAAA', format: 'wav' } }] }],
      said('user', { type: 'audio', source: { type: 'base64', mediaType: '', data: 'AAAA' }, format: 'wav' }),
    ],
    [
      'a mark of what is worth caching',
      [
        {
          role: 'user',
          content: [{ type: 'input_text', text: 'long', prompt_cache_breakpoint: { mode: 'explicit' } }],
        },
      ],
      said('user', { ...text('long'), cache: { ttl: null } }),
    ],
    [
      'a call',
      [{ type: 'function_call', id: 'fc_1', call_id: 'call_1', name: 'f', arguments: '{"a":1}' }],
      said('assistant', { type: 'tool_call', id: 'call_1', name: 'f', input: '{"a":1}', kind: 'function' }),
    ],
    [
      'a call without arguments',
      [{ type: 'function_call', call_id: 'call_1', name: 'f', arguments: ' ' }],
      said('assistant', { type: 'tool_call', id: 'call_1', name: 'f', input: '{}', kind: 'function' }),
    ],
    [
      'a result',
      [{ type: 'function_call_output', call_id: 'call_1', output: '{"b":2}' }],
      said('user', { type: 'tool_result', callId: 'call_1', blocks: [text('{"b":2}')] }),
    ],
    [
      'a result with a picture',
      [
        {
          type: 'function_call_output',
          call_id: 'call_1',
          output: [
            { type: 'input_text', text: 'look' },
            { type: 'input_image', image_url: 'data:image/png;base64,iVBORw0K' },
          ],
        },
      ],
      said('user', { type: 'tool_result', callId: 'call_1', blocks: [text('look'), { type: 'image', source: png }] }),
    ],
    [
      'a call with free text',
      [
        { type: 'custom_tool_call', call_id: 'call_1', name: 'sql', input: '' },
        { type: 'custom_tool_call_output', call_id: 'call_1', output: '3 rows' },
      ],
      [
        ...said('assistant', { type: 'tool_call', id: 'call_1', name: 'sql', input: '', kind: 'custom' }),
        ...said('user', { type: 'tool_result', callId: 'call_1', blocks: [text('3 rows')] }),
      ],
    ],
    [
      'a shell’s call, and a result that names the item',
      [
        {
          type: 'local_shell_call',
          id: 'lsh_1',
          call_id: 'call_1',
          status: 'completed',
          action: { type: 'exec', command: ['ls', '-l'], env: {}, user: null },
        },
        { type: 'local_shell_call_output', id: 'lsh_1', output: 'a' },
      ],
      [
        ...said('assistant', {
          type: 'tool_call',
          id: 'call_1',
          name: 'local_shell',
          input: '{"command":["ls","-l"],"env":{}}',
          kind: 'function',
        }),
        ...said('user', { type: 'tool_result', callId: 'call_1', blocks: [text('a')] }),
      ],
    ],
    [
      'a shell’s result that names the call',
      [{ type: 'local_shell_call_output', call_id: 'call_1', id: 'x', output: 'a' }],
      said('user', { type: 'tool_result', callId: 'call_1', blocks: [text('a')] }),
    ],
    [
      'thoughts that OpenAI encrypted',
      [
        {
          type: 'reasoning',
          id: 'rs_1',
          summary: [
            { type: 'summary_text', text: 'a' },
            { type: 'summary_text', text: 'b' },
          ],
          encrypted_content: 'gAAAA',
        },
      ],
      said('assistant', {
        type: 'reasoning',
        text: 'a\n\nb',
        encrypted: { format: 'openai', value: 'gAAAA' },
        id: 'rs_1',
      }),
    ],
    [
      'thoughts in the open',
      [{ type: 'reasoning', id: 'rs_1', summary: [], content: [{ type: 'reasoning_text', text: 'hm' }] }],
      said('assistant', { type: 'reasoning', text: 'hm', id: 'rs_1' }),
    ],
    ['thoughts without anything', [{ type: 'reasoning', id: 'rs_1', summary: [], encrypted_content: null }], []],
    [
      'a picture that was made',
      [{ type: 'image_generation_call', id: 'ig_1', status: 'completed', result: '/9j/4AAQ' }],
      said('assistant', { type: 'image', source: { type: 'base64', mediaType: 'image/jpeg', data: '/9j/4AAQ' } }),
    ],
    [
      'what a hosted tool did',
      [{ type: 'web_search_call', id: 'ws_1', status: 'completed' }],
      said('assistant', {
        type: 'opaque',
        dialect: 'openai-responses',
        value: { type: 'web_search_call', id: 'ws_1', status: 'completed' },
      }),
    ],
    [
      'what the caller did for a hosted tool',
      [
        { type: 'computer_call_output', call_id: 'c', output: {} },
        { type: 'mcp_approval_response', approve: true },
      ],
      [
        ...said('user', {
          type: 'opaque',
          dialect: 'openai-responses',
          value: { type: 'computer_call_output', call_id: 'c', output: {} },
        }),
        ...said('user', {
          type: 'opaque',
          dialect: 'openai-responses',
          value: { type: 'mcp_approval_response', approve: true },
        }),
      ],
    ],
  ])('may hold %s', (_, input, expected) => {
    expect(turns(input)).toEqual(expected);
  });

  it('begins with the instructions', () => {
    expect(turns('hello', { instructions: 'be brief' })).toEqual([
      ...said('system', text('be brief')),
      ...said('user', text('hello')),
    ]);
    expect(turns('hello', { instructions: '' })).toEqual(said('user', text('hello')));
  });

  it('says where each part stands', () => {
    expect(
      read({
        input: [
          { role: 'user', content: 'a' },
          { role: 'user', content: [{ type: 'input_text', text: 'b' }] },
        ],
      }).turns,
    ).toEqual([
      { role: 'user', at: 'input.0', blocks: [{ type: 'text', text: 'a', at: 'input.0.content' }] },
      { role: 'user', at: 'input.1', blocks: [{ type: 'text', text: 'b', at: 'input.1.content.0' }] },
    ]);
  });

  it('gives thoughts no signature that it cannot read', () => {
    for (const broken of ['kw1.', 'kw1.!!', 'kw1.{"type":"next","signature":{"format":"mine","value":1}}'])
      expect(
        turns([
          { type: 'reasoning', id: 'rs_1', summary: [{ type: 'summary_text', text: 'a' }], encrypted_content: broken },
        ]),
      ).toEqual(said('assistant', { type: 'reasoning', text: 'a' }));
  });
});

describe('the tools of a Responses request', () => {
  it('are functions, free text, a shell, and what runs at the provider', () => {
    const grammar = { type: 'grammar', syntax: 'lark', definition: 'start: "a"' };
    const search = { type: 'web_search', search_context_size: 'low' };
    const { tools, names } = read({
      tools: [
        { type: 'function', name: 'f', description: 'does', parameters: { type: 'object' }, strict: true },
        { type: 'function', name: 'g', parameters: null },
        { type: 'custom', name: 'sql', format: grammar },
        { type: 'local_shell' },
        search,
      ],
    });
    expect(tools).toEqual([
      { type: 'function', name: 'f', description: 'does', parameters: { type: 'object' }, strict: true, at: 'tools.0' },
      { type: 'function', name: 'g', description: null, parameters: null, strict: null, at: 'tools.1' },
      { type: 'custom', name: 'sql', description: null, format: grammar, at: 'tools.2' },
      localShell,
      { type: 'hosted', name: 'web_search', dialect: 'openai-responses', value: search, at: 'tools.4' },
    ]);
    expect(names.tools).toBe('tools');
  });

  const tools = [
    { type: 'function', name: 'f' },
    { type: 'custom', name: 'sql' },
    { type: 'web_search' },
    { type: 'local_shell' },
  ];
  it.each<[unknown, unknown]>([
    [null, null],
    ['auto', { type: 'auto' }],
    ['none', { type: 'none' }],
    ['required', { type: 'required' }],
    [
      { type: 'function', name: 'f' },
      { type: 'tool', name: 'f' },
    ],
    [
      { type: 'custom', name: 'sql' },
      { type: 'tool', name: 'sql' },
    ],
    [{ type: 'web_search' }, { type: 'tool', name: 'web_search' }],
    [{ type: 'local_shell' }, { type: 'tool', name: 'local_shell' }],
    [
      { type: 'allowed_tools', mode: 'required', tools: [{ type: 'function', name: 'f' }, { type: 'web_search' }] },
      { type: 'allowed', mode: 'required', names: ['f', 'web_search'] },
    ],
  ])('are chosen by %j', (choice, expected) => {
    expect(read({ tools, tool_choice: choice }).toolChoice).toEqual(expected);
  });
});

describe('the settings of a Responses request', () => {
  it('have places, and the caller’s names', () => {
    const request = read({
      text: { format: { type: 'json_schema', name: 's', schema: { type: 'object' }, strict: true }, verbosity: 'low' },
      reasoning: { effort: 'high', summary: 'auto' },
      max_output_tokens: 100,
      temperature: 0.5,
      top_p: 0.9,
      top_logprobs: 3,
      parallel_tool_calls: false,
      user: 'u',
      safety_identifier: 's',
      service_tier: 'flex',
    });
    expect(request).toMatchObject({
      format: { type: 'schema', name: 's', description: null, schema: { type: 'object' }, strict: true },
      verbosity: 'low',
      reasoning: { effort: 'high', budget: null, adaptive: false, summary: 'auto' },
      maxTokens: 100,
      temperature: 0.5,
      topP: 0.9,
      logprobs: { top: 3 },
      parallelToolCalls: false,
      userId: 's',
      serviceTier: 'flex',
      extra: {},
      names: {
        format: 'text.format',
        verbosity: 'text.verbosity',
        reasoning: 'reasoning',
        maxTokens: 'max_output_tokens',
        temperature: 'temperature',
        topP: 'top_p',
        logprobs: 'top_logprobs',
        parallelToolCalls: 'parallel_tool_calls',
        userId: 'safety_identifier',
        serviceTier: 'service_tier',
      },
    });
  });

  it.each<[JsonObject, unknown]>([
    [{ text: { format: { type: 'text' } } }, null],
    [{ text: { format: { type: 'json_object' } } }, { type: 'json' }],
    [{ text: null }, null],
  ])('ask by %j for the format %j', (more, format) => {
    expect(read(more).format).toEqual(format);
  });

  it('ask for log probabilities by what is to be included, too', () => {
    expect(read({ include: ['message.output_text.logprobs'] })).toMatchObject({
      logprobs: { top: null },
      names: { logprobs: 'include' },
    });
  });

  it.each([
    { store: true },
    { store: false },
    { include: ['reasoning.encrypted_content'] },
    { truncation: 'disabled' },
    { stream: true, stream_options: { include_obfuscation: false } },
    { background: false, previous_response_id: null, conversation: null, prompt: null },
    { metadata: null },
  ])('say with %j nothing that is left out', (more) => {
    expect(read(more)).toMatchObject({ extra: {}, names: {} });
  });

  it('keep what has no place, so that it can be named', () => {
    const more = { metadata: { a: 'b' }, prompt_cache_key: 'k', truncation: 'auto', some_future_field: 1 };
    expect(read(more).extra).toEqual(more);
  });
});

describe('a Responses request is refused', () => {
  it.each<[JsonObject, string]>([
    [{ previous_response_id: 'resp_1' }, 'previous_response_id'],
    [{ conversation: 'conv_1' }, 'conversation'],
    [{ background: true }, 'background'],
    [{ prompt: { id: 'pmpt_1' } }, 'prompt'],
    [
      {
        input: [
          { role: 'user', content: 'a' },
          { type: 'item_reference', id: 'msg_1' },
        ],
      },
      'input.1',
    ],
    [{ input: [{ id: 'msg_1' }] }, 'input.0'],
  ])('as %j, because nothing is kept', (more, param) => {
    expect(refusal(more)).toMatchObject({
      param,
      unprocessable: true,
      hint: expect.stringContaining('Send the whole input'),
    });
  });

  it.each<[JsonObject, string]>([
    [{ input: null }, 'input'],
    [{ input: 7 }, 'input'],
    [{ input: ['hello'] }, 'input.0'],
    [{ input: [{ role: 'tool', content: 'x' }] }, 'input.0.role'],
    [{ input: [{ role: 'user' }] }, 'input.0.content'],
    [{ input: [{ role: 'user', content: [{ type: 'input_text' }] }] }, 'input.0.content.0.text'],
    [{ input: [{ role: 'user', content: [{ type: 'input_video' }] }] }, 'input.0.content.0.type'],
    [{ input: [{ role: 'user', content: [{ type: 'input_image' }] }] }, 'input.0.content.0.image_url'],
    [{ input: [{ role: 'user', content: [{ type: 'input_file' }] }] }, 'input.0.content.0.file_data'],
    [{ input: [{ type: 'function_call', call_id: 'c', arguments: '{}' }] }, 'input.0.name'],
    [{ input: [{ type: 'function_call', name: 'f', arguments: '{}' }] }, 'input.0.call_id'],
    [{ input: [{ type: 'function_call_output', call_id: 'c' }] }, 'input.0.output'],
    [{ instructions: ['x'] }, 'instructions'],
    [{ tools: {} }, 'tools'],
    [{ tools: [{ type: 'function' }] }, 'tools.0.name'],
    [{ tools: [{}] }, 'tools.0.type'],
    [{ tool_choice: 'always' }, 'tool_choice'],
    [{ tool_choice: { type: 'web_search' } }, 'tool_choice'],
    [{ tool_choice: { type: 'function', name: 'f' } }, 'tool_choice'],
    [{ text: { format: { type: 'xml' } } }, 'text.format.type'],
    [{ text: { format: { type: 'json_schema', name: 's' } } }, 'text.format.schema'],
    [{ reasoning: 'high' }, 'reasoning'],
    [{ reasoning: { effort: 'very' } }, 'reasoning.effort'],
    [{ max_output_tokens: 0 }, 'max_output_tokens'],
    [{ temperature: '1' }, 'temperature'],
    [{ parallel_tool_calls: 'no' }, 'parallel_tool_calls'],
  ])('as %j, naming %s', (more, param) => {
    expect(refusal(more)).toMatchObject({ param, unprocessable: true });
  });
});
