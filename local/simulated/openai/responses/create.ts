import type { JsonObject } from '../../../../functions/core/json.ts';
import { list, object } from '../../values.ts';
import { tokens } from '../chat.ts';
import { invalid, type OpenAiError } from '../failures.ts';
import { isKnownModel } from '../models.ts';
import { itemsIn } from './input.ts';
import { newId, outputOf } from './output.ts';
import { itemsProblem, notStored, settingProblem } from './problems.ts';
import type { StoredResponses } from './stored.ts';

/** `POST /v1/responses` of the owner of a key (platform.openai.com/docs/api-reference/responses/create). */
export function createResponse(request: JsonObject, key: string, stored: StoredResponses): JsonObject | OpenAiError {
  const conversation = conversationOf(request, key, stored);
  if (!Array.isArray(conversation)) return conversation;
  const { items, incomplete } = outputOf(request, conversation);
  const now = Math.floor(Date.now() / 1000);
  const response = {
    ...settingsOf(request),
    id: newId('resp'),
    object: 'response',
    created_at: now,
    status: incomplete === null ? 'completed' : 'incomplete',
    completed_at: incomplete === null ? now : null,
    error: null,
    incomplete_details: incomplete === null ? null : { reason: incomplete },
    output: items,
    usage: usageOf(conversation, items),
  };
  if (request.store !== false) stored.keep(key, response, [...conversation, ...items]);
  return response;
}

/** `POST /v1/responses/input_tokens`. */
export function countResponse(request: JsonObject, key: string, stored: StoredResponses): JsonObject | OpenAiError {
  const conversation = conversationOf(request, key, stored);
  if (!Array.isArray(conversation)) return conversation;
  return { object: 'response.input_tokens', input_tokens: tokens(JSON.stringify(conversation)) };
}

/** The items of the request, behind those of the response that it goes on from; or what is wrong with them. */
function conversationOf(request: JsonObject, key: string, stored: StoredResponses): JsonObject[] | OpenAiError {
  const model = String(request.model);
  if (!isKnownModel(model))
    return invalid(`The requested model '${model}' does not exist.`, 'model', 'model_not_found');
  const problem = settingProblem(request);
  if (problem !== null) return problem;
  const previous = request.previous_response_id;
  const found = typeof previous === 'string' ? stored.find(key, previous) : null;
  if (typeof previous === 'string' && found === null)
    return invalid(
      `Previous response with id '${previous}' not found.`,
      'previous_response_id',
      'previous_response_not_found',
    );
  const items: JsonObject[] = [];
  for (const item of itemsIn(request.input)) {
    const referred = item.type === 'item_reference' ? stored.findItem(key, String(item.id)) : item;
    if (referred === null) return notStored(String(item.id));
    items.push(referred);
  }
  const all = [...(found?.items ?? []), ...items];
  return itemsProblem(all, (id) => stored.findItem(key, id) !== null) ?? all;
}

/** Every response repeats how it was made. */
function settingsOf(request: JsonObject): JsonObject {
  const { effort = null, summary = null } = object(request.reasoning);
  return {
    background: false,
    instructions: request.instructions ?? null,
    max_output_tokens: request.max_output_tokens ?? null,
    max_tool_calls: request.max_tool_calls ?? null,
    model: request.model,
    parallel_tool_calls: request.parallel_tool_calls ?? true,
    previous_response_id: request.previous_response_id ?? null,
    prompt_cache_key: request.prompt_cache_key ?? null,
    reasoning: { effort, summary },
    safety_identifier: request.safety_identifier ?? null,
    service_tier: 'default',
    store: request.store ?? true,
    temperature: request.temperature ?? 1,
    text: { format: { type: 'text' }, verbosity: 'medium', ...object(request.text) },
    tool_choice: request.tool_choice ?? 'auto',
    tools: list(request.tools),
    top_logprobs: 0,
    top_p: request.top_p ?? 1,
    truncation: request.truncation ?? 'disabled',
    user: request.user ?? null,
    metadata: object(request.metadata),
  };
}

function usageOf(input: JsonObject[], output: JsonObject[]): JsonObject {
  const reasoning = output.filter(({ type }) => type === 'reasoning');
  const reasoning_tokens = reasoning.length > 0 ? 16 : 0;
  const input_tokens = tokens(JSON.stringify(input));
  const output_tokens =
    reasoning_tokens +
    tokens(
      output
        .filter(({ type }) => type !== 'reasoning')
        .map(spoken)
        .join(' '),
    );
  return {
    input_tokens,
    input_tokens_details: { cached_tokens: 0 },
    output_tokens,
    output_tokens_details: { reasoning_tokens },
    total_tokens: input_tokens + output_tokens,
  };
}

function spoken({ content, name, arguments: input, action }: JsonObject): string {
  const texts = list(content).map(({ text }) => String(text));
  return [...texts, name, input, action && JSON.stringify(action)].filter(Boolean).join(' ');
}
