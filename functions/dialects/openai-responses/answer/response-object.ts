import type { FinishReason } from '../../../core/chat/answer.ts';
import type { ChatRequest, Tool, ToolChoice } from '../../../core/chat/conversation.ts';
import type { AnswerHead } from '../../../core/chat/dialect.ts';
import type { TokenUsage } from '../../../core/chat/usage.ts';
import type { JsonObject } from '../../../core/json.ts';
import { localShell } from '../request/local-shell.ts';
import { callersName, isNamespaced } from '../request/namespaces.ts';
import { writeResponseUsage } from '../usage.ts';

/** What the answer is made of, so far. */
export interface Progress {
  output: JsonObject[];
  /** Null: it goes on. */
  finish: FinishReason | null;
  usage: TokenUsage | null;
  serviceTier: string | null;
  extra: JsonObject;
}

/** The response object with all fields that OpenAI's has (https://platform.openai.com/docs/api-reference/responses/object): clients parse them. */
export function writeResponse(head: AnswerHead, request: ChatRequest, progress: Progress): JsonObject {
  const reason = progress.finish === null ? null : incompleteReason(progress.finish);
  const { extra } = request;
  return {
    ...progress.extra,
    id: `resp_${head.mintedId}`,
    object: 'response',
    created_at: head.created,
    status: progress.finish === null ? 'in_progress' : reason === null ? 'completed' : 'incomplete',
    background: false,
    error: null,
    incomplete_details: reason === null ? null : { reason },
    instructions: instructionsOf(request),
    max_output_tokens: request.maxTokens,
    max_tool_calls: extra.max_tool_calls ?? null,
    model: head.callerModel,
    output: progress.output,
    parallel_tool_calls: request.parallelToolCalls ?? true,
    previous_response_id: null,
    prompt_cache_key: extra.prompt_cache_key ?? null,
    reasoning: { effort: request.reasoning?.effort ?? null, summary: request.reasoning?.summary ?? null },
    safety_identifier: request.names.userId === 'safety_identifier' ? request.userId : null,
    service_tier: progress.serviceTier ?? 'default',
    store: false,
    temperature: request.temperature,
    text: { format: formatOf(request), verbosity: request.verbosity ?? 'medium' },
    tool_choice: request.toolChoice === null ? 'auto' : choiceOf(request.toolChoice, request.tools),
    tools: [...new Set(request.tools.map((tool) => (isNamespaced(tool) ? tool.within.tool : toolOf(tool))))],
    top_logprobs: request.logprobs?.top ?? 0,
    top_p: request.topP,
    truncation: extra.truncation ?? 'disabled',
    usage: progress.usage && writeResponseUsage(progress.usage),
    user: request.names.userId === 'user' ? request.userId : null,
    metadata: extra.metadata ?? {},
  };
}

/** Null: the answer is complete. */
export function incompleteReason(finish: FinishReason): 'max_output_tokens' | 'content_filter' | null {
  if (finish === 'length' || finish === 'context') return 'max_output_tokens';
  return finish === 'content_filter' ? finish : null;
}

function instructionsOf({ turns }: ChatRequest): string | null {
  const block = turns.find(({ at }) => at === 'instructions')?.blocks[0];
  return block?.type === 'text' ? block.text : null;
}

function formatOf({ format }: ChatRequest): JsonObject {
  if (format === null) return { type: 'text' };
  if (format.type === 'json') return { type: 'json_object' };
  const { name, description, schema, strict } = format;
  return { type: 'json_schema', name, description, schema, strict };
}

function toolOf(tool: Tool): JsonObject {
  if (tool === localShell) return { type: 'local_shell' };
  if (tool.type === 'hosted') return tool.value;
  const { type, name, description } = tool;
  if (type === 'custom') return { type, name, description, format: tool.format ?? { type: 'text' } };
  return { type, name, description, parameters: tool.parameters, strict: tool.strict };
}

function choiceOf(choice: ToolChoice, tools: Tool[]): string | JsonObject {
  if (choice.type === 'tool') return named(choice.name, tools);
  if (choice.type === 'allowed')
    return { type: 'allowed_tools', mode: choice.mode, tools: choice.names.map((name) => named(name, tools)) };
  return choice.type;
}

function named(name: string, tools: Tool[]): JsonObject {
  const tool = tools.find((one) => one.name === name);
  return tool?.type === 'hosted' || tool === localShell
    ? { type: name }
    : { type: tool?.type ?? 'function', ...callersName(tools, name) };
}
