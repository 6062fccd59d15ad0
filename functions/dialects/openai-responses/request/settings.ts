import { type AnswerFormat, type ChatRequest, efforts, type ReasoningWish } from '../../../core/chat/conversation.ts';
import { refuse } from '../../../core/chat/refusal.ts';
import { isObject, isPresent, type JsonObject } from '../../../core/json.ts';
import { needText } from './content.ts';

type Settings = Omit<ChatRequest, 'turns' | 'tools' | 'toolChoice' | 'extra'>;

export function readSettings(body: JsonObject): Settings {
  const text = isObject(body.text) ? body.text : {};
  const names: ChatRequest['names'] = {};
  const read = <Value>(
    setting: keyof typeof names,
    name: string,
    value: unknown,
    as: (value: unknown, at: string) => Value,
  ) => {
    if (!isPresent(value)) return null;
    names[setting] = name;
    return as(value, name);
  };
  if (isPresent(body.tools)) names.tools = 'tools';
  if (isPresent(body.tool_choice)) names.toolChoice = 'tool_choice';
  const user = isPresent(body.safety_identifier) ? 'safety_identifier' : 'user';
  return {
    parallelToolCalls: read('parallelToolCalls', 'parallel_tool_calls', body.parallel_tool_calls, asBoolean),
    format: read('format', 'text.format', text.format, asFormat),
    reasoning: read('reasoning', 'reasoning', body.reasoning, asReasoning),
    maxTokens: read('maxTokens', 'max_output_tokens', body.max_output_tokens, asCount),
    temperature: read('temperature', 'temperature', body.temperature, asNumber),
    topP: read('topP', 'top_p', body.top_p, asNumber),
    topK: null,
    seed: null,
    presencePenalty: null,
    frequencyPenalty: null,
    stop: [],
    choices: null,
    logprobs: readLogprobs(body, names),
    userId: read('userId', user, body[user], needText),
    serviceTier: read('serviceTier', 'service_tier', body.service_tier, needText),
    verbosity: read('verbosity', 'text.verbosity', text.verbosity, needText),
    names,
  };
}

/** What `include` asks for to have log probabilities in texts; `top_logprobs` asks for it, too. */
const logprobsWanted = 'message.output_text.logprobs';

function readLogprobs(
  { include, top_logprobs: top }: JsonObject,
  names: ChatRequest['names'],
): ChatRequest['logprobs'] {
  if (isPresent(top)) names.logprobs = 'top_logprobs';
  else if (Array.isArray(include) && include.includes(logprobsWanted)) names.logprobs = 'include';
  else return null;
  return { top: isPresent(top) ? asNumber(top, 'top_logprobs') : null };
}

function asFormat(value: unknown, at: string): AnswerFormat | null {
  if (!isObject(value)) refuse(at, `${at} must be an object.`, { unprocessable: true });
  const { type, name, description, schema, strict } = value;
  if (type === 'text') return null;
  if (type === 'json_object') return { type: 'json' };
  if (type !== 'json_schema')
    refuse(`${at}.type`, `${at}.type must be text, json_object or json_schema.`, { unprocessable: true });
  if (!isObject(schema)) refuse(`${at}.schema`, `${at}.schema must be an object.`, { unprocessable: true });
  return {
    type: 'schema',
    name: needText(name, `${at}.name`),
    description: typeof description === 'string' ? description : null,
    schema,
    strict: typeof strict === 'boolean' ? strict : null,
  };
}

function asReasoning(value: unknown, at: string): ReasoningWish | null {
  if (!isObject(value)) refuse(at, `${at} must be an object.`, { unprocessable: true });
  const { effort, summary = value.generate_summary } = value;
  const known = efforts.find((one) => one === effort) ?? null;
  if (isPresent(effort) && known === null)
    refuse(`${at}.effort`, `${at}.effort must be one of ${efforts.join(', ')}.`, { unprocessable: true });
  const readable = typeof summary === 'string' ? summary : null;
  return known === null && readable === null
    ? null
    : { effort: known, budget: null, adaptive: false, summary: readable };
}

function asBoolean(value: unknown, at: string): boolean {
  if (typeof value !== 'boolean') refuse(at, `${at} must be true or false.`, { unprocessable: true });
  return value;
}

function asNumber(value: unknown, at: string): number {
  if (typeof value !== 'number') refuse(at, `${at} must be a number.`, { unprocessable: true });
  return value;
}

function asCount(value: unknown, at: string): number {
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 1)
    refuse(at, `${at} must be a whole number above zero.`, { unprocessable: true });
  return value;
}
