import { createHash } from 'node:crypto';
import type {
  ContentBlock,
  Message,
  SystemContentBlock,
  ToolResultContentBlock,
} from '@aws-sdk/client-bedrock-runtime';
import { refuse } from '../../core/chat/refusal.ts';
import { isObject, type JsonObject, parseJson } from '../../core/json.ts';
import { type ContentContext, cachePoint, toBlocks } from './content-blocks.ts';
import { reasoningBlocks } from './reasoning-blocks.ts';

export interface MessagesContext extends ContentContext {
  /** Converse refuses tool blocks in a request that offers no tools. Without tools their history is told as text. */
  toolsOffered: boolean;
}

/**
 * OpenAI messages as Converse's `system` and alternating turns, the first one the user's.
 * Throws `Refusal` for content that Converse has no form for.
 */
export function toMessages(
  messages: unknown,
  context: MessagesContext,
): { system: SystemContentBlock[]; messages: Message[] } {
  if (!Array.isArray(messages) || messages.length === 0)
    refuse('messages', 'messages must be a list with at least one message.');
  const system: SystemContentBlock[] = [];
  const turns: { role: 'user' | 'assistant'; content: ContentBlock[] }[] = [];
  const add = (role: 'user' | 'assistant', content: ContentBlock[]) => {
    if (content.length === 0) return;
    const last = turns.at(-1);
    if (last?.role === role) last.content.push(...content);
    else turns.push({ role, content });
  };
  for (const [index, message] of messages.entries()) {
    const param = `messages.${index}`;
    if (!isObject(message)) refuse(param, 'Every message must be an object.');
    switch (message.role) {
      case 'system':
      case 'developer':
        system.push(...toSystem(message, param, context));
        break;
      case 'user':
        add('user', marked(toBlocks(message.content, `${param}.content`, context), message, context));
        break;
      case 'assistant':
        add('assistant', marked(toAssistant(message, param, context), message, context));
        break;
      case 'tool':
        add('user', marked(toToolResult(message, param, context), message, context));
        break;
      default:
        refuse(`${param}.role`, 'Bedrock takes the roles system, developer, user, assistant and tool.');
    }
  }
  if (turns[0]?.role !== 'user') turns.unshift({ role: 'user', content: [{ text: '(no message)' }] });
  if (context.family.maker === 'anthropic') trimPrefill(turns.at(-1));
  return {
    system,
    messages: turns.map(({ role, content }) => ({
      role,
      content: role === 'user' ? arrangeUserTurn(content) : content,
    })),
  };
}

function toSystem(message: JsonObject, param: string, context: MessagesContext): SystemContentBlock[] {
  return marked(toBlocks(message.content, `${param}.content`, context), message, context).map((block) => {
    if (block.text !== undefined) return { text: block.text };
    if (block.cachePoint !== undefined) return { cachePoint: block.cachePoint };
    return refuse(`${param}.content`, 'A system message can only hold text.');
  });
}

/** Some clients mark a whole message for caching, not one of its parts. */
function marked(blocks: ContentBlock[], message: JsonObject, context: MessagesContext): ContentBlock[] {
  const mark = cachePoint(message.cache_control, context.family.cachePoints.content);
  return mark === null || blocks.length === 0 ? blocks : [...blocks, { cachePoint: mark }];
}

/** Reasoning first, then text, then calls: the order in which Claude wants its own turn back. */
function toAssistant(message: JsonObject, param: string, context: MessagesContext): ContentBlock[] {
  const reasoning: ContentBlock[] =
    context.toolsOffered || !Array.isArray(message.tool_calls) ? reasoningBlocks(message, context.family) : [];
  const said = toBlocks(message.content, `${param}.content`, context);
  // OpenAI keeps a refusal in a field of its own, beside no content.
  const text =
    said.length === 0 && typeof message.refusal === 'string'
      ? toBlocks(message.refusal, `${param}.refusal`, context)
      : said;
  const calls = message.tool_calls ?? [];
  if (!Array.isArray(calls)) refuse(`${param}.tool_calls`, 'tool_calls must be a list.');
  const uses = calls.map((call, index) => toToolUse(call, `${param}.tool_calls.${index}`, context));
  // Reasoning alone is no turn.
  return text.length + uses.length === 0 ? [] : [...reasoning, ...text, ...uses];
}

function toToolUse(call: unknown, param: string, context: MessagesContext): ContentBlock {
  const fn = isObject(call) ? call.function : undefined;
  if (!isObject(call) || typeof call.id !== 'string' || !isObject(fn) || typeof fn.name !== 'string') {
    refuse(param, 'A tool call needs an id and a function with a name; Bedrock takes function calls only.');
  }
  const parsed = typeof fn.arguments === 'string' ? parseJson(fn.arguments) : fn.arguments;
  // Clients replay the "" of a call without arguments; Converse takes objects only.
  const input = isObject(parsed) ? parsed : {};
  if (!context.toolsOffered) return { text: `[Called the tool ${fn.name} with ${JSON.stringify(input)}]` };
  return { toolUse: { toolUseId: toolId(call.id, context), name: fn.name, input: input as Record<string, never> } };
}

function toToolResult(message: JsonObject, param: string, context: MessagesContext): ContentBlock[] {
  if (typeof message.tool_call_id !== 'string')
    refuse(`${param}.tool_call_id`, 'A tool message needs the tool_call_id that it answers.');
  const blocks = toBlocks(message.content, `${param}.content`, context).filter(
    (block) => block.cachePoint === undefined,
  );
  // Several models refuse an empty list, all refuse blank text.
  if (blocks.length === 0) blocks.push({ text: '(no output)' });
  if (!context.toolsOffered)
    return blocks.map((block) => (block.text === undefined ? block : { text: `[Result of a tool: ${block.text}]` }));
  return [
    { toolResult: { toolUseId: toolId(message.tool_call_id, context), content: blocks as ToolResultContentBlock[] } },
  ];
}

/** Ids that a family would refuse are replaced by a hash of them, so that call and result still match. */
function toolId(id: string, context: MessagesContext): string {
  const fits = context.family.shortToolIds ? /^[A-Za-z0-9]{9}$/ : /^[A-Za-z0-9_.:-]{1,64}$/;
  if (fits.test(id)) return id;
  return createHash('sha256').update(id).digest('hex').slice(0, 9);
}

/** Results of parallel calls stand before everything else, and a document never stands without text. */
function arrangeUserTurn(content: ContentBlock[]): ContentBlock[] {
  const results = content.filter((block) => block.toolResult !== undefined);
  const arranged =
    results.length === 0 || content[results.length - 1]?.toolResult !== undefined
      ? content
      : [...results, ...content.filter((block) => block.toolResult === undefined)];
  const needsText =
    content.some((block) => block.document !== undefined) && !content.some((block) => block.text !== undefined);
  return needsText ? [...arranged, { text: '(see the document)' }] : arranged;
}

/** The start of an answer that the model goes on from: Claude refuses one that ends in white space. */
function trimPrefill(last: Message | undefined): void {
  const block = last?.role === 'assistant' ? last.content?.at(-1) : undefined;
  if (block?.text !== undefined) block.text = block.text.trimEnd();
}
