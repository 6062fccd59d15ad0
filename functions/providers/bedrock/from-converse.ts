import type { ContentBlock, ConverseCommandOutput } from '@aws-sdk/client-bedrock-runtime';
import type { JsonObject } from '../../core/json.ts';
import type { ProviderCall } from '../../core/routing/provider.ts';
import type { Family } from './families.ts';
import { encryptedDetail, textDetail } from './reasoning-blocks.ts';
import { fromTokenUsage } from './usage.ts';

/** What an answer needs to know of its request. */
export interface AnswerContext extends Pick<ProviderCall, 'mintedId' | 'created' | 'callerModel'> {
  family: Family;
  jsonTool: string | null;
}

/** A Converse answer as a `chat.completion`; null when it is none, or when the model's own words could not be read. */
export function fromConverse(output: ConverseCommandOutput, context: AnswerContext): JsonObject | null {
  const blocks = output.output?.message?.content;
  const stopReason = output.stopReason;
  if (blocks === undefined || stopReason === undefined) return null;
  const answer = readBlocks(blocks, context);
  if (isMalformed(stopReason) && answer.text === '' && answer.calls.length === 0) return null;
  const message: JsonObject = {
    role: 'assistant',
    content: answer.text === '' && answer.calls.length > 0 ? null : answer.text,
    refusal: null,
  };
  if (answer.calls.length > 0) message.tool_calls = answer.calls;
  if (answer.reasoning !== '') message.reasoning_content = answer.reasoning;
  if (answer.details.length > 0) message.reasoning_details = answer.details;
  return {
    id: context.mintedId,
    object: 'chat.completion',
    created: context.created,
    model: context.callerModel,
    choices: [
      {
        index: 0,
        message,
        logprobs: null,
        finish_reason: finishReason(stopReason, answer.calls.length > 0, answer.structured),
      },
    ],
    ...(output.serviceTier?.type && { service_tier: output.serviceTier.type }),
    ...(output.usage && { usage: fromTokenUsage(output.usage) }),
  };
}

interface Answer {
  text: string;
  calls: JsonObject[];
  reasoning: string;
  details: JsonObject[];
  /** Whether the answer came as input of the tool that stands for `response_format`. */
  structured: boolean;
}

function readBlocks(blocks: ContentBlock[], { family, jsonTool }: AnswerContext): Answer {
  const answer: Answer = { text: '', calls: [], reasoning: '', details: [], structured: false };
  let form: string | null = null;
  for (const { text, citationsContent, toolUse, reasoningContent } of blocks) {
    if (text !== undefined) answer.text += text;
    for (const cited of citationsContent?.content ?? []) answer.text += cited.text ?? '';
    if (toolUse !== undefined && toolUse.type !== 'server_tool_use') {
      const input = writeDocument(toolUse.input ?? {});
      if (toolUse.name === jsonTool) form ??= input;
      else
        answer.calls.push({
          id: toolUse.toolUseId,
          type: 'function',
          function: { name: toolUse.name, arguments: input },
        });
    }
    const { reasoningText, redactedContent } = reasoningContent ?? {};
    if (reasoningText !== undefined) {
      answer.reasoning += reasoningText.text ?? '';
      if (reasoningText.signature)
        answer.details.push(
          textDetail(reasoningText.text ?? '', reasoningText.signature, answer.details.length, family),
        );
    }
    if (redactedContent !== undefined)
      answer.details.push(encryptedDetail(redactedContent, answer.details.length, family));
  }
  // Some models think aloud before they call the tool; beside the form that was asked for there is no place for it.
  return form === null ? answer : { ...answer, text: form, structured: true };
}

/** The SDK reads numbers beyond a double as bigint or as an object with their text; JSON keeps the digits. */
function writeDocument(document: unknown): string {
  return JSON.stringify(document, (_key, value: unknown) => {
    if (typeof value === 'bigint') return rawJson(String(value));
    if (typeof value === 'object' && value !== null && 'string' in value && value.constructor?.name === 'NumericValue')
      return rawJson(String(value.string));
    return value;
  });
}

// In Node since 21, not yet in TypeScript's library.
const rawJson = (JSON as unknown as { rawJSON(text: string): unknown }).rawJSON;

const finishReasons: Record<string, string> = {
  end_turn: 'stop',
  stop_sequence: 'stop',
  tool_use: 'tool_calls',
  max_tokens: 'length',
  model_context_window_exceeded: 'length',
  guardrail_intervened: 'content_filter',
  content_filtered: 'content_filter',
};

/** The set of stop reasons is open: unknown ones are a plain stop, and so is the end of a structured answer. */
export function finishReason(stopReason: string, calls: boolean, structured: boolean): string {
  const reason = finishReasons[stopReason] ?? 'stop';
  if (reason === 'tool_calls' && structured && !calls) return 'stop';
  return reason === 'stop' && calls ? 'tool_calls' : reason;
}

/** The model wrote something that Bedrock could not read. */
export function isMalformed(stopReason: string): boolean {
  return stopReason === 'malformed_model_output' || stopReason === 'malformed_tool_use';
}
