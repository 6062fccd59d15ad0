import type { JsonObject } from '../../core/json.ts';

/** 2.5 of `gemini-2.5-flash`; null for ids that name no generation, such as those of tuned models. */
function generationOf(model: string): number | null {
  const found = /^gemini-(\d+(?:\.\d+)?)(?![\d.])/.exec(model)?.[1];
  if (found !== undefined) return Number(found);
  // Moving names lead to the newest generation.
  return /^gemini-.*-latest$/.test(model) ? 3 : null;
}

/** From this generation on a function call without its thought signature is refused. */
export function needsThoughtSignatures(model: string): boolean {
  return (generationOf(model) ?? 0) >= 3;
}

/** Budgets of Google's own OpenAI endpoint (https://ai.google.dev/gemini-api/docs/openai#thinking). */
const budgets: Record<string, number> = {
  minimal: 1024,
  low: 1024,
  medium: 8192,
  high: 24_576,
  xhigh: 24_576,
  max: 24_576,
};
const levels: Record<string, string> = {
  none: 'minimal',
  minimal: 'minimal',
  low: 'low',
  medium: 'medium',
  high: 'high',
  xhigh: 'high',
  max: 'high',
};

/** The smallest budget of 2.5 Pro, which cannot be kept from thinking. */
const leastOfPro = 128;

/**
 * `generationConfig.thinkingConfig` for OpenAI's reasoning_effort; null when the model has none.
 * 2.5 counts tokens, 3 and later know levels (https://cloud.google.com/vertex-ai/generative-ai/docs/thinking).
 */
export function thinkingFor(model: string, effort: string): JsonObject | null {
  const generation = generationOf(model);
  if (generation === null || generation < 2.5 || levels[effort] === undefined) return null;
  const pro = model.includes('-pro');
  if (generation < 3) {
    const budget = effort === 'none' ? (pro ? leastOfPro : 0) : (budgets[effort] ?? -1);
    // Thoughts cannot be asked for when there are none.
    return { thinkingBudget: budget, ...(effort !== 'none' && { includeThoughts: true }) };
  }
  return { thinkingLevel: levelOf(effort, generation, pro), ...(effort !== 'none' && { includeThoughts: true }) };
}

/** Pro knows no `minimal`, and 3 Pro (before 3.1) no `medium`: then what Google's own mapping takes. */
function levelOf(effort: string, generation: number, pro: boolean): string {
  const level = levels[effort] ?? 'high';
  if (!pro) return level;
  if (level === 'minimal') return 'low';
  return level === 'medium' && generation < 3.1 ? 'high' : level;
}
