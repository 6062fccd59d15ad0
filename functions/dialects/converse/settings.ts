import type { InferenceConfiguration, ServiceTier } from '@aws-sdk/client-bedrock-runtime';
import type { ChatRequest, Setting } from '../../core/chat/conversation.ts';
import { refuse } from '../../core/chat/refusal.ts';
import { isObject, type JsonObject } from '../../core/json.ts';
import type { Family } from './families.ts';
import { planReasoning } from './reasoning.ts';

export interface SettingsPlan {
  inferenceConfig: InferenceConfiguration;
  /** Fields that only the model's family knows. */
  modelFields: JsonObject;
  serviceTier: ServiceTier | null;
}

/** What the settings are called where the caller's own name is not known. */
const usualNames: Partial<Record<Setting, string>> = {
  temperature: 'temperature',
  topP: 'top_p',
  topK: 'top_k',
  seed: 'seed',
  presencePenalty: 'presence_penalty',
  frequencyPenalty: 'frequency_penalty',
  stop: 'stop',
  choices: 'n',
  logprobs: 'logprobs',
  serviceTier: 'service_tier',
  verbosity: 'verbosity',
};

/**
 * Limits, sampling, stop sequences and reasoning. What the family cannot take is added to `dropped`. Throws
 * `Refusal`.
 */
export function planSettings(
  request: ChatRequest,
  family: Family,
  forced: boolean,
  dropped: Set<string>,
): SettingsPlan {
  const nameOf = (setting: Setting) => request.names[setting] ?? usualNames[setting] ?? setting;
  const drop = (setting: Setting) => dropped.add(nameOf(setting));
  if (request.choices !== null && request.choices !== 1)
    refuse(nameOf('choices'), 'Bedrock gives one answer per request.');
  if (request.logprobs !== null) refuse(nameOf('logprobs'), 'Bedrock gives no log probabilities.');

  const { modelFields, maxTokens, samples } = planReasoning(request, family, forced, dropped);
  const config: InferenceConfiguration = {};
  const limit = request.maxTokens ?? maxTokens;
  if (limit !== null) config.maxTokens = limit;

  const sampling = samples ? family.sampling : 'none';
  const { temperature, topP, topK } = request;
  if (temperature !== null) {
    // OpenAI goes up to 2, the models of Bedrock to 1.
    if (sampling !== 'none') config.temperature = Math.min(temperature, 1);
    else drop('temperature');
  }
  if (topP !== null) {
    if (sampling === 'both' || (sampling === 'one' && temperature === null)) config.topP = topP;
    else drop('topP');
  }
  const sampled: JsonObject = {};
  if (topK !== null) {
    if (sampling === 'none' || family.topK === null) drop('topK');
    else if (family.topK === 'top_k') sampled.top_k = topK;
    else sampled.inferenceConfig = { topK };
  }

  // Claude refuses stop sequences of white space only.
  const stop = family.stop
    ? request.stop.filter((text) => text !== '' && !(family.maker === 'anthropic' && text.trim() === ''))
    : [];
  if (request.stop.length > stop.length) drop('stop');
  if (stop.length > 0) config.stopSequences = stop;

  for (const setting of ['seed', 'verbosity'] as const) if (request[setting] !== null) drop(setting);
  // Without a name of the caller's it is the gateway's own, and nothing that the caller could miss.
  if (request.userId !== null && request.names.userId !== undefined) drop('userId');
  // Clients spell out zeros, which change nothing.
  for (const setting of ['presencePenalty', 'frequencyPenalty'] as const) if (request[setting]) drop(setting);

  const tier = readTier(request.serviceTier);
  if (tier === 'unknown') drop('serviceTier');
  return {
    inferenceConfig: config,
    modelFields: { ...modelFields, ...sampled },
    serviceTier: tier === 'unknown' ? null : tier,
  };
}

function readTier(tier: string | null): ServiceTier | null | 'unknown' {
  if (tier === null || tier === 'auto') return null;
  // Anthropic's word: https://docs.anthropic.com/en/api/service-tiers.
  if (tier === 'standard_only') return { type: 'default' };
  if (tier === 'default' || tier === 'flex' || tier === 'priority' || tier === 'reserved') return { type: tier };
  return 'unknown';
}

/** Whether a field of the caller's says nothing: a default that clients spell out. */
export function saysNothing(name: string, value: unknown): boolean {
  return (
    (name === 'store' && value === false) ||
    (name === 'logit_bias' && isObject(value) && Object.keys(value).length === 0) ||
    (name === 'logprobs' && value === false) ||
    (name === 'top_logprobs' && value === 0) ||
    (name === 'modalities' && Array.isArray(value) && value.every((modality) => modality === 'text'))
  );
}
