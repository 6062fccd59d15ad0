import type { ChatRequest, Turn } from '../../core/chat/conversation.ts';
import { refuse } from '../../core/chat/refusal.ts';
import { isPresent, type JsonObject } from '../../core/json.ts';
import { needText } from './request/content.ts';
import { readInput, sendWhole } from './request/items.ts';
import { readSettings } from './request/settings.ts';
import { readLaterTools, readToolChoice, readTools } from './request/tools.ts';

/**
 * A Responses request (https://platform.openai.com/docs/api-reference/responses/create) as a conversation. Nothing is kept
 * between requests, so what names something kept is refused.
 */
export function readRequest(body: JsonObject): ChatRequest {
  refuseStateful(body);
  const offered = readTools(body.tools);
  const tools = [...offered, ...readLaterTools(body.input, offered)];
  return {
    turns: [...readInstructions(body.instructions), ...readInput(body.input)],
    tools,
    toolChoice: readToolChoice(body.tool_choice, tools),
    ...readSettings(body),
    extra: Object.fromEntries(
      Object.entries(body).filter(
        ([name, value]) => isPresent(value) && !read.includes(name) && !isDefault(name, value),
      ),
    ),
  };
}

/** Fields that have been read, or mean nothing where nothing is kept and answers are told in full. */
const read = [
  ...['model', 'input', 'instructions', 'tools', 'tool_choice', 'parallel_tool_calls', 'text', 'reasoning'],
  ...['max_output_tokens', 'temperature', 'top_p', 'top_logprobs', 'user', 'safety_identifier', 'service_tier'],
  ...['stream', 'stream_options', 'store', 'include', 'background', 'previous_response_id', 'conversation', 'prompt'],
];

function isDefault(name: string, value: unknown): boolean {
  return name === 'truncation' && value === 'disabled';
}

function refuseStateful(body: JsonObject): void {
  for (const name of ['previous_response_id', 'conversation', 'prompt'])
    if (isPresent(body[name])) refuse(name, `${name} is known to the provider that keeps it alone.`, sendWhole);
  if (body.background === true)
    refuse('background', 'Answers in the background are given by providers that keep them alone.', sendWhole);
}

function readInstructions(instructions: unknown): Turn[] {
  if (!isPresent(instructions) || instructions === '') return [];
  const text = needText(instructions, 'instructions');
  return [{ role: 'system', blocks: [{ type: 'text', text, at: 'instructions' }], at: 'instructions' }];
}
