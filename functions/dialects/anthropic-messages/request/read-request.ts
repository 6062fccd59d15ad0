import type { AnswerFormat, ChatRequest, ReasoningWish, Setting, Turn } from '../../../core/chat/conversation.ts';
import { efforts } from '../../../core/chat/conversation.ts';
import { isObject, isPresent, type JsonObject } from '../../../core/json.ts';
import { malformed, readContent } from './read-blocks.ts';
import { readToolChoice, readTools } from './read-tools.ts';

/** Fields that have a place in the conversation, and those that say how to answer instead of what. */
const placedFields = new Set([
  'model',
  'stream',
  'system',
  'messages',
  'max_tokens',
  'tools',
  'tool_choice',
  'thinking',
  'output_config',
  'output_format',
  'temperature',
  'top_p',
  'top_k',
  'stop_sequences',
  'metadata',
  'service_tier',
]);

/** https://docs.anthropic.com/en/api/messages. Throws `Refusal` for what the format does not allow. */
export function readRequest(body: JsonObject): ChatRequest {
  const maxTokens = numberOf(body, 'max_tokens');
  if (maxTokens === null || maxTokens < 1 || !Number.isInteger(maxTokens))
    malformed('max_tokens', 'max_tokens must be a whole number from 1 on.');
  const { toolChoice, parallelToolCalls } = readToolChoice(body.tool_choice);
  const output = objectOf(body, 'output_config');
  const metadata = objectOf(body, 'metadata');
  const thinking = objectOf(body, 'thinking');
  const format = readFormat(output.format, 'output_config.format') ?? readFormat(body.output_format, 'output_format');
  const settings = {
    tools: readTools(body.tools),
    toolChoice,
    parallelToolCalls,
    format,
    reasoning: readThinking(thinking, output.effort),
    maxTokens,
    temperature: numberOf(body, 'temperature'),
    topP: numberOf(body, 'top_p'),
    topK: numberOf(body, 'top_k'),
    stop: readStop(body.stop_sequences),
    userId: typeof metadata.user_id === 'string' ? metadata.user_id : null,
    serviceTier: readTier(body.service_tier),
  };
  return {
    ...settings,
    turns: [...readSystem(body.system), ...readMessages(body.messages)],
    seed: null,
    presencePenalty: null,
    frequencyPenalty: null,
    choices: null,
    logprobs: null,
    verbosity: null,
    extra: Object.fromEntries(
      Object.entries(body).filter(([name, value]) => isPresent(value) && !placedFields.has(name)),
    ),
    names: Object.fromEntries(
      Object.entries({
        ...names,
        ...(!isPresent(output.format) && { format: 'output_format' }),
        ...(!isPresent(body.thinking) && { reasoning: 'output_config' }),
      }).filter(([setting]) => wasSent(settings[setting as keyof typeof settings])),
    ),
  };
}

function wasSent(value: unknown): boolean {
  return isPresent(value) && !(Array.isArray(value) && value.length === 0);
}

/** What the caller calls each setting. */
const names = {
  tools: 'tools',
  toolChoice: 'tool_choice',
  parallelToolCalls: 'tool_choice',
  format: 'output_config',
  reasoning: 'thinking',
  maxTokens: 'max_tokens',
  temperature: 'temperature',
  topP: 'top_p',
  topK: 'top_k',
  stop: 'stop_sequences',
  userId: 'metadata',
  serviceTier: 'service_tier',
} satisfies Partial<Record<Setting, string>>;

function readSystem(system: unknown): Turn[] {
  if (!isPresent(system) || system === '') return [];
  const blocks = readContent(system, 'system');
  const wrong = blocks.find(({ type }) => type !== 'text');
  if (wrong) malformed(wrong.at ?? 'system', 'system holds texts alone.');
  return blocks.length === 0 ? [] : [{ role: 'system', blocks, at: 'system' }];
}

function readMessages(messages: unknown): Turn[] {
  if (!Array.isArray(messages) || messages.length === 0)
    return malformed('messages', 'messages must be a list of at least one message.');
  return messages.map((message: unknown, index): Turn => {
    const at = `messages.${index}`;
    if (!isObject(message)) return malformed(at, 'A message must be an object.');
    const { role } = message;
    if (role !== 'user' && role !== 'assistant' && role !== 'system')
      return malformed(`${at}.role`, 'The role must be user, assistant or system.');
    return { role, blocks: readContent(message.content, `${at}.content`), at };
  });
}

/** Effort alone says how much to think where thinking is not spoken of. */
function readThinking(thinking: JsonObject, effort: unknown): ReasoningWish | null {
  const wished = efforts.find((known) => known === effort) ?? null;
  const summary = typeof thinking.display === 'string' ? thinking.display : null;
  const wish = { effort: wished, budget: null, adaptive: false, summary };
  switch (thinking.type) {
    case undefined:
      return wished === null ? null : wish;
    case 'disabled':
      return { ...wish, effort: 'none' };
    case 'adaptive':
      return { ...wish, adaptive: true };
    case 'enabled':
      return typeof thinking.budget_tokens === 'number'
        ? { ...wish, budget: thinking.budget_tokens }
        : malformed('thinking.budget_tokens', 'budget_tokens must be a number.');
    default:
      return malformed('thinking.type', 'thinking.type must be enabled, adaptive or disabled.');
  }
}

function readFormat(format: unknown, at: string): AnswerFormat | null {
  if (!isPresent(format)) return null;
  if (!isObject(format) || format.type !== 'json_schema' || !isObject(format.schema))
    return malformed(at, 'The format must be json_schema with a schema.');
  return { type: 'schema', name: 'answer', description: null, schema: format.schema, strict: null };
}

/** `standard_only` is what others call their default tier. */
function readTier(tier: unknown): string | null {
  if (typeof tier !== 'string') return null;
  return tier === 'standard_only' ? 'default' : tier;
}

function readStop(stop: unknown): string[] {
  if (!isPresent(stop)) return [];
  return Array.isArray(stop) && stop.every((sequence) => typeof sequence === 'string')
    ? stop
    : malformed('stop_sequences', 'stop_sequences must be a list of texts.');
}

function numberOf(body: JsonObject, name: string): number | null {
  const value = body[name];
  if (!isPresent(value)) return null;
  return typeof value === 'number' ? value : malformed(name, `${name} must be a number.`);
}

function objectOf(body: JsonObject, name: string): JsonObject {
  const value = body[name];
  if (!isPresent(value)) return {};
  return isObject(value) ? value : malformed(name, `${name} must be an object.`);
}
