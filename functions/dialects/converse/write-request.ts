import type {
  ConverseCommandInput,
  GuardrailConfiguration,
  GuardrailStreamConfiguration,
  Message,
} from '@aws-sdk/client-bedrock-runtime';
import type { ChatRequest } from '../../core/chat/conversation.ts';
import type { WrittenRequest } from '../../core/chat/dialect.ts';
import { refuse } from '../../core/chat/refusal.ts';
import { isObject, isPresent, type JsonObject } from '../../core/json.ts';
import { boundsOf } from './bounds.ts';
import type { FetchedImages } from './content-blocks.ts';
import { type Family, familyOf } from './families.ts';
import { planSettings, saysNothing } from './settings.ts';
import { planTools } from './tools.ts';
import { writeTurns } from './turns.ts';

export interface ConverseTraits {
  /** A model id, an inference profile or an ARN. */
  model: string;
  /** The model that `model` stands for, where its id hides that. */
  baseModel?: string;
  /** What `remoteImages` asked for. */
  images: FetchedImages;
}

/**
 * The conversation as input of Converse or ConverseStream. What would change the meaning if it were left out is
 * refused; the rest of what Bedrock cannot take is dropped and named. Throws `Refusal`.
 */
export function writeRequest(
  request: ChatRequest,
  { model, baseModel = model, images }: ConverseTraits,
): WrittenRequest<ConverseCommandInput> {
  const family = familyOf(baseModel);
  const dropped = new Set<string>();
  const extra = readExtra(request.extra, dropped);
  const plan = planTools(request, family, dropped);
  const { toolConfig, outputConfig } = plan;
  const toolsOffered = toolConfig !== undefined;
  const context = { family, images, documentNames: new Map(), toolsOffered, dropped };
  const { system, messages } = writeTurns(request.turns, context);
  for (const text of plan.instructions) system.push({ text });
  const { inferenceConfig, modelFields, serviceTier } = planSettings(request, family, plan.forced, dropped);
  if (request.parallelToolCalls === false && toolsOffered) {
    // The type stands in Converse's own field, where there is one: https://github.com/BerriAI/litellm/issues/36536.
    const type = toolConfig.toolChoice === undefined && { type: 'auto' };
    if (family.maker === 'anthropic') modelFields.tool_choice = { ...type, disable_parallel_tool_use: true };
    else dropped.add(request.names.parallelToolCalls ?? 'parallel_tool_calls');
  }
  const body: ConverseCommandInput = { modelId: model, messages, ...extra };
  if (system.length > 0) body.system = system;
  if (Object.keys(inferenceConfig).length > 0) body.inferenceConfig = inferenceConfig;
  if (toolConfig !== undefined) body.toolConfig = toolConfig;
  if (outputConfig !== undefined) body.outputConfig = outputConfig;
  if (Object.keys(modelFields).length > 0)
    body.additionalModelRequestFields = modelFields as ConverseCommandInput['additionalModelRequestFields'];
  if (serviceTier !== null) body.serviceTier = serviceTier;
  // What Claude tells beyond Converse's own fields; paths that lead nowhere are ignored (API_runtime_Converse).
  const paths = [
    ...(family.thinking === null ? [] : ['/usage/output_tokens_details']),
    ...(inferenceConfig.stopSequences === undefined ? [] : ['/stop_sequence', '/delta/stop_sequence']),
  ];
  if (family.maker === 'anthropic' && paths.length > 0) body.additionalModelResponseFieldPaths = paths;
  const json = plan.looseJson ? beginJson(messages, family, toolsOffered || modelFields.thinking !== undefined) : null;
  return {
    body,
    dropped: [...dropped].sort(),
    bounds: boundsOf(body),
    ...(baseModel !== model && { baseModel }),
    ...(json !== null && { json }),
    ...(plan.answerTool !== null && { answerTool: plan.answerTool }),
    ...(plan.customTools.length > 0 && { customTools: plan.customTools }),
  };
}

/**
 * Models that go on from the beginning of an answer are made to begin with the object itself
 * (https://platform.claude.com/docs/en/test-and-evaluate/strengthen-guardrails/increase-consistency). A beginning of the caller's own
 * is left alone, and so is what follows it.
 */
function beginJson(messages: Message[], { prefill }: Family, otherwiseBusy: boolean): { begun: string } | null {
  if (messages.at(-1)?.role === 'assistant') return null;
  if (!prefill || otherwiseBusy) return { begun: '' };
  messages.push({ role: 'assistant', content: [{ text: '{' }] });
  return { begun: '{' };
}

type Extra = Pick<ConverseCommandInput, 'guardrailConfig' | 'requestMetadata' | 'performanceConfig'>;

/** The caller's fields that have no place in the conversation, but one in Converse. */
function readExtra(fields: JsonObject, dropped: Set<string>): Extra {
  for (const name of ['functions', 'function_call'])
    if (isPresent(fields[name])) refuse(name, `${name} is the old form: use tools and tool_choice.`);
  const { guardrail, rest } = takeGuardrail(fields);
  const extra: Extra = guardrail === null ? {} : { guardrailConfig: guardrail as GuardrailConfiguration };
  for (const [name, value] of Object.entries(rest)) {
    if (!isPresent(value) || saysNothing(name, value)) continue;
    if (name === 'audio' || name === 'modalities') refuse(name, 'Bedrock gives text only through this endpoint.');
    if (name === 'top_logprobs' || name === 'logprobs') refuse(name, 'Bedrock gives no log probabilities.');
    if (name === 'requestMetadata' || name === 'request_metadata') {
      if (!isObject(value) || !Object.values(value).every((text) => typeof text === 'string'))
        refuse(name, `${name} must be an object of texts.`);
      extra.requestMetadata = value as Record<string, string>;
    } else if (name === 'performanceConfig' || name === 'performance_config') {
      const latency = isObject(value) ? value.latency : undefined;
      if (latency !== 'standard' && latency !== 'optimized')
        refuse(name, `${name} must hold a latency, standard or optimized.`);
      extra.performanceConfig = { latency };
    } else dropped.add(name);
  }
  return extra;
}

/** Spellings of other gateways and libraries, beside Converse's own. */
const guardrailNames: Record<keyof GuardrailStreamConfiguration, string[]> = {
  guardrailIdentifier: ['guardrailIdentifier', 'guardrail_identifier', 'guardrailId', 'guardrail_id'],
  guardrailVersion: ['guardrailVersion', 'guardrail_version'],
  trace: ['guardrailTrace', 'guardrail_trace'],
  streamProcessingMode: ['guardrailStreamProcessingMode', 'guardrail_stream_processing_mode'],
};

/**
 * The guardrail that the caller asked for, as an object or field by field, and the fields without it. A guardrail that
 * makes no sense is refused: an unguarded answer would pass for a guarded one.
 */
export function takeGuardrail(fields: JsonObject): {
  guardrail: GuardrailStreamConfiguration | null;
  rest: JsonObject;
} {
  const rest = { ...fields };
  const found: JsonObject = {};
  let at: string | null = null;
  for (const name of ['guardrailConfig', 'guardrail_config']) {
    if (!isPresent(rest[name])) continue;
    if (!isObject(rest[name])) refuse(name, `${name} must be an object.`);
    at = name;
    Object.assign(found, rest[name]);
    delete rest[name];
  }
  for (const names of Object.values(guardrailNames)) {
    for (const name of names) {
      if (!isPresent(rest[name])) continue;
      at ??= name;
      found[name] = rest[name];
      delete rest[name];
    }
  }
  if (at === null) return { guardrail: null, rest };
  const guardrail: Partial<Record<keyof GuardrailStreamConfiguration, string>> = {};
  for (const [field, names] of Object.entries(guardrailNames)) {
    const name = [...names, field].find((known) => isPresent(found[known]));
    const value = name === undefined ? undefined : found[name];
    if (value === undefined) continue;
    if (typeof value !== 'string' || value === '') refuse(at, `${name} must be a text.`);
    guardrail[field as keyof GuardrailStreamConfiguration] = value;
  }
  if (guardrail.guardrailIdentifier === undefined) refuse(at, 'A guardrail needs its identifier.');
  guardrail.guardrailVersion ??= 'DRAFT';
  return { guardrail: guardrail as GuardrailStreamConfiguration, rest };
}
