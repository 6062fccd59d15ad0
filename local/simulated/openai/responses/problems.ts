import type { JsonObject } from '../../../../functions/core/json.ts';
import { unseal } from '../../brain/signature.ts';
import { list, object } from '../../values.ts';
import { streamProblem } from '../chat-problems.ts';
import { invalid, type OpenAiError } from '../failures.ts';
import { reasons } from '../models.ts';
import { callIdOf, isCall, isOutput, kindOf } from './input.ts';

/** What encrypted reasoning begins with. */
export const encryptedPrefix = 'gAAAAA';

/** What a request asks for that its model, or its other fields, do not allow. */
export function settingProblem(request: JsonObject): OpenAiError | null {
  const { max_output_tokens: limit, include, reasoning, tool_choice } = request;
  if (request.input === undefined && request.previous_response_id === undefined)
    return invalid(
      'One of "input" or "previous_response_id" or \'prompt\' or \'conversation_id\' must be provided.',
      'input',
      'missing_required_parameter',
    );
  if (typeof limit === 'number' && limit < 16)
    return invalid(
      `Invalid 'max_output_tokens': integer below minimum value. Expected a value >= 16, but got ${limit} instead.`,
      'max_output_tokens',
      'integer_below_min_value',
    );
  if (!reasons(String(request.model))) {
    const { effort } = object(reasoning);
    if (typeof effort === 'string')
      return invalid(
        "Unsupported parameter: 'reasoning.effort' is not supported with this model.",
        'reasoning.effort',
        'unsupported_parameter',
      );
    if (Array.isArray(include) && include.includes('reasoning.encrypted_content'))
      return invalid('Encrypted content is not supported with this model.', 'include');
  }
  return choiceProblem(object(tool_choice), list(request.tools)) ?? streamProblem(request);
}

function choiceProblem(choice: JsonObject, tools: JsonObject[]): OpenAiError | null {
  const { type, name } = choice;
  if (type === undefined || type === 'allowed_tools') return null;
  const offered = tools.some((tool) => tool.type === type && (name === undefined || tool.name === name));
  return offered ? null : invalid(`Tool choice '${name ?? type}' not found in 'tools' parameter.`, 'tool_choice');
}

/** What is wrong with the items of a conversation: sealed reasoning that is not ours, calls and outputs without each other. */
export function itemsProblem(items: JsonObject[], isStored: (id: string) => boolean): OpenAiError | null {
  for (const [i, item] of items.entries()) {
    const problem = item.type === 'reasoning' ? reasoningProblem(item, items[i + 1], isStored) : null;
    if (problem !== null) return problem;
  }
  return pairsProblem(items);
}

function reasoningProblem(
  { id, encrypted_content: sealed }: JsonObject,
  next: JsonObject | undefined,
  isStored: (id: string) => boolean,
): OpenAiError | null {
  if (typeof sealed === 'string') {
    const body = sealed.startsWith(encryptedPrefix) ? sealed.slice(encryptedPrefix.length) : '';
    if (unseal('reasoning', body) === null)
      return invalid(
        `The encrypted content ${sealed.slice(0, 4)}...${sealed.slice(-4)} could not be verified.`,
        null,
        'invalid_encrypted_content',
      );
  } else if (typeof id === 'string' && !isStored(id)) return notStored(id);
  const follows =
    next !== undefined && (isCall(next) || next.role === 'assistant' || /reasoning|_call$/.test(String(next.type)));
  if (follows) return null;
  return invalid(`Item '${String(id)}' of type 'reasoning' was provided without its required following item.`, 'input');
}

export function notStored(id: string): OpenAiError {
  const message = `Item with id '${id}' not found. Items are not persisted when \`store\` is set to false. Try again with \`store\` set to true, or remove this item from your input.`;
  return { status: 404, message, type: 'invalid_request_error', code: null, param: 'input' };
}

function pairsProblem(items: JsonObject[]): OpenAiError | null {
  const calls = items.filter(isCall);
  const outputs = items.filter(isOutput);
  const called = new Set(calls.flatMap((call) => [callIdOf(call), String(call.id)]));
  const lost = outputs.find((output) => !called.has(callIdOf(output)));
  if (lost !== undefined)
    return invalid(`No tool call found for ${kindOf(lost)} output with call_id ${callIdOf(lost)}.`, 'input');
  const answered = new Set(outputs.map(callIdOf));
  const open = calls.find((call) => !answered.has(callIdOf(call)) && !answered.has(String(call.id)));
  return open === undefined ? null : invalid(`No tool output found for ${kindOf(open)} ${callIdOf(open)}.`, 'input');
}
