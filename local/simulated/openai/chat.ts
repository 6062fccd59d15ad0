import { isObject, type JsonObject } from '../../../functions/core/json.ts';
import { decide } from '../brain/decide.ts';
import { reportOf, type Said, sinceAsked } from '../brain/said.ts';
import { sampleOf } from '../brain/schema-sample.ts';
import { list, object } from '../values.ts';
import { chatTools } from './tools.ts';

/** What the simulated model says, before it is put into an answer or a stream. */
export interface SimulatedAnswer {
  content: string | null;
  /** A call of a tool that takes text is `custom`. */
  toolCalls: { name: string; arguments: string; custom: boolean }[];
  finishReason: 'stop' | 'length' | 'tool_calls' | 'content_filter';
  promptTokens: number;
  completionTokens: number;
}

/** Does what the user asks for, calls tools, fills in a schema, or repeats the last user text. */
export function answerChat(request: JsonObject): SimulatedAnswer {
  const messages = list(request.messages);
  const said = messages.flatMap(saidIn);
  const asked = textOf(messages.findLast(({ role }) => role === 'user')?.content);
  const toolCalls = callsOf(request, messages, said);
  const words = structured(request) ?? reportOf(said) ?? `You said: ${sinceAsked(said).asked || asked}`;
  const { text: content, reason } =
    toolCalls.length > 0 ? { text: null, reason: 'tool_calls' as const } : cut(words, request);
  return {
    content,
    toolCalls,
    finishReason: request.model === 'sim-filtered' ? 'content_filter' : reason,
    promptTokens: tokens(messages.map(({ content: part }) => textOf(part)).join(' ')),
    completionTokens: tokens(content ?? toolCalls.map((call) => call.name + call.arguments).join(' ')),
  };
}

/** About four characters to a token, as OpenAI's own rule of thumb says. */
export function tokens(text: string): number {
  return Math.max(1, Math.ceil(text.length / 4));
}

/** Words end at the first stop sequence, or where the tokens end. */
export function cut(words: string, request: JsonObject): { text: string; reason: 'stop' | 'length' } {
  const stops = [request.stop].flat().filter((stop) => typeof stop === 'string' && stop !== '');
  const ends = stops.map((stop) => words.indexOf(String(stop))).filter((at) => at >= 0);
  const stopped = words.slice(0, Math.min(words.length, ...ends));
  const limit = request.max_completion_tokens ?? request.max_tokens ?? request.max_output_tokens;
  const text = typeof limit === 'number' ? stopped.slice(0, limit * 4) : stopped;
  return { text, reason: text === stopped ? 'stop' : 'length' };
}

/** The text of a content, be it a text or parts of any kind of text. */
export function textOf(content: unknown): string {
  if (typeof content === 'string') return content;
  return list(content)
    .map(({ text }) => (typeof text === 'string' ? text : ''))
    .join('');
}

function callsOf(request: JsonObject, messages: JsonObject[], said: Said[]): SimulatedAnswer['toolCalls'] {
  const choice = object(request.tool_choice);
  const { name } = object(choice[String(choice.type)]);
  const wish = request.tool_choice;
  const tools = chatTools(request.tools);
  const called = decide({
    tools,
    said,
    environment: messages.map(({ content }) => textOf(content)).join('\n'),
    choice: typeof name === 'string' ? { name } : wish === 'required' || wish === 'none' ? wish : 'free',
    parallel: request.parallel_tool_calls !== false,
  });
  return called.map((call) => ({
    name: call.name,
    arguments: typeof call.input === 'string' ? call.input : JSON.stringify(call.input),
    custom: tools.some((tool) => tool.name === call.name && tool.input === 'text'),
  }));
}

function saidIn({ role, content, tool_calls }: JsonObject): Said[] {
  if (role === 'user') return [{ user: textOf(content) }];
  if (role === 'tool') return [{ result: textOf(content) }];
  return list(tool_calls).flatMap((call) => {
    const { name } = object(call[String(call.type)] ?? call.function);
    return typeof name === 'string' ? [{ called: name }] : [];
  });
}

function structured(request: JsonObject): string | null {
  const format = request.response_format;
  if (!isObject(format)) return null;
  if (format.type === 'json_schema' && isObject(format.json_schema))
    return JSON.stringify(sampleOf(format.json_schema.schema));
  return format.type === 'json_object' ? '{}' : null;
}
