import type { ChatRequest } from '../../core/chat/conversation.ts';
import { offeredTools } from '../../core/chat/offered-tools.ts';
import { refuse } from '../../core/chat/refusal.ts';
import type { JsonObject } from '../../core/json.ts';
import { type GeminiTraits, isThirdOrLater, thinkingFor } from './models.ts';
import { geminiSchema } from './schema.ts';

/** https://cloud.google.com/vertex-ai/generative-ai/docs/model-reference/inference#generationconfig; null when nothing was set. */
export function generationConfig(request: ChatRequest, traits: GeminiTraits, dropped: Set<string>): JsonObject | null {
  const { temperature, topP, topK, seed, maxTokens, stop, choices, logprobs, format, reasoning, names } = request;
  const config: JsonObject = {};
  const plain = { temperature, topP, topK, seed, ...penalties(request, traits, dropped), maxOutputTokens: maxTokens };
  for (const [name, value] of Object.entries(plain)) if (value !== null) config[name] = value;
  if (stop.length > 0) config.stopSequences = stop;
  if (choices !== null && choices !== 1) config.candidateCount = choices;
  if (logprobs !== null) {
    config.responseLogprobs = true;
    if (logprobs.top !== null && logprobs.top > 0) config.logprobs = logprobs.top;
  }
  if (format !== null) config.responseMimeType = 'application/json';
  if (format?.type === 'schema') config.responseJsonSchema = geminiSchema(format.schema);
  if (reasoning !== null) {
    const thinking = thinkingFor(traits, reasoning);
    if (thinking !== null) config.thinkingConfig = thinking;
    else dropped.add(names.reasoning ?? 'reasoning_effort');
  }
  return Object.keys(config).length > 0 ? config : null;
}

/** Gemini 3 answers any penalty, 0 included, with 400 `Penalty is not enabled for this model`; 0 is what happens anyway. */
function penalties(
  { presencePenalty, frequencyPenalty, names }: ChatRequest,
  traits: GeminiTraits,
  dropped: Set<string>,
) {
  if (!isThirdOrLater(traits)) return { presencePenalty, frequencyPenalty };
  if (presencePenalty !== null && presencePenalty !== 0) dropped.add(names.presencePenalty ?? 'presence_penalty');
  if (frequencyPenalty !== null && frequencyPenalty !== 0) dropped.add(names.frequencyPenalty ?? 'frequency_penalty');
  return {};
}

/** `tools` and `toolConfig`. With `none` the declarations stay: the history may hold calls of them. */
export function toolSettings(request: ChatRequest, dropped: Set<string>): JsonObject {
  const { tools, choice } = offeredTools(request, dropped);
  if (tools.length === 0) return {};
  const functionDeclarations = tools.map(({ name, description, parameters }) => ({
    name,
    ...(description !== null && description !== '' && { description }),
    ...(parameters !== null && { parametersJsonSchema: geminiSchema(parameters) }),
  }));
  const mode = { auto: 'AUTO', none: 'NONE', required: 'ANY' }[choice?.mode ?? 'auto'];
  // VALIDATED is AUTO with arguments that are made to follow the schema, which is what `strict` means.
  const strict = mode === 'AUTO' && tools.some((tool) => tool.strict === true);
  const functionCallingConfig = {
    mode: strict ? 'VALIDATED' : mode,
    ...(choice !== null && choice.name !== null && { allowedFunctionNames: [choice.name] }),
  };
  return {
    tools: [{ functionDeclarations }],
    ...((choice !== null || strict) && { toolConfig: { functionCallingConfig } }),
  };
}

/** Fields that Gemini knows, by the names of Google's own OpenAI endpoint and by its own. */
const known: Record<string, string> = {
  safety_settings: 'safetySettings',
  safetySettings: 'safetySettings',
  cached_content: 'cachedContent',
  cachedContent: 'cachedContent',
};
/** Values that say what would happen anyway: to leave them out drops nothing. */
const harmless: Record<string, unknown> = { store: false };

/** The caller's further fields as Gemini knows them; what it cannot take is named. */
export function furtherFields(request: ChatRequest, dropped: Set<string>): JsonObject {
  const { parallelToolCalls, userId, serviceTier, verbosity, extra, names } = request;
  if (parallelToolCalls === false) dropped.add(names.parallelToolCalls ?? 'parallel_tool_calls');
  if (userId !== null) dropped.add(names.userId ?? 'user');
  if (serviceTier !== null && serviceTier !== 'auto') dropped.add(names.serviceTier ?? 'service_tier');
  if (verbosity !== null) dropped.add(names.verbosity ?? 'verbosity');
  refuseOtherModalities(extra);
  const taken: JsonObject = {};
  for (const [name, value] of Object.entries(extra)) {
    if (name === 'modalities') continue;
    const own = Object.hasOwn(known, name) ? known[name] : undefined;
    if (own !== undefined) taken[own] = value;
    else if (!Object.hasOwn(harmless, name) || harmless[name] !== value) dropped.add(name);
  }
  return taken;
}

/** Text alone comes back here: to drop the wish for anything else would answer another question. */
function refuseOtherModalities({ audio, modalities }: JsonObject): void {
  if (audio !== undefined) refuse('audio', 'This model cannot answer with audio here.');
  const textOnly = Array.isArray(modalities) && modalities.every((modality) => modality === 'text');
  if (modalities !== undefined && !textOnly) refuse('modalities', 'Only text answers are possible here.');
}
