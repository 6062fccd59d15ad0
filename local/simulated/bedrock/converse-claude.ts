import { isObject, type JsonObject, parseJson } from '../../../functions/core/json.ts';
import { claude } from '../claude/message.ts';
import { list, object } from '../values.ts';

/** Claude as Converse shows it: the Messages API under other names. What Claude refuses, Converse passes on. */
export function converseClaude(model: string, request: JsonObject): { answer: JsonObject } | { refusal: string } {
  const body = messagesBody(request);
  const betas = Array.isArray(body.anthropic_beta) ? body.anthropic_beta.map(String) : [];
  const answer = claude(body, { model, road: 'bdrk', betas, toolPrefix: 'tooluse_simulated' });
  if ('refused' in answer) return { refusal: `The model returned the following errors: ${answer.refused}` };
  const { content, stop_reason, usage } = answer.message;
  return {
    answer: {
      metrics: { latencyMs: 1 },
      output: { message: { role: 'assistant', content: list(content).flatMap(blockOfConverse) } },
      stopReason: stop_reason,
      usage: usageOf(object(usage)),
    },
  };
}

/** The tokens that Claude counts for a Converse request are those of its Messages form. */
export function messagesBody(request: JsonObject): JsonObject {
  const { maxTokens = 4096, temperature, topP, stopSequences } = object(request.inferenceConfig);
  const { tool_choice: wish, ...fields } = object(request.additionalModelRequestFields);
  const { tools, toolChoice } = object(request.toolConfig);
  const { auto, any: forced, tool } = object(toolChoice);
  const choice = isObject(tool)
    ? { type: 'tool', name: tool.name }
    : forced
      ? { type: 'any' }
      : auto
        ? { type: 'auto' }
        : {};
  const { structure } = object(object(request.outputConfig).textFormat);
  const { schema } = object(object(structure).jsonSchema);
  return {
    ...fields,
    max_tokens: maxTokens,
    temperature,
    top_p: topP,
    stop_sequences: stopSequences,
    system: blocks(request.system),
    messages: list(request.messages).map(({ role, content }) => ({ role, content: blocks(content) })),
    tools: blocks(tools),
    tool_choice: { ...choice, ...object(wish) },
    ...(typeof schema === 'string' && {
      output_config: { format: { type: 'json_schema', schema: parseJson(schema) } },
    }),
  };
}

/** A cache point marks what stands before it. */
function blocks(content: unknown): JsonObject[] {
  const made: JsonObject[] = [];
  for (const block of list(content)) {
    const last = made.at(-1);
    if (block.cachePoint === undefined) made.push(blockOfMessages(block));
    else if (last !== undefined)
      made[made.length - 1] = {
        ...last,
        cache_control: { type: 'ephemeral', ttl: object(block.cachePoint).ttl ?? '5m' },
      };
  }
  return made;
}

function blockOfMessages(block: JsonObject): JsonObject {
  const { text, toolUse, toolResult, toolSpec, reasoningContent } = block;
  if (typeof text === 'string') return { type: 'text', text };
  if (isObject(toolUse)) return { type: 'tool_use', id: toolUse.toolUseId, name: toolUse.name, input: toolUse.input };
  if (isObject(toolSpec)) {
    const { name, description, inputSchema } = toolSpec;
    return { name, description, input_schema: object(inputSchema).json };
  }
  if (isObject(toolResult)) {
    const content = list(toolResult.content).map((part) =>
      part.json === undefined ? blockOfMessages(part) : { type: 'text', text: JSON.stringify(part.json) },
    );
    return { type: 'tool_result', tool_use_id: toolResult.toolUseId, content, is_error: toolResult.status === 'error' };
  }
  if (isObject(reasoningContent)) {
    const { reasoningText, redactedContent } = reasoningContent;
    const { text: thinking, signature } = object(reasoningText);
    return redactedContent === undefined
      ? { type: 'thinking', thinking, signature }
      : { type: 'redacted_thinking', data: redactedContent };
  }
  return { type: 'other', ...block };
}

/** Converse has no word for what a server's own tools did. */
function blockOfConverse({
  type,
  text,
  citations,
  thinking,
  signature,
  data,
  id,
  name,
  input,
}: JsonObject): JsonObject[] {
  if (type === 'tool_use') return [{ toolUse: { toolUseId: id, name, input } }];
  if (type === 'thinking') return [{ reasoningContent: { reasoningText: { text: thinking, signature } } }];
  if (type === 'redacted_thinking') return [{ reasoningContent: { redactedContent: data } }];
  if (type !== 'text') return [];
  if (citations === undefined) return [{ text }];
  const cited = list(citations).map(
    ({ cited_text, document_index, document_title, start_char_index, end_char_index }) => ({
      title: document_title ?? undefined,
      sourceContent: [{ text: cited_text }],
      location: { documentChar: { documentIndex: document_index, start: start_char_index, end: end_char_index } },
    }),
  );
  return [{ citationsContent: { content: [{ text }], citations: cited } }];
}

/** The parts of a prompt that the cache has to do with are counted beside the rest, and in the total. */
function usageOf(usage: JsonObject): JsonObject {
  const inputTokens = Number(usage.input_tokens);
  const outputTokens = Number(usage.output_tokens);
  const cacheReadInputTokens = Number(usage.cache_read_input_tokens);
  const cacheWriteInputTokens = Number(usage.cache_creation_input_tokens);
  return {
    inputTokens,
    outputTokens,
    cacheReadInputTokens,
    cacheWriteInputTokens,
    totalTokens: inputTokens + outputTokens + cacheReadInputTokens + cacheWriteInputTokens,
  };
}
