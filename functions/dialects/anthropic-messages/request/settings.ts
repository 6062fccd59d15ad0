import type { ChatRequest, Effort, ReasoningWish, Setting } from '../../../core/chat/conversation.ts';
import { refuse } from '../../../core/chat/refusal.ts';
import { isPresent, type JsonObject } from '../../../core/json.ts';
import type { ClaudeTraits } from '../claude-models.ts';

/** Settings that no default can stand in for: to drop them would answer another question. */
export function refuseForeign({ choices, logprobs, extra, names }: ChatRequest): void {
  if (choices !== null && choices !== 1) refuse(names.choices ?? 'n', 'This model gives one answer at a time.');
  if (logprobs !== null) refuse(names.logprobs ?? 'logprobs', 'This model gives no log probabilities.');
  if (isPresent(extra.audio)) refuse('audio', 'This model cannot answer with audio here.');
  const { modalities } = extra;
  const textOnly = Array.isArray(modalities) && modalities.every((modality) => modality === 'text');
  if (isPresent(modalities) && !textOnly) refuse('modalities', 'Only text answers are possible here.');
}

/** Values that say what would happen anyway: to leave them out drops nothing. */
const harmless: Record<string, unknown[]> = { store: [false], modalities: [['text']] };

/** What the format has no field for. */
const unknown: Setting[] = ['seed', 'presencePenalty', 'frequencyPenalty', 'serviceTier', 'verbosity'];
const unchanged: unknown[] = [null, 0, 'auto', 'default'];

/** Limits, sampling and thinking. `mayThink` is false when the rest of the request rules thinking out. */
export function writeSettings(
  request: ChatRequest,
  traits: ClaudeTraits,
  mayThink: boolean,
  dropped: Set<string>,
): JsonObject {
  const { maxTokens: limit, stop, userId, names, extra } = request;
  const drop = (setting: Setting): unknown => dropped.add(names[setting] ?? setting);
  for (const setting of unknown)
    if (setting === 'seed' ? request.seed !== null : !unchanged.includes(request[setting])) drop(setting);
  for (const [name, value] of Object.entries(extra))
    if (!(harmless[name] ?? []).some((same) => JSON.stringify(same) === JSON.stringify(value))) dropped.add(name);

  const wish = request.reasoning === null ? undefined : thinkingOf(request.reasoning, traits, limit, mayThink);
  if (wish === null) drop('reasoning');
  const { budget = 0, ...thinking } = wish ?? {};
  const settings: JsonObject = { max_tokens: limit ?? traits.maxTokens + budget, ...thinking };
  const thinks = thinking.thinking !== undefined && !isOff(thinking.thinking);

  // Anthropic refuses stop sequences that are blank.
  const usable = stop.filter((sequence) => sequence.trim() !== '');
  if (usable.length > 0) settings.stop_sequences = usable;
  if (usable.length < stop.length) drop('stop');
  if (userId !== null && traits.takesUserId) settings.metadata = { user_id: userId };
  else if (userId !== null) drop('userId');
  return { ...settings, ...writeSampling(request, traits, thinks, drop) };
}

function isOff({ type }: JsonObject): boolean {
  return type === 'disabled' || type === 'between_tools';
}

function writeSampling(
  { temperature, topP, topK }: ChatRequest,
  traits: ClaudeTraits,
  thinks: boolean,
  drop: (setting: Setting) => unknown,
): JsonObject {
  const free = !traits.noSampling && !thinks;
  const alone = !(traits.oneSampler && temperature !== null);
  const sampling: JsonObject = {};
  // OpenAI's temperatures go up to 2, Anthropic's to 1.
  if (temperature !== null && free) sampling.temperature = Math.min(temperature, 1);
  else if (temperature !== null) drop('temperature');
  if (topP !== null && free && alone) sampling.top_p = topP;
  else if (topP !== null) drop('topP');
  if (topK !== null && free) sampling.top_k = topK;
  else if (topK !== null) drop('topK');
  return sampling;
}

/** Budgets for models that count thinking tokens; the least that Anthropic takes is 1024. */
const budgets: Record<Effort, number> = {
  none: 0,
  minimal: 1024,
  low: 1024,
  medium: 8192,
  high: 24_576,
  xhigh: 24_576,
  max: 24_576,
};
const leastBudget = 1024;

interface Thinking {
  thinking?: JsonObject;
  output_config?: JsonObject;
  /** What comes on top of the usual limit. */
  budget?: number;
}

/** Undefined: no thought was wished for. Null: the model cannot think, or not within the limit, or not here. */
function thinkingOf(
  { effort, budget, adaptive, summary }: ReasoningWish,
  traits: ClaudeTraits,
  limit: number | null,
  mayThink: boolean,
): Thinking | null | undefined {
  if (effort === 'none') return turnedOff(traits);
  if (effort === null && budget === null && !adaptive) return undefined;
  if (traits.thinking === null) return null;
  if (traits.thinking === 'adaptive') {
    const wished = effort ?? (budget === null ? null : effortOf(budget));
    const output = wished !== null && { output_config: { effort: effortName(wished, traits) } };
    // The effort holds for a forced call, too, before which there is no room for thoughts.
    if (!mayThink) return output === false ? null : output;
    const shown = summary !== null || traits.hidesThoughts;
    return { thinking: { type: 'adaptive', ...(shown && { display: displayOf(summary) }) }, ...output };
  }
  if (!mayThink) return null;
  const most = limit === null ? Number.POSITIVE_INFINITY : limit - 1;
  const tokens = Math.min(Math.max(budget ?? budgets[effort ?? 'medium'], leastBudget), most);
  return tokens < leastBudget ? null : { thinking: { type: 'enabled', budget_tokens: tokens }, budget: tokens };
}

function effortOf(budget: number): Effort {
  if (budget <= 2048) return 'low';
  return budget <= 12_288 ? 'medium' : 'high';
}

function effortName(effort: Effort, { extraHigh }: ClaudeTraits): string {
  if (effort === 'minimal') return 'low';
  return effort === 'xhigh' && !extraHigh ? 'high' : effort;
}

/** Models that think of themselves are told not to; those that always do, to do it as little as possible. */
function turnedOff({ off }: ClaudeTraits): Thinking | undefined {
  if (off === 'absent') return undefined;
  return off === 'never' ? { output_config: { effort: 'low' } } : { thinking: { type: off } };
}

function displayOf(summary: string | null): string {
  return summary === 'omitted' ? 'omitted' : 'summarized';
}
