import type { ChatRequest } from '../../core/chat/conversation.ts';
import { offeredTools } from '../../core/chat/offered-tools.ts';
import { refuse } from '../../core/chat/refusal.ts';
import { isObject, isPresent, type JsonObject } from '../../core/json.ts';
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
  Object.assign(config, pictureSettings(request, traits));
  return Object.keys(config).length > 0 ? config : null;
}

/**
 * Models that make pictures must be told so
 * (https://docs.cloud.google.com/vertex-ai/generative-ai/docs/multimodal/image-generation), unless the caller wants text alone.
 * `image_config` is OpenRouter's (https://openrouter.ai/docs/features/multimodal/image-generation).
 */
function pictureSettings({ extra }: ChatRequest, { images }: GeminiTraits): JsonObject {
  if (!images || isTextOnly(extra.modalities)) return {};
  const { aspect_ratio: aspectRatio, image_size: imageSize } = isObject(extra.image_config) ? extra.image_config : {};
  const imageConfig = { ...(isPresent(aspectRatio) && { aspectRatio }), ...(isPresent(imageSize) && { imageSize }) };
  return { responseModalities: ['TEXT', 'IMAGE'], ...(Object.keys(imageConfig).length > 0 && { imageConfig }) };
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

/**
 * Google's own tools by the fields that ask for them: OpenAI's for its search, and the names that Google gives them
 * (https://docs.cloud.google.com/vertex-ai/generative-ai/docs/model-reference/grounding). They have prices of their own, so the
 * doors take these fields away from platform credentials.
 */
const hostedFields: Record<string, string> = {
  web_search_options: 'googleSearch',
  google_search: 'googleSearch',
  code_execution: 'codeExecution',
  url_context: 'urlContext',
};

function hostedTools({ extra }: ChatRequest): JsonObject[] {
  const asked = Object.entries(hostedFields).filter(([field]) => isObject(extra[field]));
  const tools = new Map(
    asked.map(([field, tool]) => [tool, field === 'web_search_options' ? {} : extra[field]] as const),
  );
  return [...tools].map(([tool, value]) => ({ [tool]: value }));
}

/** `tools` and `toolConfig`. With `none` the declarations stay: the history may hold calls of them. */
export function toolSettings(request: ChatRequest, dropped: Set<string>): JsonObject {
  const { tools, choice } = offeredTools(request, dropped);
  const hosted = hostedTools(request);
  if (tools.length === 0) return hosted.length === 0 ? {} : { tools: hosted };
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
    tools: [{ functionDeclarations }, ...hosted],
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
export function furtherFields(request: ChatRequest, { images }: GeminiTraits, dropped: Set<string>): JsonObject {
  const { parallelToolCalls, userId, serviceTier, verbosity, extra, names } = request;
  if (parallelToolCalls === false) dropped.add(names.parallelToolCalls ?? 'parallel_tool_calls');
  if (userId !== null) dropped.add(names.userId ?? 'user');
  if (serviceTier !== null && serviceTier !== 'auto') dropped.add(names.serviceTier ?? 'service_tier');
  if (verbosity !== null) dropped.add(names.verbosity ?? 'verbosity');
  refuseOtherModalities(extra, images);
  const taken: JsonObject = {};
  for (const [name, value] of Object.entries(extra)) {
    if (name === 'modalities' || Object.hasOwn(hostedFields, name) || (name === 'image_config' && images)) continue;
    const own = Object.hasOwn(known, name) ? known[name] : undefined;
    if (own !== undefined) taken[own] = value;
    else if (!Object.hasOwn(harmless, name) || harmless[name] !== value) dropped.add(name);
  }
  return taken;
}

/** To drop the wish for anything that the model does not make would answer another question. */
function refuseOtherModalities({ audio, modalities }: JsonObject, images: boolean): void {
  if (audio !== undefined) refuse('audio', 'This model cannot answer with audio here.');
  if (modalities === undefined || isTextOnly(modalities)) return;
  const possible =
    images && Array.isArray(modalities) && modalities.every((each) => each === 'text' || each === 'image');
  if (!possible)
    refuse('modalities', images ? 'Only text and images are possible here.' : 'Only text answers are possible here.');
}

function isTextOnly(modalities: unknown): boolean {
  return Array.isArray(modalities) && modalities.every((modality) => modality === 'text');
}
