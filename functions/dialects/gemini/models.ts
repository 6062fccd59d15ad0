import type { Effort, ReasoningWish } from '../../core/chat/conversation.ts';
import type { JsonObject } from '../../core/json.ts';

/** What the generations of Gemini take. */
export interface GeminiTraits {
  /** 2.5 of `gemini-2.5-flash`; null for ids that name no generation, such as those of tuned models. */
  generation: number | null;
  /** Pro cannot be kept from thinking. */
  pro: boolean;
  /** The smallest models, which think nothing unless asked to. */
  lite: boolean;
  /** Whether it makes pictures. */
  images: boolean;
  /** Whether it knows the level `minimal`. */
  minimal: boolean;
}

export function traitsOf(model: string): GeminiTraits {
  const generation = generationOf(model);
  const lite = model.includes('-lite');
  const pro = model.includes('-pro');
  // No Pro, no Gemini 4, and no Flash from 3.7 on but Lite, which moving names lead to: the table of levels at
  // https://docs.cloud.google.com/vertex-ai/generative-ai/docs/thinking, and for 3.7 and 4 https://models.dev.
  const minimal = lite || !(pro || (generation ?? 0) >= 3.7 || model.endsWith('-latest'));
  return { generation, pro, lite, images: /-image(?:-|$)/.test(model), minimal };
}

function generationOf(model: string): number | null {
  const found = /^gemini-(\d+(?:\.\d+)?)(?![\d.])/.exec(model)?.[1];
  if (found !== undefined) return Number(found);
  // Moving names lead to the newest generation.
  return /^gemini-.*-latest$/.test(model) ? 3 : null;
}

/**
 * From this generation on a function call without its thought signature is refused
 * (https://ai.google.dev/gemini-api/docs/thought-signatures), results may hold media
 * (https://ai.google.dev/gemini-api/docs/function-calling#multimodal), and penalties are refused
 * (https://github.com/BerriAI/litellm/pull/16907).
 */
export function isThirdOrLater({ generation }: GeminiTraits): boolean {
  return (generation ?? 0) >= 3;
}

/** Budgets of Google's own OpenAI endpoint (https://ai.google.dev/gemini-api/docs/openai#thinking). */
const budgets: Record<Effort, number> = {
  none: 0,
  minimal: 1024,
  low: 1024,
  medium: 8192,
  high: 24_576,
  xhigh: 24_576,
  max: 24_576,
};
const levels: Record<Effort, string> = {
  none: 'minimal',
  minimal: 'minimal',
  low: 'low',
  medium: 'medium',
  high: 'high',
  xhigh: 'high',
  max: 'high',
};

/** The smallest and largest budgets of 2.5 (https://ai.google.dev/gemini-api/docs/thinking#set-budget). */
const leastOfPro = 128;
const leastOfLite = 512;
const mostOfPro = 32_768;
const mostOfFlash = 24_576;
/** Lets the model decide. */
const dynamic = -1;

/**
 * `generationConfig.thinkingConfig` for what the caller wishes; null when the model has none, or none is due.
 * 2.5 counts tokens, 3 and later know levels (https://cloud.google.com/vertex-ai/generative-ai/docs/thinking).
 */
export function thinkingFor(traits: GeminiTraits, wish: ReasoningWish): JsonObject | null {
  const { generation } = traits;
  if (generation === null || generation < 2.5) return null;
  const config = generation < 3 ? budgetFor(traits, wish) : levelFor(traits, wish);
  // Thoughts cannot be asked for when there are none.
  const readable = wish.effort !== 'none' && wish.budget !== 0 && wish.summary !== 'omitted';
  return { ...config, ...(readable && { includeThoughts: true }) };
}

function budgetFor({ pro, lite }: GeminiTraits, { effort, budget, adaptive }: ReasoningWish): JsonObject {
  if (effort === 'none') return { thinkingBudget: pro ? leastOfPro : 0 };
  if (budget !== null) {
    // Lite thinks nothing or at least this much.
    const least = pro ? leastOfPro : lite && budget > 0 ? leastOfLite : 0;
    return { thinkingBudget: Math.min(Math.max(budget, least), pro ? mostOfPro : mostOfFlash) };
  }
  if (effort !== null) return { thinkingBudget: budgets[effort] };
  return adaptive ? { thinkingBudget: dynamic } : {};
}

function levelFor(traits: GeminiTraits, { effort, budget }: ReasoningWish): JsonObject {
  if (effort !== null) return { thinkingLevel: levelOf(effort, traits) };
  // The effort that stands for such a budget where budgets are counted.
  if (budget !== null) return { thinkingLevel: levelOf(effortOf(budget), traits) };
  return {};
}

function effortOf(budget: number): Effort {
  if (budget <= budgets.low) return 'low';
  return budget <= budgets.medium ? 'medium' : 'high';
}

/** The next level up where the model has none; 3 Pro (before 3.1) knows no `medium` either, and takes what Google's own mapping takes. */
function levelOf(effort: Effort, { generation, pro, minimal }: GeminiTraits): string {
  const level = levels[effort];
  if (level === 'minimal') return minimal ? level : 'low';
  return pro && level === 'medium' && (generation ?? 0) < 3.1 ? 'high' : level;
}
