import type {
  ContentBlock,
  ConverseCommandInput,
  ConverseCommandOutput,
  TokenUsage as ConverseUsage,
} from '@aws-sdk/client-bedrock-runtime';
import type { ChatAnswer, Finish, FinishReason } from '../../core/chat/answer.ts';
import type { Block, Signature, ToolCallBlock } from '../../core/chat/conversation.ts';
import type { WrittenRequest } from '../../core/chat/dialect.ts';
import { customInput } from '../../core/chat/offered-tools.ts';
import { noUsage, type TokenUsage } from '../../core/chat/usage.ts';
import { isObject, type JsonObject } from '../../core/json.ts';
import { familyOf } from './families.ts';

type Written = WrittenRequest<ConverseCommandInput>;

/** A Converse answer; null when it is none, or when the model's own words could not be read. */
export function readAnswer(output: ConverseCommandOutput, written: Written): ChatAnswer | null {
  const content = output.output?.message?.content;
  const { stopReason } = output;
  if (content === undefined || stopReason === undefined) return null;
  const { blocks, calls, structured } = readBlocks(content, written);
  if (isMalformed(stopReason) && !blocks.some(({ type }) => type !== 'reasoning')) return null;
  const finish = readFinish(stopReason, output.additionalModelResponseFields, calls > 0, structured);
  return {
    choices: [{ blocks, finish }],
    usage: output.usage === undefined ? null : readUsage(output.usage, output.additionalModelResponseFields),
    ...(output.serviceTier?.type && { serviceTier: output.serviceTier.type }),
    ...(output.trace !== undefined && { extra: { trace: output.trace } }),
  };
}

/** In the model's order. The provider's own tools are left out: no caller has them. */
function readBlocks(
  content: ContentBlock[],
  written: Written,
): { blocks: Block[]; calls: number; structured: boolean } {
  const format = signatureFormat(written);
  const blocks: Block[] = [];
  let calls = 0;
  let form: Block | null = null;
  for (const { text, citationsContent, toolUse, reasoningContent } of content) {
    if (text) blocks.push({ type: 'text', text });
    if (citationsContent !== undefined) {
      const cited = (citationsContent.content ?? []).map((part) => part.text ?? '').join('');
      if (cited !== '')
        blocks.push({ type: 'text', text: cited, ...citationsOf((citationsContent.citations ?? []) as JsonObject[]) });
    }
    if (toolUse !== undefined && toolUse.type !== 'server_tool_use') {
      const input = writeDocument(toolUse.input ?? {});
      if (toolUse.name === written.answerTool) {
        if (form !== null) continue;
        form = { type: 'text', text: input };
        blocks.push(form);
      } else {
        calls += 1;
        blocks.push(toolCall(toolUse.toolUseId ?? '', toolUse.name ?? '', input, written));
      }
    }
    const { reasoningText, redactedContent } = reasoningContent ?? {};
    const thought = reasoningText?.text ?? '';
    if (reasoningText !== undefined && (thought !== '' || reasoningText.signature))
      blocks.push({ type: 'reasoning', text: thought, ...signed(reasoningText.signature, format) });
    if (redactedContent !== undefined)
      blocks.push({ type: 'reasoning', text: '', encrypted: { format, value: toBase64(redactedContent) } });
  }
  // Some models think aloud before they call the tool; beside the form that was asked for there is no place for it.
  const kept = form === null ? blocks : blocks.filter((block) => block.type !== 'text' || block === form);
  return { blocks: kept, calls, structured: form !== null };
}

/** Calls of functions that stand for tools of free text are calls of these again. */
function toolCall(id: string, name: string, input: string, { customTools }: Written): ToolCallBlock {
  return customTools?.includes(name)
    ? { type: 'tool_call', id, name, input: customInput(input), kind: 'custom' }
    : { type: 'tool_call', id, name, input, kind: 'function' };
}

/** Whose thoughts these are: only models of that maker read them again. */
export function signatureFormat({ body, baseModel }: Written): Signature['format'] {
  const { maker, signatures } = familyOf(baseModel ?? body.modelId ?? '');
  return signatures ?? (maker === 'openai' ? 'openai' : 'other');
}

export function signed(value: string | undefined, format: Signature['format']): { signature?: Signature } {
  return value === undefined || value === '' ? {} : { signature: { format, value } };
}

export function citationsOf(values: JsonObject[]): { citations?: { format: string; values: JsonObject[] } } {
  return values.length === 0 ? {} : { citations: { format: 'converse', values } };
}

export function toBase64(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64');
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

const finishReasons: Record<string, FinishReason> = {
  end_turn: 'stop',
  stop_sequence: 'stop_sequence',
  tool_use: 'tool_calls',
  max_tokens: 'length',
  model_context_window_exceeded: 'context',
  guardrail_intervened: 'content_filter',
  content_filtered: 'content_filter',
};

/** The set of stop reasons is open: unknown ones are a plain stop, and so is the end of a structured answer. */
export function readFinish(stopReason: string, modelFields: unknown, calls: boolean, structured: boolean): Finish {
  const reason = finishReasons[stopReason] ?? 'stop';
  if (reason === 'tool_calls' && structured && !calls) return { reason: 'stop' };
  if (reason === 'stop' && calls) return { reason: 'tool_calls' };
  if (reason !== 'stop_sequence') return { reason };
  const fields = isObject(modelFields) ? modelFields : {};
  const sequence = fields.stop_sequence ?? (isObject(fields.delta) ? fields.delta.stop_sequence : undefined);
  return { reason, ...(typeof sequence === 'string' && { sequence }) };
}

/** The model wrote something that Bedrock could not read. */
export function isMalformed(stopReason: string): boolean {
  return stopReason === 'malformed_model_output' || stopReason === 'malformed_tool_use';
}

/**
 * Bedrock's `inputTokens` leaves out what was read from the cache or written to it (API_runtime_TokenUsage). How much
 * of the answer were thoughts stands in the model's own fields.
 */
export function readUsage(usage: ConverseUsage, modelFields?: unknown): TokenUsage {
  const cached = usage.cacheReadInputTokens ?? 0;
  const cacheWrite = usage.cacheWriteInputTokens ?? 0;
  const own = isObject(modelFields) && isObject(modelFields.usage) ? modelFields.usage : {};
  const details = isObject(own.output_tokens_details) ? own.output_tokens_details : {};
  const completion = usage.outputTokens ?? 0;
  const reasoning = typeof details.thinking_tokens === 'number' ? details.thinking_tokens : 0;
  return {
    ...noUsage,
    prompt: (usage.inputTokens ?? 0) + cached + cacheWrite,
    completion,
    cached,
    cacheWrite,
    reasoning: Math.min(reasoning, completion),
  };
}
