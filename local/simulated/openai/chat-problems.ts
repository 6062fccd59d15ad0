import type { JsonObject } from '../../../functions/core/json.ts';
import { list, object } from '../values.ts';
import { invalid, missing, type OpenAiError } from './failures.ts';
import { onlyResponds, reasons } from './models.ts';

/** What chat completions refuse most often, in OpenAI's words. */
export function chatProblem(request: JsonObject): OpenAiError | null {
  if (onlyResponds(String(request.model)))
    return {
      ...invalid('This model is only supported in v1/responses and not in v1/chat/completions.', 'model'),
      status: 404,
    };
  if (!Array.isArray(request.messages) || request.messages.length === 0) return missing('messages');
  return settingProblem(request) ?? pairsProblem(list(request.messages));
}

function settingProblem(request: JsonObject): OpenAiError | null {
  const { tools, stop } = request;
  if (Array.isArray(tools) && tools.length === 0)
    return invalid(
      "Invalid 'tools': empty array. Expected an array with minimum length 1, but got an empty array instead.",
      'tools',
      'empty_array',
    );
  for (const [i, tool] of list(tools).entries()) {
    const { name } = object(tool[String(tool.type)]);
    if (typeof name === 'string' && name.length > 64)
      return invalid(
        `Invalid 'tools[${i}].function.name': string too long. Expected a string with maximum length 64, but got a string with length ${name.length} instead.`,
        `tools[${i}].function.name`,
        'string_above_max_length',
      );
  }
  for (const name of ['tool_choice', 'parallel_tool_calls'])
    if (tools === undefined && request[name] !== undefined && request[name] !== null && request[name] !== 'none')
      return invalid(`Invalid value for '${name}': '${name}' is only allowed when 'tools' are specified.`, name);
  if (Array.isArray(stop) && stop.length > 4)
    return invalid(
      `Invalid 'stop': array too long. Expected an array with maximum length 4, but got an array with length ${stop.length} instead.`,
      'stop',
      'array_above_max_length',
    );
  if (reasons(String(request.model)) && typeof request.max_tokens === 'number')
    return invalid(
      "Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead.",
      'max_tokens',
      'unsupported_parameter',
    );
  return streamProblem(request);
}

export function streamProblem(request: JsonObject): OpenAiError | null {
  if (request.stream === true || request.stream_options === undefined || request.stream_options === null) return null;
  return invalid("The 'stream_options' parameter is only allowed when 'stream' is enabled.", 'stream_options');
}

/** Each call is answered by the messages that follow it, and no other answer is there. */
function pairsProblem(messages: JsonObject[]): OpenAiError | null {
  let open: string[] = [];
  let caller = 0;
  for (const [i, { role, tool_calls, tool_call_id }] of [...messages, { role: 'end' } as JsonObject].entries()) {
    if (role === 'tool') {
      if (!open.includes(String(tool_call_id)))
        return invalid(
          "Invalid parameter: messages with role 'tool' must be a response to a preceeding message with 'tool_calls'.",
          `messages.[${i}].role`,
        );
      open = open.filter((id) => id !== tool_call_id);
      continue;
    }
    if (open.length > 0)
      return invalid(
        `An assistant message with 'tool_calls' must be followed by tool messages responding to each 'tool_call_id'. The following tool_call_ids did not have response messages: ${open.join(', ')}`,
        `messages.[${caller + 1}].role`,
      );
    open = role === 'assistant' ? list(tool_calls).map(({ id }) => String(id)) : [];
    caller = i;
  }
  return null;
}
