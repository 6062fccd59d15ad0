import type { ChatCompletionCreateParams } from 'openai/resources/chat/completions';
import type { ResponseCreateParams } from 'openai/resources/responses/responses';
import type { JsonObject } from '../../functions/core/json.ts';

/** A field with a value that says something, and what has to stand beside it. */
export interface Probe {
  value: unknown;
  beside?: JsonObject;
}

/** What the table does not tell of: the model, and how an answer is sent. */
type Untold = 'model' | 'stream' | 'stream_options';

const schema = { type: 'object', properties: { a: { type: 'string' } }, required: ['a'], additionalProperties: false };
const asked = { type: 'function', function: { name: 'look_up', description: 'Looks up.', parameters: schema } };
const picture = { type: 'image_url', image_url: { url: 'data:image/png;base64,iVBORw0KGgo=' } };
const beside = { tools: [asked] };

/** Every field that OpenAI documents: a newer version of its types does not compile until it is told of here. */
export const chatFields = {
  messages: { value: [{ role: 'user', content: [{ type: 'text', text: 'hi' }, picture] }] },
  audio: { value: { voice: 'alloy', format: 'mp3' }, beside: { modalities: ['text', 'audio'] } },
  frequency_penalty: { value: 0.5 },
  function_call: { value: 'auto' },
  functions: { value: [{ name: 'look_up', parameters: schema }] },
  logit_bias: { value: { 50256: -100 } },
  logprobs: { value: true },
  max_completion_tokens: { value: 300 },
  max_tokens: { value: 300 },
  metadata: { value: { a: 'b' } },
  modalities: { value: ['text', 'audio'] },
  moderation: { value: { model: 'omni-moderation-latest' } },
  n: { value: 2 },
  parallel_tool_calls: { value: false, beside },
  prediction: { value: { type: 'content', content: 'hi' } },
  presence_penalty: { value: 0.5 },
  prompt_cache_key: { value: 'k' },
  prompt_cache_options: { value: { mode: 'explicit' } },
  prompt_cache_retention: { value: '24h' },
  reasoning_effort: { value: 'low' },
  response_format: { value: { type: 'json_schema', json_schema: { name: 'a', schema, strict: true } } },
  safety_identifier: { value: 's' },
  seed: { value: 7 },
  service_tier: { value: 'flex' },
  stop: { value: ['END'] },
  store: { value: true },
  temperature: { value: 0.5 },
  tool_choice: { value: 'required', beside },
  tools: { value: [asked] },
  top_logprobs: { value: 2, beside: { logprobs: true } },
  top_p: { value: 0.5 },
  user: { value: 'u' },
  verbosity: { value: 'low' },
  web_search_options: { value: { search_context_size: 'low' } },
} satisfies Record<Exclude<keyof ChatCompletionCreateParams, Untold>, Probe>;

const offered = { type: 'function', name: 'look_up', description: 'Looks up.', parameters: schema, strict: true };

export const responsesFields = {
  access_programs: { value: ['a'] },
  background: { value: true },
  context_management: { value: [{ type: 'compaction', compact_threshold: 10_000 }] },
  conversation: { value: 'conv_1' },
  image: { value: { size: 'auto' } },
  include: { value: ['reasoning.encrypted_content'] },
  input: { value: [{ role: 'user', content: [{ type: 'input_text', text: 'ho' }] }] },
  instructions: { value: 'Be kind.' },
  max_output_tokens: { value: 300 },
  max_tool_calls: { value: 3 },
  metadata: { value: { a: 'b' } },
  moderation: { value: { model: 'omni-moderation-latest' } },
  parallel_tool_calls: { value: false, beside: { tools: [offered] } },
  previous_response_id: { value: 'resp_1' },
  prompt: { value: { id: 'pmpt_1' } },
  prompt_cache_key: { value: 'k' },
  prompt_cache_options: { value: { mode: 'explicit' } },
  prompt_cache_retention: { value: '24h' },
  reasoning: { value: { effort: 'low', summary: 'auto' } },
  safety_identifier: { value: 's' },
  service_tier: { value: 'flex' },
  store: { value: false },
  temperature: { value: 0.5 },
  text: { value: { format: { type: 'json_schema', name: 'a', schema, strict: true } } },
  tool_choice: { value: 'required', beside: { tools: [offered] } },
  tools: { value: [offered] },
  top_logprobs: { value: 2 },
  top_p: { value: 0.5 },
  truncation: { value: 'auto' },
  user: { value: 'u' },
} satisfies Record<Exclude<keyof ResponseCreateParams, Untold>, Probe>;

const tool = { name: 'look_up', description: 'Looks up.', input_schema: schema };

/** https://docs.anthropic.com/en/api/messages and the fields of its betas. */
export const messagesFields: Record<string, Probe> = {
  messages: {
    value: [{ role: 'user', content: [{ type: 'text', text: 'ho', cache_control: { type: 'ephemeral' } }] }],
  },
  cache_control: { value: { type: 'ephemeral' } },
  container: { value: 'container_1' },
  context_management: { value: { edits: [{ type: 'clear_tool_uses_20250919' }] } },
  inference_geo: { value: 'us' },
  max_tokens: { value: 3000 },
  mcp_servers: { value: [{ type: 'url', url: 'https://mcp.example.com', name: 'm' }] },
  metadata: { value: { user_id: 'u' } },
  output_config: { value: { format: { type: 'json_schema', schema } } },
  output_format: { value: { type: 'json_schema', schema } },
  service_tier: { value: 'standard_only' },
  speed: { value: 'fast', beside: { betas: ['fast-mode-2026-02-01'] } },
  stop_sequences: { value: ['END'] },
  system: { value: 'Be kind.' },
  temperature: { value: 0.5 },
  thinking: { value: { type: 'enabled', budget_tokens: 1024 } },
  tool_choice: { value: { type: 'any' }, beside: { tools: [tool] } },
  tools: { value: [tool] },
  top_k: { value: 5 },
  top_p: { value: 0.5 },
};
