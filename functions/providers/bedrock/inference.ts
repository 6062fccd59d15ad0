import type { InferenceConfiguration } from '@aws-sdk/client-bedrock-runtime';
import { refuse } from '../../core/chat/refusal.ts';
import { isObject, type JsonObject } from '../../core/json.ts';
import type { Family, Reasoning } from './families.ts';

export interface InferencePlan {
  inferenceConfig: InferenceConfiguration;
  /** Fields that only the model's family knows. */
  modelFields: JsonObject;
}

/** Limits, sampling, stop sequences and reasoning. Fields that the family cannot take are added to `dropped`. */
export function planInference(
  body: JsonObject,
  family: Family,
  forcedTool: boolean,
  dropped: Set<string>,
): InferencePlan {
  const config: InferenceConfiguration = {};
  const maxTokens = readNumber(body, 'max_completion_tokens') ?? readNumber(body, 'max_tokens');
  if (maxTokens !== undefined) config.maxTokens = maxTokens;
  const modelFields = planReasoning(body, family, maxTokens, forcedTool, dropped);
  const temperature = readNumber(body, 'temperature');
  const topP = readNumber(body, 'top_p');
  const samples = family.sampling !== 'none' && !reasonsAtItsOwnTemperature(modelFields);
  if (temperature !== undefined) {
    // OpenAI goes up to 2, the models of Bedrock to 1.
    if (samples) config.temperature = Math.min(temperature, 1);
    else dropped.add('temperature');
  }
  if (topP !== undefined) {
    if (samples && !(family.sampling === 'one' && temperature !== undefined)) config.topP = topP;
    else dropped.add('top_p');
  }
  const stop = readStop(body.stop, family);
  if (stop.given > stop.taken.length) dropped.add('stop');
  if (stop.taken.length > 0) config.stopSequences = stop.taken;
  return { inferenceConfig: config, modelFields };
}

function readNumber(body: JsonObject, name: string): number | undefined {
  const value = body[name];
  if (value === undefined || value === null) return undefined;
  if (typeof value !== 'number') refuse(name, `${name} must be a number.`);
  return value;
}

function readStop(stop: unknown, family: Family): { given: number; taken: string[] } {
  if (stop === undefined || stop === null) return { given: 0, taken: [] };
  const all = Array.isArray(stop) ? stop : [stop];
  if (!all.every((text) => typeof text === 'string')) refuse('stop', 'stop must be a text or a list of texts.');
  // Claude refuses stop sequences of white space only.
  const taken = family.stop
    ? all.filter((text) => text !== '' && !(family.maker === 'anthropic' && text.trim() === ''))
    : [];
  return { given: all.length, taken };
}

const efforts = ['none', 'minimal', 'low', 'medium', 'high', 'xhigh', 'max'] as const;
type Effort = (typeof efforts)[number];

/** Thinking tokens for Claude up to 4.5, at least 1024 (docs: "Extended thinking"). */
const budgets: Record<Effort, number> = {
  none: 0,
  minimal: 1024,
  low: 1024,
  medium: 8192,
  high: 24_576,
  xhigh: 32_000,
  max: 32_000,
};

function planReasoning(
  body: JsonObject,
  family: Family,
  maxTokens: number | undefined,
  forcedTool: boolean,
  dropped: Set<string>,
): JsonObject {
  const effort = body.reasoning_effort;
  if (effort === undefined || effort === null) return {};
  if (!isEffort(effort)) refuse('reasoning_effort', `reasoning_effort must be one of ${efforts.join(', ')}.`);
  if (effort === 'none' && family.reasoning?.startsWith('claude')) return {};
  const isClaude = family.maker === 'anthropic';
  // Claude does not think when a tool is forced; on a budget, nor does it go on with a tool loop whose thinking was not sent back.
  const refused =
    isClaude && (forcedTool || (family.reasoning === 'claude-budget' && hasUnthoughtCalls(body.messages)));
  const fields = family.reasoning === null || refused ? null : writeEffort(family.reasoning, effort, maxTokens);
  if (fields === null) dropped.add('reasoning_effort');
  return fields ?? {};
}

function writeEffort(reasoning: Reasoning, effort: Effort, maxTokens: number | undefined): JsonObject | null {
  const threeLevels =
    effort === 'none' || effort === 'minimal' ? 'low' : effort === 'xhigh' || effort === 'max' ? 'high' : effort;
  switch (reasoning) {
    case 'claude-budget': {
      // The budget is part of the limit: a quarter is left for the answer.
      const budget = Math.min(
        budgets[effort],
        maxTokens === undefined ? Number.POSITIVE_INFINITY : Math.floor(maxTokens * 0.75),
      );
      return budget < 1024 ? null : { thinking: { type: 'enabled', budget_tokens: budget } };
    }
    case 'claude-adaptive':
      // xhigh and max are known to some of these models only.
      return { thinking: { type: 'adaptive' }, output_config: { effort: threeLevels } };
    case 'nova':
      if (effort === 'none') return {};
      // "high" excludes every limit and sampling parameter (Amazon Nova 2 user guide, "Extended thinking").
      return {
        reasoningConfig: {
          type: 'enabled',
          maxReasoningEffort: threeLevels === 'high' && maxTokens !== undefined ? 'medium' : threeLevels,
        },
      };
    case 'reasoning_effort':
      return { reasoning_effort: threeLevels };
    case 'reasoning.effort':
      return { reasoning: { effort } };
    case 'reasoning_config':
      return effort === 'none' ? {} : { reasoning_config: threeLevels };
  }
}

function reasonsAtItsOwnTemperature({ thinking, reasoningConfig }: JsonObject): boolean {
  return thinking !== undefined || (isObject(reasoningConfig) && reasoningConfig.maxReasoningEffort === 'high');
}

function isEffort(value: unknown): value is Effort {
  return (efforts as readonly unknown[]).includes(value);
}

/** Whether the tool loop at the end of the conversation began without signed reasoning. */
function hasUnthoughtCalls(messages: unknown): boolean {
  if (!Array.isArray(messages)) return false;
  for (const message of messages.toReversed()) {
    if (!isObject(message) || message.role === 'user') return false;
    if (message.role === 'assistant' && Array.isArray(message.tool_calls) && message.tool_calls.length > 0)
      return !Array.isArray(message.reasoning_details);
  }
  return false;
}
