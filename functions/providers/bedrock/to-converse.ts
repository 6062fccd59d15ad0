import type { ConverseCommandInput, ServiceTier } from '@aws-sdk/client-bedrock-runtime';
import { Refusal, refusalFailure, refuse } from '../../core/chat/refusal.ts';
import { isObject, isPresent, type JsonObject } from '../../core/json.ts';
import type { Failure } from '../../core/routing/failure.ts';
import { type FetchedImages, imageAddress } from './content-blocks.ts';
import { type Family, familyOf } from './families.ts';
import { planInference } from './inference.ts';
import { toMessages } from './messages.ts';
import { planTools } from './tools.ts';

export interface ConverseRequest {
  input: ConverseCommandInput;
  /** Fields that the model cannot take, sorted. */
  droppedParams: string[];
  /** The tool that stands for `response_format`: its input is the answer's text. */
  jsonTool: string | null;
  family: Family;
}

/**
 * An OpenAI chat request as input of Converse or ConverseStream. What would change the meaning if it were left out is
 * refused; the rest of what Bedrock cannot take is dropped and named. `images` holds what `remoteImages` asked for.
 */
export function toConverse(
  body: JsonObject,
  model: string,
  images: FetchedImages,
): ConverseRequest | { refusal: Failure } {
  try {
    return translate(body, model, images);
  } catch (error) {
    if (error instanceof Refusal) return { refusal: refusalFailure(error) };
    throw error;
  }
}

function translate(body: JsonObject, model: string, images: FetchedImages): ConverseRequest {
  refuseWhatChangesMeaning(body);
  const family = familyOf(model);
  const dropped = droppedFields(body);
  const plan = planTools(body, family);
  const toolsOffered = plan.toolConfig !== undefined;
  const { system, messages } = toMessages(body.messages, { family, images, documentNames: new Map(), toolsOffered });
  if (plan.instruction !== null) system.push({ text: plan.instruction });
  const { inferenceConfig, modelFields } = planInference(body, family, plan.forced, dropped);
  if (body.parallel_tool_calls === false && toolsOffered) {
    // Claude's own field beside Converse's choice of tool is only known to work while the choice is free.
    if (family.maker === 'anthropic' && !plan.forced)
      modelFields.tool_choice = { type: 'auto', disable_parallel_tool_use: true };
    else dropped.add('parallel_tool_calls');
  }
  const serviceTier = readServiceTier(body.service_tier, dropped);
  const input: ConverseCommandInput = { modelId: model, messages };
  if (system.length > 0) input.system = system;
  if (Object.keys(inferenceConfig).length > 0) input.inferenceConfig = inferenceConfig;
  if (plan.toolConfig !== undefined) input.toolConfig = plan.toolConfig;
  if (plan.outputConfig !== undefined) input.outputConfig = plan.outputConfig;
  if (Object.keys(modelFields).length > 0)
    input.additionalModelRequestFields = modelFields as ConverseCommandInput['additionalModelRequestFields'];
  if (serviceTier !== null) input.serviceTier = serviceTier;
  return { input, droppedParams: [...dropped].sort(), jsonTool: plan.jsonTool, family };
}

/** The https addresses of pictures in the conversation, each with the field that names it first. */
export function remoteImages(body: JsonObject): Map<string, string> {
  const found = new Map<string, string>();
  if (!Array.isArray(body.messages)) return found;
  for (const [index, message] of body.messages.entries()) {
    if (!isObject(message) || !Array.isArray(message.content)) continue;
    for (const [position, part] of message.content.entries()) {
      if (!isObject(part) || part.type !== 'image_url') continue;
      const url = imageAddress(part.image_url);
      if (typeof url === 'string' && /^https?:/i.test(url) && !found.has(url))
        found.set(url, `messages.${index}.content.${position}.image_url`);
    }
  }
  return found;
}

function refuseWhatChangesMeaning(body: JsonObject): void {
  if (isPresent(body.n) && body.n !== 1) refuse('n', 'Bedrock gives one answer per request: n must be 1.');
  if (isPresent(body.logprobs) && body.logprobs !== false) refuse('logprobs', 'Bedrock gives no log probabilities.');
  if (isPresent(body.top_logprobs) && body.top_logprobs !== 0)
    refuse('top_logprobs', 'Bedrock gives no log probabilities.');
  if (isPresent(body.audio)) refuse('audio', 'Bedrock gives no audio through this endpoint.');
  if (Array.isArray(body.modalities) && body.modalities.some((name) => name !== 'text'))
    refuse('modalities', 'Bedrock gives text only through this endpoint.');
  for (const name of ['functions', 'function_call'])
    if (isPresent(body[name])) refuse(name, `${name} is the old form: use tools and tool_choice.`);
}

/** Every field that is translated or refused; what else stands in a request is dropped. */
const taken = new Set([
  ...[
    'model',
    'messages',
    'stream',
    'stream_options',
    'max_tokens',
    'max_completion_tokens',
    'temperature',
    'top_p',
    'stop',
    'reasoning_effort',
    'service_tier',
  ],
  ...['tools', 'tool_choice', 'parallel_tool_calls', 'response_format'],
  ...['n', 'logprobs', 'top_logprobs', 'audio', 'modalities', 'functions', 'function_call'],
]);

function droppedFields(body: JsonObject): Set<string> {
  return new Set(
    Object.keys(body).filter((name) => !taken.has(name) && isPresent(body[name]) && !saysNothing(name, body[name])),
  );
}

/** Defaults that clients spell out: leaving them away changes nothing. */
function saysNothing(name: string, value: unknown): boolean {
  if (name === 'presence_penalty' || name === 'frequency_penalty') return value === 0;
  return (
    (name === 'store' && value === false) ||
    (name === 'logit_bias' && isObject(value) && Object.keys(value).length === 0)
  );
}

function readServiceTier(tier: unknown, dropped: Set<string>): ServiceTier | null {
  if (!isPresent(tier) || tier === 'auto') return null;
  if (tier === 'default' || tier === 'flex' || tier === 'priority' || tier === 'reserved') return { type: tier };
  dropped.add('service_tier');
  return null;
}
