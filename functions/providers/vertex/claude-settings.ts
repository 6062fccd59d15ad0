import { refuse } from '../../core/chat/refusal.ts';
import { isObject, isPresent, type JsonObject } from '../../core/json.ts';
import { answerFormatOf, type OfferedTool, refuseOtherModalities, stopsOf, toolsOf } from './chat-request.ts';
import type { ClaudeTraits } from './claude-models.ts';

export const claudeSettingFields = [
  'max_tokens',
  'max_completion_tokens',
  'stop',
  'temperature',
  'top_p',
  'top_k',
  'reasoning_effort',
  'modalities',
  'n',
  'logprobs',
  'top_logprobs',
  'audio',
];

/** Fields that no default can stand in for: to drop them would answer another question. */
export function refuseForeign(body: JsonObject): void {
  if (isPresent(body.n) && body.n !== 1) refuse('n', 'This model gives one answer at a time.');
  if (body.logprobs === true || (isPresent(body.top_logprobs) && body.top_logprobs !== 0))
    refuse(body.logprobs === true ? 'logprobs' : 'top_logprobs', 'This model gives no log probabilities.');
  refuseOtherModalities(body);
}

/** Budgets for models that count thinking tokens; the least that Anthropic takes is 1024. */
const budgets: Record<string, number> = {
  minimal: 1024,
  low: 1024,
  medium: 8192,
  high: 24_576,
  xhigh: 24_576,
  max: 24_576,
};
const leastBudget = 1024;
const efforts: Record<string, string> = {
  minimal: 'low',
  low: 'low',
  medium: 'medium',
  high: 'high',
  xhigh: 'high',
  max: 'max',
};

/** Limits, sampling and thinking. `mayThink` is false when the rest of the request rules thinking out. */
export function claudeSettings(
  body: JsonObject,
  traits: ClaudeTraits,
  mayThink: boolean,
): { settings: JsonObject; dropped: string[] } {
  const dropped: string[] = [];
  const asked = body.max_completion_tokens ?? body.max_tokens;
  const limit = typeof asked === 'number' ? asked : null;
  const effort = body.reasoning_effort;
  const thinking =
    isPresent(effort) && effort !== 'none' ? (mayThink ? thinkingOf(String(effort), traits, limit) : null) : undefined;
  if (thinking === null) dropped.push('reasoning_effort');
  const settings: JsonObject = { max_tokens: limit ?? traits.maxTokens, ...thinking };
  if (limit === null && isObject(thinking?.thinking) && typeof thinking.thinking.budget_tokens === 'number')
    settings.max_tokens = traits.maxTokens + thinking.thinking.budget_tokens;

  // Anthropic refuses stop sequences that are blank.
  const stops = stopsOf(body);
  const usable = stops.filter((stop) => stop.trim() !== '');
  if (usable.length > 0) settings.stop_sequences = usable;
  if (usable.length < stops.length) dropped.push('stop');

  for (const name of ['temperature', 'top_p', 'top_k']) {
    const value = body[name];
    if (!isPresent(value)) continue;
    const clash = name === 'top_p' && traits.oneSampler && isPresent(body.temperature);
    if (traits.noSampling || thinking || clash) dropped.push(name);
    // OpenAI's temperatures go up to 2, Anthropic's to 1.
    else settings[name] = name === 'temperature' && typeof value === 'number' ? Math.min(value, 1) : value;
  }
  return { settings, dropped };
}

/** Null when the model cannot think, or not within the limit. */
function thinkingOf(effort: string, traits: ClaudeTraits, limit: number | null): JsonObject | null {
  if (traits.thinking === null || efforts[effort] === undefined) return null;
  if (traits.thinking === 'adaptive')
    return { thinking: { type: 'adaptive' }, output_config: { effort: efforts[effort] } };
  const budget = Math.min(budgets[effort] ?? leastBudget, limit === null ? Number.POSITIVE_INFINITY : limit - 1);
  return budget < leastBudget ? null : { thinking: { type: 'enabled', budget_tokens: budget } };
}

const answerTool = 'json';

interface ClaudeTools {
  settings: JsonObject;
  /** The forced tool that carries the structured answer. */
  answerTool: string | null;
  /** What the model is told beside the system messages. */
  instruction: string | null;
  /** Whether a call is forced, which rules out thinking. */
  forced: boolean;
}

/**
 * `tools` and `tool_choice`. A structured answer is a forced tool with its schema, which all older Claudes on Vertex AI take;
 * those that cannot be forced are told to call it.
 */
export function claudeTools(body: JsonObject, traits: ClaudeTraits, calledBefore: Iterable<string>): ClaudeTools {
  const { tools: offered, choice } = toolsOf(body);
  const format = answerFormatOf(body);
  const tools = offered.map(declare);
  const parallel = body.parallel_tool_calls === false ? { disable_parallel_tool_use: true } : {};
  const instruction =
    format === 'json' ? 'Answer with one JSON object and nothing else: no text around it, no code fence.' : null;
  if (isObject(format) && choice?.mode !== 'required') {
    tools.push({
      name: answerTool,
      description: 'Gives the final answer.',
      input_schema: { type: 'object', ...format },
    });
    if (!traits.forcible)
      return {
        settings: { tools, tool_choice: { type: 'auto', ...parallel } },
        answerTool,
        instruction: `Give the final answer by calling the tool ${answerTool}.`,
        forced: false,
      };
    const toolChoice =
      offered.length > 0 && choice?.mode !== 'none' ? { type: 'any', ...parallel } : { type: 'tool', name: answerTool };
    return { settings: { tools, tool_choice: toolChoice }, answerTool, instruction, forced: true };
  }
  // Tools in the history must be declared even if they are no longer offered.
  if (tools.length === 0) {
    const past = [...new Set(calledBefore)].map((name) => ({ name, input_schema: { type: 'object' } }));
    return {
      settings: past.length > 0 ? { tools: past, tool_choice: { type: 'none' } } : {},
      answerTool: null,
      instruction,
      forced: false,
    };
  }
  const toolChoice = choice?.name
    ? { type: 'tool', name: choice.name }
    : { type: { auto: 'auto', none: 'none', required: 'any' }[choice?.mode ?? 'auto'] };
  const spelled = choice !== null || body.parallel_tool_calls === false;
  const free = toolChoice.type === 'none' ? {} : parallel;
  return {
    settings: { tools, ...(spelled && { tool_choice: { ...toolChoice, ...free } }) },
    answerTool: null,
    instruction,
    forced: choice?.mode === 'required',
  };
}

function declare({ name, description, parameters, cacheControl }: OfferedTool): JsonObject {
  return {
    name,
    ...(description !== null && { description }),
    input_schema: { type: 'object', ...parameters },
    ...(cacheControl && { cache_control: cacheControl }),
  };
}
