import { base64Of, readDataUri } from '../../core/chat/data-uri.ts';
import { refuse } from '../../core/chat/refusal.ts';
import { isObject, type JsonObject } from '../../core/json.ts';
import { droppedParams, messagesOf, partsOf, saidBy, textsOf, toolCallsOf } from './chat-request.ts';
import { traitsOf } from './claude-models.ts';
import { claudeSettingFields, claudeSettings, claudeTools, refuseForeign } from './claude-settings.ts';
import { thinkingBlocks } from './claude-thinking.ts';
import type { TranslatedRequest } from './dialect.ts';

const taken: ReadonlySet<string> = new Set([
  'model',
  'messages',
  'stream',
  'stream_options',
  'tools',
  'tool_choice',
  'parallel_tool_calls',
  'response_format',
  ...claudeSettingFields,
]);

/** https://docs.anthropic.com/en/api/claude-on-vertex-ai: Anthropic's Messages format, the model in the URL instead. Throws `Refusal`. */
export function toAnthropic(body: JsonObject, model: string, stream: boolean): TranslatedRequest {
  refuseForeign(body);
  const traits = traitsOf(model);
  const { system, turns, called, unthought } = conversation(messagesOf(body));
  const { settings: tools, answerTool, instruction, forced } = claudeTools(body, traits, called);
  const { settings, dropped } = claudeSettings(body, traits, !forced && !unthought);
  if (instruction !== null) system.push({ type: 'text', text: instruction });
  return {
    body: {
      anthropic_version: 'vertex-2023-10-16',
      messages: turns,
      ...(system.length > 0 && { system }),
      ...tools,
      ...settings,
      ...(stream && { stream: true }),
    },
    droppedParams: droppedParams(body, taken, dropped),
    ...(answerTool !== null && { answerTool }),
  };
}

interface Turn {
  role: 'user' | 'assistant';
  content: JsonObject[];
}

interface Conversation {
  system: JsonObject[];
  turns: Turn[];
  /** Names of the tools in the history. */
  called: string[];
  /** Whether the last turn with tool calls came back without its thinking: then Anthropic refuses to go on thinking. */
  unthought: boolean;
}

/** Neighbours of one role become one turn, so all results of one turn's calls stand together, before other text. */
function conversation(messages: JsonObject[]): Conversation {
  const read: Conversation = { system: [], turns: [], called: [], unthought: false };

  function append(role: Turn['role'], content: JsonObject[]): void {
    const last = read.turns.at(-1);
    if (content.length === 0) return;
    if (last?.role === role) last.content.push(...content);
    else read.turns.push({ role, content });
  }

  for (const [i, message] of messages.entries()) {
    const param = `messages.${i}`;
    switch (message.role) {
      case 'system':
      case 'developer':
        read.system.push(...textBlocks(message.content, `${param}.content`));
        break;
      case 'user':
        append(
          'user',
          partsOf(message.content, `${param}.content`)
            .map((part, j) => userBlock(part, `${param}.content.${j}`))
            .filter(notBlank),
        );
        break;
      case 'assistant': {
        const calls = toolCallsOf(message, param);
        const thoughts = thinkingBlocks(message);
        read.called.push(...calls.map(({ name }) => name));
        if (calls.length > 0) read.unthought = thoughts.length === 0;
        append('assistant', [
          ...thoughts,
          ...textBlocks(saidBy(message), `${param}.content`),
          ...calls.map(({ id, name, input }) => ({ type: 'tool_use', id: toolId(id), name, input })),
        ]);
        break;
      }
      case 'tool':
        append('user', [toolResult(message, param)]);
        break;
      default:
        refuse(`${param}.role`, 'The role must be system, developer, user, assistant or tool.');
    }
  }
  if (read.turns.length === 0) append('user', read.system.splice(0));
  if (read.turns.length === 0) refuse('messages', 'The messages hold no content.');
  // The beginning of the answer, given by the caller: Anthropic refuses white space at its end.
  const last = read.turns.at(-1);
  const lastBlock = last?.content.at(-1);
  if (last?.role === 'assistant' && typeof lastBlock?.text === 'string') lastBlock.text = lastBlock.text.trimEnd();
  return read;
}

function textBlocks(content: unknown, param: string): JsonObject[] {
  const parts = partsOf(content, param);
  return textsOf(content, param)
    .map((text, i) => marked({ type: 'text', text }, parts[i]))
    .filter(notBlank);
}

/** Anthropic refuses blank text. */
function notBlank(block: JsonObject): boolean {
  return block.type !== 'text' || (typeof block.text === 'string' && block.text.trim() !== '');
}

/** Copies the mark for prompt caching. */
function marked(block: JsonObject, part: JsonObject | undefined): JsonObject {
  return isObject(part?.cache_control) ? { ...block, cache_control: part.cache_control } : block;
}

function userBlock(part: JsonObject, param: string): JsonObject {
  const { image_url: image, file } = part;
  if (part.type === 'text' && typeof part.text === 'string') return marked({ type: 'text', text: part.text }, part);
  if (part.type === 'image_url')
    return marked(
      { type: 'image', source: inline(isObject(image) ? image.url : image, null, `${param}.image_url`) },
      part,
    );
  if (part.type === 'file' && isObject(file)) {
    const title = typeof file.filename === 'string' ? { title: file.filename } : {};
    return marked(
      { type: 'document', source: inline(file.file_data, 'application/pdf', `${param}.file`), ...title },
      part,
    );
  }
  return refuse(param, 'This model does not take content parts of this type.');
}

/** Claude on Vertex AI takes no addresses, only the bytes. */
function inline(url: unknown, bareType: string | null, param: string): JsonObject {
  const found = typeof url === 'string' ? readDataUri(url) : null;
  if (found !== null) {
    const data = base64Of(found);
    if (found.mimeType !== '' && found.mimeType !== 'text/plain')
      return { type: 'base64', media_type: found.mimeType, data };
    return { type: 'text', media_type: 'text/plain', data: Buffer.from(data, 'base64').toString() };
  }
  if (bareType !== null && typeof url === 'string' && !url.includes(':'))
    return { type: 'base64', media_type: bareType, data: url };
  return refuse(param, 'Claude on Vertex AI takes data: URIs only, no addresses.');
}

function toolResult(message: JsonObject, param: string): JsonObject {
  const content = partsOf(message.content, `${param}.content`)
    .map((part, j) => userBlock(part, `${param}.content.${j}`))
    .filter(notBlank);
  if (typeof message.tool_call_id !== 'string')
    refuse(`${param}.tool_call_id`, 'A tool message needs the id of its call.');
  return { type: 'tool_result', tool_use_id: toolId(message.tool_call_id), ...(content.length > 0 && { content }) };
}

/** Anthropic's ids hold `[a-zA-Z0-9_-]` only; those of other providers' calls in the history may hold more. */
function toolId(id: string): string {
  return id.replace(/[^a-zA-Z0-9_-]/g, '_') || '_';
}
