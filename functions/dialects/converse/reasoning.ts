import type { ChatRequest, Effort, Turn } from '../../core/chat/conversation.ts';
import type { JsonObject } from '../../core/json.ts';
import type { Family } from './families.ts';

export interface ReasoningPlan {
  /** Fields that only the model's family knows. */
  modelFields: JsonObject;
  /** The limit that leaves room for an answer behind the thoughts, where the caller set none. */
  maxTokens: number | null;
  /** Whether the model samples in its own way while it thinks. */
  samples: boolean;
}

const none: ReasoningPlan = { modelFields: {}, maxTokens: null, samples: true };

/**
 * Thinking tokens for Claude up to 4.5, at least 1024
 * (https://platform.claude.com/docs/en/build-with-claude/extended-thinking).
 */
const budgets: Record<Effort, number> = {
  none: 0,
  minimal: 1024,
  low: 1024,
  medium: 8192,
  high: 24_576,
  xhigh: 32_000,
  max: 32_000,
};

/**
 * Converse's own limit for Claude is less than most budgets:
 * https://github.com/vercel/ai/blob/main/packages/amazon-bedrock/src/amazon-bedrock-chat-language-model.ts.
 */
const roomForAnswer = 4096;
/**
 * How much a Claude that decides itself may think and say where the caller set no limit; all of them can give 64,000.
 */
const adaptiveLimit = 32_768;

/** How the model is to think. The caller's name of the wish is added to `dropped` where it cannot be followed. */
export function planReasoning(
  request: ChatRequest,
  family: Family,
  forced: boolean,
  dropped: Set<string>,
): ReasoningPlan {
  const { reasoning: wish } = request;
  if (wish === null) return none;
  const drop = (): ReasoningPlan => {
    dropped.add(request.names.reasoning ?? 'reasoning_effort');
    return none;
  };
  if (family.reasoning === null) return wish.effort === null && wish.budget === null && !wish.adaptive ? none : drop();
  if (family.reasoning === 'claude-budget' || family.reasoning === 'claude-adaptive')
    return planClaude(request, family, forced, drop);
  const effort = wish.effort ?? (wish.budget === null ? null : effortOf(wish.budget));
  if (effort === null) return none;
  // Forced to call a tool, DeepSeek answers without one while it thinks:
  // https://github.com/langchain-ai/langchain-aws/pull/1261.
  if (family.maker === 'deepseek') return effort === 'none' ? none : forced ? drop() : planEffort(family, effort, null);
  return planEffort(family, effort, request.maxTokens);
}

function planClaude(request: ChatRequest, family: Family, forced: boolean, drop: () => ReasoningPlan): ReasoningPlan {
  const { reasoning: wish, maxTokens } = request;
  const { thinking } = family;
  if (wish === null || thinking === null) return none;
  const adaptive = family.reasoning === 'claude-adaptive';
  if (wish.effort === 'none') return turnedOff(thinking.off);
  if (wish.effort === null && wish.budget === null && !wish.adaptive && wish.summary === null) return none;
  // A tool that must be called leaves no room for thoughts before it; the effort holds for the call, too.
  if (forced && !thinking.besideForced)
    return adaptive && wish.effort !== null
      ? { ...none, modelFields: { output_config: { effort: nearest(wish.effort, family.efforts) } } }
      : drop();
  if (!adaptive || (wish.budget !== null && thinking.budgets && !wish.adaptive)) {
    // On a budget, Claude does not go on with a tool loop whose thinking was not sent back.
    if (hasUnthoughtCalls(request.turns)) return drop();
    const room = maxTokens === null ? Number.POSITIVE_INFINITY : Math.floor(maxTokens * 0.75);
    // The budget is part of the limit: of one that the gateway chose, a quarter is left for the answer.
    const budget = wish.budget ?? Math.min(budgets[wish.effort ?? 'medium'], room);
    if (budget < 1024 && wish.budget === null) return drop();
    return {
      modelFields: { thinking: { type: 'enabled', budget_tokens: budget } },
      maxTokens: maxTokens === null ? budget + roomForAnswer : null,
      samples: false,
    };
  }
  const display = wish.summary === 'omitted' ? 'omitted' : 'summarized';
  return {
    modelFields: {
      thinking: { type: 'adaptive', ...(thinking.hidden && { display }) },
      ...(wish.effort !== null && { output_config: { effort: nearest(wish.effort, family.efforts) } }),
    },
    maxTokens: maxTokens === null ? adaptiveLimit : null,
    samples: false,
  };
}

/**
 * https://platform.claude.com/docs/en/models/sonnet-5-5/whats-new-sonnet-5-5,
 * https://platform.claude.com/docs/en/models/opus-5-5/whats-new-opus-5-5
 */
function turnedOff(off: NonNullable<Family['thinking']>['off']): ReasoningPlan {
  if (off === 'absent') return none;
  // These think whatever they are told.
  if (off === 'never') return { ...none, modelFields: { output_config: { effort: 'low' } } };
  return { ...none, modelFields: { thinking: { type: off } } };
}

function planEffort({ reasoning, efforts }: Family, effort: Effort, maxTokens: number | null): ReasoningPlan {
  const level = nearest(effort, efforts);
  switch (reasoning) {
    case 'nova': {
      if (effort === 'none') return none;
      // "high" excludes every limit and sampling parameter (Amazon Nova 2 user guide, "Extended thinking").
      const maxReasoningEffort = level === 'high' && maxTokens !== null ? 'medium' : level;
      return {
        ...none,
        modelFields: { reasoningConfig: { type: 'enabled', maxReasoningEffort } },
        samples: maxReasoningEffort !== 'high',
      };
    }
    case 'reasoning_effort':
      return { ...none, modelFields: { reasoning_effort: level } };
    case 'reasoning.effort':
      return { ...none, modelFields: { reasoning: { effort: level } } };
    case 'reasoning_config':
      return effort === 'none' ? none : { ...none, modelFields: { reasoning_config: level } };
    default:
      return none;
  }
}

const ladder: readonly Effort[] = ['none', 'minimal', 'low', 'medium', 'high', 'xhigh', 'max'];

/** The highest level that the model knows up to the one wished for, else its lowest; `none` only for itself. */
function nearest(effort: Effort, known: readonly Effort[]): Effort {
  if (known.includes(effort)) return effort;
  const thinking = known.filter((level) => level !== 'none');
  const upTo = thinking.filter((level) => ladder.indexOf(level) <= ladder.indexOf(effort));
  return upTo.at(-1) ?? thinking[0] ?? 'low';
}

/** The level that a number of thinking tokens comes to, for models that take no number. */
function effortOf(budget: number): Effort {
  return budget <= 0 ? 'none' : budget <= 4096 ? 'low' : budget <= 16_384 ? 'medium' : 'high';
}

/** Whether the tool loop at the end of the conversation began without signed reasoning. */
function hasUnthoughtCalls(turns: Turn[]): boolean {
  for (const { role, blocks } of turns.toReversed()) {
    if (role === 'system') continue;
    if (role === 'user' && !blocks.some(({ type }) => type === 'tool_result')) return false;
    if (role === 'assistant' && blocks.some(({ type }) => type === 'tool_call'))
      return !blocks.some((block) => block.type === 'reasoning' && (block.signature ?? block.encrypted) !== undefined);
  }
  return false;
}
