import { refuse } from '../../core/chat/refusal.ts';
import { isObject, isPresent, type JsonObject, parseJson } from '../../core/json.ts';

export function messagesOf(body: JsonObject): JsonObject[] {
  if (!Array.isArray(body.messages) || body.messages.length === 0) refuse('messages', 'The request needs messages.');
  return body.messages.map((message, i) =>
    isObject(message) ? message : refuse(`messages.${i}`, 'A message must be an object.'),
  );
}

/** A message's content as parts; text is one part, null none. */
export function partsOf(content: unknown, param: string): JsonObject[] {
  if (content === null || content === undefined) return [];
  if (typeof content === 'string') return [{ type: 'text', text: content }];
  if (!Array.isArray(content)) refuse(param, 'The content must be text or a list of parts.');
  return content.map((part, i) =>
    isObject(part) ? part : refuse(`${param}.${i}`, 'A content part must be an object.'),
  );
}

/** The texts of parts that may only hold text. */
export function textsOf(content: unknown, param: string): string[] {
  return partsOf(content, param).map((part, i) => {
    if (part.type === 'refusal' && typeof part.refusal === 'string') return part.refusal;
    if (part.type !== 'text' || typeof part.text !== 'string') refuse(`${param}.${i}`, 'Only text is possible here.');
    return part.text;
  });
}

/** What an assistant message says: OpenAI keeps a refusal in a field of its own, beside no content. */
export function saidBy({ content, refusal }: JsonObject): unknown {
  return typeof refusal === 'string' && (content === null || content === undefined || content === '')
    ? refusal
    : content;
}

interface CalledTool {
  id: string;
  name: string;
  /** `{}` for blank and broken text: models that call a tool without arguments leave it empty. */
  input: JsonObject;
  /** As Google's own OpenAI endpoint carries it (https://ai.google.dev/gemini-api/docs/thought-signatures). */
  thoughtSignature: string | null;
}

export function toolCallsOf(message: JsonObject, param: string): CalledTool[] {
  if (message.function_call !== undefined && message.function_call !== null)
    refuse(`${param}.function_call`, 'function_call is outdated: use tool_calls.');
  if (message.tool_calls === undefined || message.tool_calls === null) return [];
  if (!Array.isArray(message.tool_calls)) refuse(`${param}.tool_calls`, 'tool_calls must be a list.');
  return message.tool_calls.map((call: unknown, i) => {
    const called = isObject(call) && isObject(call.function) ? call.function : null;
    if (!isObject(call) || typeof called?.name !== 'string' || called.name === '')
      refuse(`${param}.tool_calls.${i}`, 'A tool call needs a function with a name.');
    const input = typeof called.arguments === 'string' ? parseJson(called.arguments) : undefined;
    const google = isObject(call.extra_content) && isObject(call.extra_content.google) ? call.extra_content.google : {};
    return {
      id: typeof call.id === 'string' ? call.id : '',
      name: called.name,
      input: isObject(input) ? input : {},
      thoughtSignature: typeof google.thought_signature === 'string' ? google.thought_signature : null,
    };
  });
}

export interface OfferedTool {
  name: string;
  description: string | null;
  /** JSON Schema; null when the tool takes no arguments. */
  parameters: JsonObject | null;
  strict: boolean;
  /** Anthropic's mark for prompt caching, which many clients send through the OpenAI format. */
  cacheControl: JsonObject | null;
}

interface ToolChoice {
  mode: 'auto' | 'none' | 'required';
  /** The one tool to call. */
  name: string | null;
}

/** The tools that the model may know of, and how free it is; `choice` is null when the caller said nothing. */
export function toolsOf(body: JsonObject): { tools: OfferedTool[]; choice: ToolChoice | null } {
  for (const name of ['functions', 'function_call'])
    if (isPresent(body[name])) refuse(name, `${name} is outdated: use tools and tool_choice.`);
  const list = body.tools ?? [];
  if (!Array.isArray(list)) refuse('tools', 'tools must be a list.');
  const tools = list.map((tool: unknown, i) => readTool(tool, `tools.${i}`));
  const { choice, allowed } = readChoice(body.tool_choice);
  return { tools: allowed === null ? tools : tools.filter((tool) => allowed.includes(tool.name)), choice };
}

function readTool(tool: unknown, param: string): OfferedTool {
  if (!isObject(tool) || tool.type !== 'function' || !isObject(tool.function))
    refuse(param, 'Only tools of type function can be offered to this model.');
  const { name, description, parameters, strict } = tool.function;
  if (typeof name !== 'string' || name === '') refuse(`${param}.function.name`, 'A tool needs a name.');
  return {
    name,
    description: typeof description === 'string' && description !== '' ? description : null,
    parameters: isObject(parameters) ? parameters : null,
    strict: strict === true,
    cacheControl: isObject(tool.cache_control) ? tool.cache_control : null,
  };
}

function readChoice(choice: unknown): { choice: ToolChoice | null; allowed: string[] | null } {
  if (!isPresent(choice)) return { choice: null, allowed: null };
  if (choice === 'auto' || choice === 'none' || choice === 'required')
    return { choice: { mode: choice, name: null }, allowed: null };
  if (isObject(choice) && isObject(choice.function) && typeof choice.function.name === 'string') {
    return { choice: { mode: 'required', name: choice.function.name }, allowed: null };
  }
  if (isObject(choice) && isObject(choice.allowed_tools) && Array.isArray(choice.allowed_tools.tools)) {
    const names = choice.allowed_tools.tools.map((tool: unknown) =>
      isObject(tool) && isObject(tool.function) ? String(tool.function.name) : '',
    );
    return {
      choice: { mode: choice.allowed_tools.mode === 'required' ? 'required' : 'auto', name: null },
      allowed: names,
    };
  }
  refuse('tool_choice', 'tool_choice must be auto, none, required or name a function.');
}

/** The schema that the answer must follow; `json` for any JSON object; null for free text. */
export function answerFormatOf(body: JsonObject): JsonObject | 'json' | null {
  const format = body.response_format;
  if (!isPresent(format) || (isObject(format) && format.type === 'text')) return null;
  if (isObject(format) && format.type === 'json_object') return 'json';
  if (isObject(format) && format.type === 'json_schema' && isObject(format.json_schema))
    return isObject(format.json_schema.schema) ? format.json_schema.schema : 'json';
  refuse('response_format', 'response_format must be text, json_object or json_schema.');
}

/** Throws `Refusal` when anything but text is to come back. */
export function refuseOtherModalities(body: JsonObject): void {
  if (isPresent(body.audio)) refuse('audio', 'This model cannot answer with audio here.');
  const textOnly = Array.isArray(body.modalities) && body.modalities.every((modality) => modality === 'text');
  if (isPresent(body.modalities) && !textOnly) refuse('modalities', 'Only text answers are possible here.');
}

export function stopsOf(body: JsonObject): string[] {
  if (!isPresent(body.stop)) return [];
  const list = Array.isArray(body.stop) ? body.stop : [body.stop];
  return list.map((stop: unknown) =>
    typeof stop === 'string' ? stop : refuse('stop', 'stop must be text or a list of texts.'),
  );
}

/** Values that say what would happen anyway: to leave them out drops nothing. */
const harmless: Record<string, unknown> = {
  store: false,
  parallel_tool_calls: true,
  service_tier: 'auto',
  n: 1,
  logprobs: false,
  presence_penalty: 0,
  frequency_penalty: 0,
};

/** The fields of a request that are not among `taken`, sorted. */
export function droppedParams(body: JsonObject, taken: ReadonlySet<string>, more: string[] = []): string[] {
  const left = Object.keys(body).filter(
    (name) => !taken.has(name) && isPresent(body[name]) && body[name] !== harmless[name],
  );
  return [...new Set([...left, ...more])].sort();
}
