import {
  type ChatRequest,
  type Effort,
  efforts,
  type ReasoningWish,
  type Setting,
} from '../../../core/chat/conversation.ts';
import { refuse } from '../../../core/chat/refusal.ts';
import { isObject, isPresent, type JsonObject } from '../../../core/json.ts';
import { readMessages } from './read-messages.ts';
import { readFormat, readToolChoice, readTools } from './read-tools.ts';

/**
 * A chat completions request as a conversation (https://platform.openai.com/docs/api-reference/chat/create). Settings whose
 * value says what would happen anyway count as not sent. Throws `Refusal` for what no translation can say.
 */
export function readRequest(body: JsonObject): ChatRequest {
  refuseForeign(body);
  return { turns: readMessages(body.messages), ...readSettings(body) };
}

/** Everything of a request but its messages: the old completions have the same settings. */
export function readSettings(body: JsonObject): Omit<ChatRequest, 'turns'> {
  const names: ChatRequest['names'] = {};
  const name = (setting: Setting, ...fields: string[]) => {
    const sent = fields.find((field) => isPresent(body[field]));
    if (sent !== undefined) names[setting] = sent;
  };
  const number = (setting: Setting, ...fields: string[]): number | null => {
    name(setting, ...fields);
    const field = names[setting];
    return field === undefined ? null : readNumber(body[field], field);
  };
  /** A number that is the default is none. */
  const unless = (usual: number, setting: Setting, field: string): number | null => {
    const value = number(setting, field);
    if (value !== usual) return value;
    delete names[setting];
    return null;
  };
  const text = (setting: Setting, field: string, usual?: string): string | null => {
    const value = body[field];
    if (!isPresent(value) || value === usual) return null;
    if (typeof value !== 'string') refuse(field, `${field} must be a text.`);
    names[setting] = field;
    return value;
  };
  const given = <T>(setting: Setting, value: T | null, ...fields: string[]): T | null => {
    if (value !== null) name(setting, ...fields);
    return value;
  };

  const tools = readTools(body.tools);
  if (tools.length > 0) names.tools = 'tools';
  const stop = readStop(body.stop);
  if (stop.length > 0) names.stop = 'stop';
  return {
    tools,
    toolChoice: given('toolChoice', readToolChoice(body.tool_choice), 'tool_choice'),
    parallelToolCalls: given(
      'parallelToolCalls',
      body.parallel_tool_calls === false ? false : null,
      'parallel_tool_calls',
    ),
    format: given('format', readFormat(body.response_format), 'response_format'),
    reasoning: given('reasoning', readReasoning(body), 'reasoning_effort', 'reasoning', 'thinking'),
    maxTokens: number('maxTokens', 'max_completion_tokens', 'max_tokens'),
    temperature: number('temperature', 'temperature'),
    topP: number('topP', 'top_p'),
    topK: number('topK', 'top_k'),
    seed: number('seed', 'seed'),
    presencePenalty: unless(0, 'presencePenalty', 'presence_penalty'),
    frequencyPenalty: unless(0, 'frequencyPenalty', 'frequency_penalty'),
    stop,
    choices: unless(1, 'choices', 'n'),
    logprobs: given(
      'logprobs',
      readLogprobs(body),
      ...(body.logprobs === true ? ['logprobs'] : ['top_logprobs', 'logprobs']),
    ),
    // A name for abuse detection alone is nobody's setting: it may be the gateway's own, and to leave it out takes nothing away.
    userId: text('userId', 'user') ?? (typeof body.safety_identifier === 'string' ? body.safety_identifier : null),
    serviceTier: text('serviceTier', 'service_tier', 'auto'),
    verbosity: text('verbosity', 'verbosity'),
    extra: readExtra(body),
    names,
  };
}

function readNumber(value: unknown, field: string): number {
  return typeof value === 'number' ? value : refuse(field, `${field} must be a number.`);
}

function refuseForeign(body: JsonObject): void {
  for (const field of ['functions', 'function_call'])
    if (isPresent(body[field])) refuse(field, `${field} is the old form: use tools and tool_choice.`);
  if (isPresent(body.audio)) refuse('audio', 'This model cannot answer with audio here.');
  const { modalities } = body;
  const textOnly = Array.isArray(modalities) && modalities.every((modality) => modality === 'text');
  if (isPresent(modalities) && !textOnly) refuse('modalities', 'Only text answers are possible here.');
}

function readStop(stop: unknown): string[] {
  if (!isPresent(stop)) return [];
  const list: unknown[] = Array.isArray(stop) ? stop : [stop];
  return list.map((each) =>
    typeof each === 'string' ? each : refuse('stop', 'stop must be a text or a list of texts.'),
  );
}

function readLogprobs({ logprobs, top_logprobs: top }: JsonObject): ChatRequest['logprobs'] {
  const most = isPresent(top) ? readNumber(top, 'top_logprobs') : 0;
  if ((!isPresent(logprobs) || logprobs === false) && most === 0) return null;
  return { top: most === 0 ? null : most };
}

/**
 * `reasoning_effort`; OpenRouter's `reasoning` (https://openrouter.ai/docs/use-cases/reasoning-tokens); Anthropic's `thinking`,
 * which clients for Claude send through this format, too.
 */
function readReasoning({ reasoning_effort: effort, reasoning, thinking }: JsonObject): ReasoningWish | null {
  const wish: ReasoningWish = { effort: null, budget: null, adaptive: false, summary: null };
  if (isPresent(effort)) return { ...wish, effort: readEffort(effort, 'reasoning_effort') };
  if (isObject(reasoning)) {
    const { effort: wanted, max_tokens: budget, enabled, exclude, summary } = reasoning;
    if (isPresent(wanted)) wish.effort = readEffort(wanted, 'reasoning.effort');
    if (isPresent(budget)) wish.budget = readNumber(budget, 'reasoning.max_tokens');
    if (wish.effort === null && wish.budget === null) {
      if (enabled === false) wish.effort = 'none';
      else if (enabled === true) wish.effort = 'medium';
      else return null;
    }
    wish.summary = exclude === true ? 'omitted' : typeof summary === 'string' ? summary : null;
    return wish;
  }
  if (!isObject(thinking)) return null;
  if (thinking.type === 'disabled') return { ...wish, effort: 'none' };
  if (thinking.type === 'adaptive') return { ...wish, adaptive: true };
  if (thinking.type !== 'enabled') return null;
  const { budget_tokens: budget } = thinking;
  return isPresent(budget)
    ? { ...wish, budget: readNumber(budget, 'thinking.budget_tokens') }
    : { ...wish, effort: 'medium' };
}

function readEffort(effort: unknown, field: string): Effort {
  const known = efforts.find((each) => each === effort);
  return known ?? refuse(field, `${field} must be one of ${efforts.join(', ')}.`);
}

/** Every field that has a place of its own, is refused, or says how the answer is sent. */
const placed = new Set([
  ...[
    'model',
    'messages',
    'stream',
    'stream_options',
    'tools',
    'tool_choice',
    'parallel_tool_calls',
    'response_format',
  ],
  ...[
    'reasoning_effort',
    'reasoning',
    'thinking',
    'max_completion_tokens',
    'max_tokens',
    'temperature',
    'top_p',
    'top_k',
  ],
  ...['seed', 'presence_penalty', 'frequency_penalty', 'stop', 'n', 'logprobs', 'top_logprobs', 'user'],
  ...['safety_identifier', 'service_tier', 'verbosity', 'modalities', 'audio', 'functions', 'function_call'],
]);

function readExtra(body: JsonObject): JsonObject {
  return Object.fromEntries(
    Object.entries(body).filter(
      ([field, value]) => !placed.has(field) && isPresent(value) && !saysNothing(field, value),
    ),
  );
}

/** Defaults that clients spell out. */
function saysNothing(field: string, value: unknown): boolean {
  return (
    (field === 'store' && value === false) ||
    (field === 'logit_bias' && isObject(value) && Object.keys(value).length === 0)
  );
}
