import type { JsonObject } from '../../functions/core/json.ts';
import { carryReasoning } from '../../functions/dialects/openai-responses/carrier.ts';
import type { Feature } from './claude-roads.ts';

const has =
  (...marks: (string | RegExp)[]) =>
  (text: string) =>
    marks.some((mark) => (typeof mark === 'string' ? text.includes(mark) : mark.test(text)));
/** All of them, one after the other. */
const inOrder = (...marks: string[]) => has(new RegExp(marks.join('.*?'), 's'));
const parted = (text: string) => text.includes('"AAA"') && text.includes('"BBB"');

const pixel = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg==';
const pdf = 'JVBERi0xLjQK';
const mark = { type: 'ephemeral' };
const schema = { type: 'object', properties: { x: { type: 'string' } } };
const tool = { name: 'f', description: 'd', input_schema: schema };
const chatTool = { type: 'function', function: { name: 'f', description: 'd', parameters: schema } };
const responsesTool = { type: 'function', name: 'f', description: 'd', parameters: schema, strict: false };
const call = { type: 'tool_use', id: 'toolu_1', name: 'f', input: {} };
const chatCall = { id: 'toolu_1', type: 'function', function: { name: 'f', arguments: '{}' } };
const responsesCall = { type: 'function_call', call_id: 'toolu_1', name: 'f', arguments: '{}' };
const text = (said: string, more: JsonObject = {}) => ({ type: 'text', text: said, ...more });

/** A request whose history holds what the assistant said, and the result of its call. */
const said = (content: object[], result: JsonObject = {}, next: object[] = [text('go on')]): JsonObject => ({
  tools: [tool],
  messages: [
    { role: 'user', content: 'hi' },
    { role: 'assistant', content },
    {
      role: 'user',
      content: [
        ...(content.includes(call) ? [{ type: 'tool_result', tool_use_id: 'toolu_1', content: 'r', ...result }] : []),
        ...next,
      ],
    },
  ],
});
const chatSaid = (message: JsonObject, result: JsonObject = {}): JsonObject => ({
  tools: [chatTool],
  messages: [
    { role: 'user', content: 'hi' },
    { role: 'assistant', content: null, ...message },
    ...(message.tool_calls ? [{ role: 'tool', tool_call_id: 'toolu_1', content: 'r', ...result }] : []),
    { role: 'user', content: 'go on' },
  ],
});
const responsesSaid = (...items: object[]): JsonObject => ({
  tools: [responsesTool],
  input: [
    { role: 'user', content: 'hi' },
    ...items,
    ...(items.includes(responsesCall) ? [{ type: 'function_call_output', call_id: 'toolu_1', output: 'r' }] : []),
    { role: 'user', content: 'go on' },
  ],
});
const asked = (content: object[]): JsonObject => ({ messages: [{ role: 'user', content }] });
const everywhere = (field: JsonObject) => ({ messages: field, chat: field, responses: field });
const thinking = (value: string) => ({ type: 'thinking', thinking: 'Hm', signature: value });
const detail = (signature: string) => ({
  type: 'reasoning.text',
  text: 'Hm',
  signature,
  format: 'anthropic-claude-v1',
});
const message = (...parts: object[]) => ({
  role: 'assistant',
  content: parts.map((part) => ({ type: 'output_text', annotations: [], ...part })),
});

/** As the gateway itself told a client of the Responses API what Claude signed. */
const thought = (carried: Parameters<typeof carryReasoning>[0], summary = 'Hm') => ({
  type: 'reasoning',
  id: 'rs_1',
  summary: [{ type: 'summary_text', text: summary }],
  encrypted_content: carryReasoning(carried),
});
const signature = (value: string) => ({ signature: { format: 'anthropic' as const, value } });

/** What goes from the caller to the model. */
export const asking: Record<string, Feature> = {
  'order of text and calls': {
    ask: {
      messages: said([text('AAA'), call, text('BBB')]),
      responses: responsesSaid(message({ text: 'AAA' }), responsesCall, message({ text: 'BBB' })),
    },
    seen: inOrder('AAA', '"f"', 'BBB'),
  },
  'borders of text blocks': {
    ask: {
      messages: said([text('AAA'), text('BBB')]),
      chat: chatSaid({ content: [text('AAA'), text('BBB')] }),
      responses: responsesSaid(message({ text: 'AAA' }, { text: 'BBB' })),
    },
    seen: parted,
  },
  'citations of earlier answers': {
    ask: { messages: said([text('AAA', { citations: [{ type: 'char_location', cited_text: 'CITED' }] })]) },
    seen: has('CITED'),
  },
  'server-tool blocks': {
    ask: { messages: said([{ type: 'server_tool_use', id: 'srvtoolu_1', name: 'web_search', input: {} }, text('A')]) },
    seen: has('srvtoolu_1'),
  },
  'server tools offered': {
    ask: {
      messages: { tools: [{ type: 'web_search_20250305', name: 'web_search' }] },
      responses: { tools: [{ type: 'web_search' }] },
    },
    seen: has('web_search'),
  },
  is_error: {
    ask: { messages: said([call], { is_error: true, content: 'broken' }) },
    seen: has('"is_error":true', '"status":"error"', '"response":{"error"', 'The tool failed'),
  },
  'thinking budget': {
    ask: {
      messages: { thinking: { type: 'enabled', budget_tokens: 5000 } },
      chat: { thinking: { type: 'enabled', budget_tokens: 5000 } },
    },
    seen: has('5000'),
  },
  'thinking at all': {
    ask: {
      messages: { thinking: { type: 'enabled', budget_tokens: 5000 } },
      chat: { reasoning_effort: 'medium' },
      responses: { reasoning: { effort: 'medium' } },
    },
    seen: has('budget_tokens', 'reasoning_effort', 'thinkingBudget', 'maxReasoningEffort'),
  },
  'metadata.user_id': {
    ask: { messages: { metadata: { user_id: 'USER' } }, chat: { user: 'USER' }, responses: { user: 'USER' } },
    seen: has('USER'),
  },
  'redacted thinking': {
    ask: {
      messages: said([{ type: 'redacted_thinking', data: 'REDACTED' }, call]),
      chat: chatSaid({
        reasoning_details: [{ type: 'reasoning.encrypted', data: 'REDACTED', format: 'anthropic-claude-v1' }],
        tool_calls: [chatCall],
      }),
      responses: responsesSaid(thought({ encrypted: { format: 'anthropic', value: 'REDACTED' } }, ''), responsesCall),
    },
    seen: has('REDACTED'),
  },
  'signatures of thinking': {
    ask: {
      messages: said([thinking('SIGNED'), call]),
      chat: chatSaid({ reasoning_details: [detail('SIGNED')], tool_calls: [chatCall] }),
      responses: responsesSaid(thought(signature('SIGNED')), responsesCall),
    },
    seen: has('SIGNED'),
  },
  'interleaved thinking': {
    ask: {
      messages: said([thinking('SIGN1'), text('AAA'), thinking('SIGN2'), call]),
      chat: chatSaid({
        reasoning_details: [detail('SIGN1'), detail('SIGN2')],
        content: 'AAA',
        tool_calls: [chatCall],
      }),
      responses: responsesSaid(
        thought(signature('SIGN1')),
        message({ text: 'AAA' }),
        thought(signature('SIGN2')),
        responsesCall,
      ),
    },
    seen: inOrder('SIGN1', 'AAA', 'SIGN2'),
  },
  'images in tool results': {
    ask: {
      messages: said([call], {
        content: [{ type: 'image', source: { type: 'base64', media_type: 'image/png', data: pixel } }],
      }),
      chat: chatSaid(
        { tool_calls: [chatCall] },
        { content: [{ type: 'image_url', image_url: { url: `data:image/png;base64,${pixel}` } }] },
      ),
      responses: {
        tools: [responsesTool],
        input: [
          { role: 'user', content: 'hi' },
          responsesCall,
          {
            type: 'function_call_output',
            call_id: 'toolu_1',
            output: [{ type: 'input_image', image_url: `data:image/png;base64,${pixel}` }],
          },
        ],
      },
    },
    seen: has(pixel),
  },
  'titles of documents': {
    ask: {
      messages: asked([
        { type: 'document', title: 'TITLE', source: { type: 'base64', media_type: 'application/pdf', data: pdf } },
        text('sum it up'),
      ]),
      chat: asked([
        { type: 'file', file: { filename: 'TITLE', file_data: `data:application/pdf;base64,${pdf}` } },
        text('sum it up'),
      ]),
      responses: {
        input: [
          {
            role: 'user',
            content: [{ type: 'input_file', filename: 'TITLE', file_data: `data:application/pdf;base64,${pdf}` }],
          },
        ],
      },
    },
    seen: has('TITLE'),
  },
  'contexts of documents': {
    ask: {
      messages: asked([
        { type: 'document', context: 'CONTEXT', source: { type: 'base64', media_type: 'application/pdf', data: pdf } },
        text('sum it up'),
      ]),
    },
    seen: has('CONTEXT'),
  },
  disable_parallel_tool_use: {
    ask: {
      messages: { tools: [tool], tool_choice: { type: 'auto', disable_parallel_tool_use: true } },
      chat: { tools: [chatTool], parallel_tool_calls: false },
      responses: { tools: [responsesTool], parallel_tool_calls: false },
    },
    seen: has('"disable_parallel_tool_use":true', '"parallel_tool_calls":false'),
  },
  'system as blocks': {
    ask: {
      messages: { system: [text('AAA'), text('BBB')] },
      chat: {
        messages: [
          { role: 'system', content: [text('AAA'), text('BBB')] },
          { role: 'user', content: 'hi' },
        ],
      },
    },
    seen: parted,
  },
  'cache_control on tools': {
    ask: {
      messages: { tools: [{ ...tool, cache_control: mark }] },
      chat: { tools: [{ ...chatTool, cache_control: mark }] },
    },
    seen: has('cache_control', 'cachePoint'),
  },
  'cache_control on messages': {
    ask: {
      messages: asked([text('hi', { cache_control: mark })]),
      chat: asked([text('hi', { cache_control: mark })]),
    },
    seen: has('cache_control', 'cachePoint'),
  },
  'cache_control on tool results': {
    ask: {
      messages: said([call], { cache_control: mark }),
      chat: chatSaid({ tool_calls: [chatCall] }, { cache_control: mark }),
    },
    seen: has('cache_control', 'cachePoint'),
  },
  top_k: { ask: { messages: { top_k: 7 }, chat: { top_k: 7 } }, seen: has('"top_k":7', '"topK":7') },
  stop_sequences: {
    ask: { messages: { stop_sequences: ['STOPPED'] }, chat: { stop: ['STOPPED'] } },
    seen: has('STOPPED'),
  },
  service_tier: {
    ask: {
      messages: { service_tier: 'standard_only' },
      chat: { service_tier: 'flex' },
      responses: { service_tier: 'flex' },
    },
    seen: has('service_tier', 'serviceTier'),
  },
  'strict tools': {
    ask: {
      messages: { tools: [{ ...tool, strict: true }] },
      chat: { tools: [{ ...chatTool, function: { ...chatTool.function, strict: true } }] },
      responses: { tools: [{ ...responsesTool, strict: true }] },
    },
    seen: has('"strict":true', 'VALIDATED'),
  },
  temperature: { ask: everywhere({ temperature: 0.25 }), seen: has('0.25') },
};

const counts = { input_tokens: 10, output_tokens: 5 };
const claude = (content: object[], more: JsonObject = {}): JsonObject => ({
  ...{ id: 'msg_1', type: 'message', role: 'assistant', model: 'claude', content },
  ...{ stop_reason: 'end_turn', stop_sequence: null, usage: counts, ...more },
});
const openai = (said: JsonObject, more: JsonObject = {}): JsonObject => ({
  choices: [{ index: 0, message: { role: 'assistant', content: 'A', ...said }, finish_reason: 'stop' }],
  usage: { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2 },
  ...more,
});
const google = (...parts: object[]): JsonObject => ({
  candidates: [{ index: 0, content: { role: 'model', parts }, finishReason: 'STOP' }],
  usageMetadata: { promptTokenCount: 1, candidatesTokenCount: 1, totalTokenCount: 2 },
});
const bedrock = (content: object[], more: JsonObject = {}): JsonObject => ({
  output: { message: { role: 'assistant', content } },
  ...{ stopReason: 'end_turn', usage: { inputTokens: 1, outputTokens: 1, totalTokens: 2 }, ...more },
});

/** What comes from the model back to the caller. */
export const answering: Record<string, Feature> = {
  'order of text and calls': {
    answer: {
      claude: claude([text('AAA'), call, text('BBB')], { stop_reason: 'tool_use' }),
      gemini: google({ text: 'AAA' }, { functionCall: { name: 'f', args: {} } }, { text: 'BBB' }),
      converse: bedrock([{ text: 'AAA' }, { toolUse: { toolUseId: 't', name: 'f', input: {} } }, { text: 'BBB' }]),
    },
    ask: { messages: { tools: [tool] }, chat: { tools: [chatTool] }, responses: { tools: [responsesTool] } },
    seen: inOrder('AAA', '"f"', 'BBB'),
  },
  'borders of text blocks': {
    answer: {
      claude: claude([text('AAA'), text('BBB')]),
      gemini: google({ text: 'AAA' }, { text: 'BBB' }),
      converse: bedrock([{ text: 'AAA' }, { text: 'BBB' }]),
    },
    seen: parted,
  },
  citations: {
    answer: {
      claude: claude([
        text('A', {
          citations: [{ type: 'web_search_result_location', url: 'https://example.com/CITED', cited_text: 'x' }],
        }),
      ]),
      openai: openai({
        annotations: [{ type: 'url_citation', url_citation: { url: 'https://example.com/CITED', title: 't' } }],
      }),
      converse: bedrock([
        { citationsContent: { content: [{ text: 'A' }], citations: [{ title: 'CITED', location: { web: {} } }] } },
      ]),
    },
    seen: has('CITED'),
  },
  'server-tool blocks': {
    answer: { claude: claude([{ type: 'server_tool_use', id: 'srvtoolu_1', name: 'web_search', input: {} }]) },
    seen: has('srvtoolu_1'),
  },
  'server-tool usage': {
    answer: { claude: claude([text('A')], { usage: { ...counts, server_tool_use: { web_search_requests: 3 } } }) },
    seen: has('web_search_requests'),
  },
  'the stop sequence that was met': {
    ask: { messages: { stop_sequences: ['STOPPED', 'other'] }, chat: { stop: ['STOPPED', 'other'] } },
    answer: {
      claude: claude([text('A')], { stop_reason: 'stop_sequence', stop_sequence: 'STOPPED' }),
      converse: bedrock([{ text: 'A' }], {
        stopReason: 'stop_sequence',
        additionalModelResponseFields: { stop_sequence: 'STOPPED' },
      }),
    },
    seen: has('"STOPPED"'),
  },
  pause_turn: { answer: { claude: claude([text('A')], { stop_reason: 'pause_turn' }) }, seen: has('pause') },
  'cache writes': {
    answer: {
      claude: claude([text('A')], { usage: { ...counts, cache_creation_input_tokens: 7777 } }),
      converse: bedrock([{ text: 'A' }], {
        usage: { inputTokens: 1, outputTokens: 1, totalTokens: 2, cacheWriteInputTokens: 7777 },
      }),
    },
    seen: has('"cache_creation_input_tokens":7777', '"cache_write_tokens":7777'),
  },
  'cache writes by their life': {
    answer: {
      claude: claude([text('A')], {
        usage: {
          ...counts,
          cache_creation_input_tokens: 9999,
          cache_creation: { ephemeral_5m_input_tokens: 2222, ephemeral_1h_input_tokens: 7777 },
        },
      }),
      converse: bedrock([{ text: 'A' }], {
        usage: {
          ...{ inputTokens: 1, outputTokens: 1, totalTokens: 2, cacheWriteInputTokens: 9999 },
          cacheDetails: [{ ttl: '1h', inputTokens: 7777 }],
        },
      }),
    },
    seen: has('7777'),
  },
  'redacted thinking': {
    answer: {
      claude: claude([{ type: 'redacted_thinking', data: 'REDACTED' }, text('A')]),
      converse: bedrock([{ reasoningContent: { redactedContent: Buffer.from('REDACTED', 'base64') } }, { text: 'A' }]),
    },
    seen: has('REDACTED', 'UkVEQUNURUQ', /keyway\.amazon\./, /kw1\./),
  },
  'signatures of thinking': {
    answer: {
      claude: claude([thinking('SIGNED'), text('A')]),
      gemini: google({ text: 'Hm', thought: true }, { text: 'A', thoughtSignature: 'U0lHTkVE' }),
      converse: bedrock([{ reasoningContent: { reasoningText: { text: 'Hm', signature: 'SIGNED' } } }, { text: 'A' }]),
    },
    seen: has('SIGNED', /keyway\.(?:amazon|google)\./, /"encrypted_content":"kw1\./),
  },
  'interleaved thinking': {
    answer: { claude: claude([thinking('SIGN1'), text('AAA'), thinking('SIGN2'), text('BBB')]) },
    seen: (body) => inOrder('"(?:SIGN1|kw1)', 'AAA', '"(?:SIGN2|kw1)', 'BBB')(body),
  },
  service_tier: {
    answer: {
      claude: claude([text('A')], { usage: { ...counts, service_tier: 'priority' } }),
      openai: openai({}, { service_tier: 'priority' }),
      converse: bedrock([{ text: 'A' }], { serviceTier: { type: 'priority' } }),
    },
    seen: has('"service_tier":"priority"'),
  },
};
