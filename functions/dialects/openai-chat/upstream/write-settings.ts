import { createHash } from 'node:crypto';
import {
  type ChatRequest,
  type Effort,
  efforts,
  type ReasoningWish,
  type Setting,
} from '../../../core/chat/conversation.ts';
import type { JsonObject } from '../../../core/json.ts';
import type { OpenAiTraits } from './traits.ts';

/** What OpenAI takes; more are dropped. */
const mostStops = 4;
/** The longest name of a user that OpenAI takes. */
const longestIdentifier = 64;

/** Every setting but tools and format. What the model cannot take is added to `dropped`. */
export function writeSettings(
  request: ChatRequest,
  traits: OpenAiTraits,
  hasTools: boolean,
  dropped: Set<string>,
): JsonObject {
  const settings: JsonObject = {};
  const drop = (setting: Setting) => dropped.add(request.names[setting] ?? setting);
  const { maxTokens, logprobs, stop, userId, verbosity, choices } = request;

  if (maxTokens !== null) settings[traits.limitField] = Math.min(maxTokens, traits.mostTokens ?? maxTokens);
  const effort = effortFor(request.reasoning, traits, hasTools);
  if (effort.left) drop('reasoning');
  if (effort.sent !== null) settings.reasoning_effort = effort.sent;

  const thinks = effort.sent === null ? traits.thinksUnasked : effort.sent !== 'none';
  const samples = traits.sampling === 'always' || (traits.sampling === 'unthinking' && !thinks);
  for (const [setting, field] of sampling) {
    const value = request[setting];
    if (value === null) continue;
    if (samples) settings[field] = value;
    // One is the only temperature of models that take none.
    else if (setting !== 'temperature' || value !== 1) drop(setting);
  }
  const stops = stop.filter((each) => each !== '');
  if (stops.length > 0 && samples) settings.stop = stops.slice(0, mostStops);
  if (stop.length > (samples ? Math.min(stops.length, mostStops) : 0)) drop('stop');
  if (request.topK !== null) drop('topK');
  if (request.seed !== null) settings.seed = request.seed;
  if (choices !== null) settings.n = choices;
  if (logprobs !== null)
    Object.assign(settings, { logprobs: true, ...(logprobs.top !== null && { top_logprobs: logprobs.top }) });

  if (verbosity !== null) {
    if (traits.verbosity) settings.verbosity = verbosity;
    else drop('verbosity');
  }
  const tier = request.serviceTier === 'standard_only' ? 'default' : request.serviceTier;
  if (tier !== null && tier !== 'auto') {
    if (traits.ownFields && tiers.has(tier)) settings.service_tier = tier;
    else drop('serviceTier');
  }
  // A name that nobody set is the gateway's: to leave it out takes nothing away.
  if (userId !== null && traits.ownFields) settings.safety_identifier = identifier(userId);
  else if (userId !== null && request.names.userId !== undefined) drop('userId');
  for (const [field, value] of Object.entries(request.extra)) {
    if (traits.ownFields && ownExtras.has(field)) settings[field] = value;
    else dropped.add(field);
  }
  return settings;
}

const sampling = [
  ['temperature', 'temperature'],
  ['topP', 'top_p'],
  ['presencePenalty', 'presence_penalty'],
  ['frequencyPenalty', 'frequency_penalty'],
] as const;

const tiers = new Set(['default', 'flex', 'priority', 'scale']);
const ownExtras = new Set(['prompt_cache_key', 'prompt_cache_retention', 'logit_bias']);

/** Clients for Claude send names that are longer. */
function identifier(userId: string): string {
  return userId.length <= longestIdentifier ? userId : createHash('sha256').update(userId).digest('hex');
}

/** `left`: the caller wished something that is not said. */
function effortFor(
  wish: ReasoningWish | null,
  traits: OpenAiTraits,
  hasTools: boolean,
): { sent: Effort | null; left: boolean } {
  const wanted = wish === null ? null : (wish.effort ?? effortOf(wish.budget));
  if (traits.efforts.length === 0) return { sent: null, left: wanted !== null && wanted !== 'none' };
  if (hasTools && traits.effortBesideTools !== 'any')
    return {
      sent: traits.effortBesideTools === 'none' ? 'none' : null,
      left: wanted !== null && wanted !== 'none',
    };
  return { sent: wanted === null ? null : nearest(wanted, traits.efforts), left: false };
}

/** What Anthropic's budgets amount to; null: the model decides. */
function effortOf(budget: number | null): Effort | null {
  if (budget === null) return null;
  if (budget <= 0) return 'none';
  if (budget < 4096) return 'low';
  return budget < 16_384 ? 'medium' : 'high';
}

/** The effort itself, else the next lower one, else the lowest. */
function nearest(wanted: Effort, known: readonly Effort[]): Effort | null {
  const most = efforts.indexOf(wanted);
  return known.findLast((effort) => efforts.indexOf(effort) <= most) ?? known[0] ?? null;
}
