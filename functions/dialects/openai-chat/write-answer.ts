import type { ChatAnswer, FinishReason } from '../../core/chat/answer.ts';
import type {
  Block,
  ChatRequest,
  ImageBlock,
  Signature,
  TextBlock,
  ToolCallBlock,
} from '../../core/chat/conversation.ts';
import type { AnswerHead, WholeAnswer } from '../../core/chat/dialect.ts';
import { customInput } from '../../core/chat/offered-tools.ts';
import { writeUsage } from '../../core/chat/usage.ts';
import type { JsonObject } from '../../core/json.ts';
import { writeDetails } from './reasoning-details.ts';

/** An answer as a `chat.completion` (https://platform.openai.com/docs/api-reference/chat/object). */
export function writeAnswer(answer: ChatAnswer, head: AnswerHead, request: ChatRequest): WholeAnswer {
  const custom = customNames(request);
  const choices = answer.choices.map(({ blocks, logprobs, finish }, index) => ({
    index,
    message: writeMessage(blocks, custom),
    logprobs: logprobs ?? null,
    finish_reason: finishWord(finish.reason),
  }));
  const { usage, serviceTier } = answer;
  return {
    body: {
      id: `chatcmpl-${head.mintedId}`,
      object: 'chat.completion',
      created: head.created,
      model: head.callerModel,
      choices,
      ...(serviceTier !== undefined && { service_tier: serviceTier }),
      ...answer.extra,
      ...(usage && { usage: writeUsage(usage) }),
    },
    usage,
    finishReason: choices[0]?.finish_reason ?? null,
  };
}

function writeMessage(blocks: Block[], custom: ReadonlySet<string>): JsonObject {
  const text = textOf(blocks, 'text');
  const refusal = textOf(blocks, 'refusal');
  const reasoning = textOf(blocks, 'reasoning');
  const calls = blocks.filter((block) => block.type === 'tool_call').map((call) => writeCall(call, custom));
  const images = blocks.filter((block) => block.type === 'image').map(writeImage);
  const annotations = blocks.flatMap((block) => (block.type === 'text' ? annotationsOf(block.citations) : []));
  const details: JsonObject[] = [];
  for (const block of blocks) if (block.type === 'reasoning') details.push(...writeDetails(block, details.length));
  const signature = blocks.findLast((block) => block.type === 'text' && isGoogles(block.signature));
  return {
    role: 'assistant',
    content: text === '' && (calls.length > 0 || refusal !== '') ? null : text,
    refusal: refusal === '' ? null : refusal,
    ...(annotations.length > 0 && { annotations }),
    ...(calls.length > 0 && { tool_calls: calls }),
    ...(images.length > 0 && { images }),
    ...(reasoning !== '' && { reasoning_content: reasoning }),
    ...(details.length > 0 && { reasoning_details: details }),
    ...(signature?.type === 'text' && signed(signature.signature)),
  };
}

function textOf(blocks: Block[], type: 'text' | 'refusal' | 'reasoning'): string {
  return blocks.map((block) => (block.type === type ? block.text : '')).join('');
}

/** Tools that the caller offered as free text: where the model's own format knows functions alone, their calls come as such. */
export function customNames({ tools }: ChatRequest): ReadonlySet<string> {
  return new Set(tools.filter(({ type }) => type === 'custom').map(({ name }) => name));
}

function writeCall(call: ToolCallBlock, custom: ReadonlySet<string>): JsonObject {
  const { id, name, kind, input } = call;
  if (kind === 'custom' || custom.has(name)) {
    const text = kind === 'custom' ? input : customInput(input);
    return { id, type: 'custom', custom: { name, input: text }, ...signed(call.signature) };
  }
  return { id, type: 'function', function: { name, arguments: input }, ...signed(call.signature) };
}

/** Gemini's signatures, where Google's own OpenAI endpoint has them (https://ai.google.dev/gemini-api/docs/thought-signatures). */
export function signed(signature: Signature | undefined): JsonObject {
  return isGoogles(signature) ? { extra_content: { google: { thought_signature: signature.value } } } : {};
}

function isGoogles(signature: Signature | undefined): signature is Signature {
  return signature?.format === 'google';
}

/** Citations of other makers have no form here. */
export function annotationsOf(citations: TextBlock['citations']): JsonObject[] {
  return citations?.format === 'openai' ? citations.values : [];
}

/** As OpenRouter gives pictures that a model made (https://openrouter.ai/docs/features/multimodal/image-generation). */
export function writeImage({ source }: ImageBlock): JsonObject {
  const url = source.type === 'base64' ? `data:${source.mediaType || 'image/png'};base64,${source.data}` : '';
  return { type: 'image_url', image_url: { url: source.type === 'url' ? source.url : url } };
}

export function finishWord(reason: FinishReason): string {
  if (reason === 'context') return 'length';
  return reason === 'stop_sequence' || reason === 'pause' ? 'stop' : reason;
}
