import { isObject, type JsonObject } from '../../../functions/core/json.ts';
import type { Said } from '../brain/said.ts';
import { sampleOf } from '../brain/schema-sample.ts';
import { nextTools } from '../brain/tool-calls.ts';

/** What the simulated model says, before it is put into an answer or a stream. */
export interface SimulatedAnswer {
  content: string | null;
  toolCalls: { name: string; arguments: string }[];
  finishReason: 'stop' | 'length' | 'tool_calls' | 'content_filter';
  promptTokens: number;
  completionTokens: number;
}

/** Repeats the last user text, fills in a schema, or calls tools. */
export function answerChat(request: JsonObject): SimulatedAnswer {
  const messages = Array.isArray(request.messages) ? request.messages.filter(isObject) : [];
  const asked = textOf(messages.findLast(({ role }) => role === 'user')?.content);
  const toolCalls = callsOf(request, messages);
  const said = toolCalls.length > 0 ? null : (structured(request) ?? `You said: ${asked}`);
  const limit = request.max_completion_tokens ?? request.max_tokens;
  const content = typeof limit === 'number' && said !== null ? said.slice(0, limit * 4) : said;
  const finished = toolCalls.length > 0 ? 'tool_calls' : content === said ? 'stop' : 'length';
  return {
    content,
    toolCalls,
    finishReason: request.model === 'sim-filtered' ? 'content_filter' : finished,
    promptTokens: tokens(messages.map(({ content: part }) => textOf(part)).join(' ')),
    completionTokens: tokens(content ?? toolCalls.map((call) => call.name + call.arguments).join(' ')),
  };
}

/** About four characters to a token, as OpenAI's own rule of thumb says. */
export function tokens(text: string): number {
  return Math.max(1, Math.ceil(text.length / 4));
}

function textOf(content: unknown): string {
  if (typeof content === 'string') return content;
  if (!Array.isArray(content)) return '';
  return content.map((part) => (isObject(part) && typeof part.text === 'string' ? part.text : '')).join('');
}

function callsOf(request: JsonObject, messages: JsonObject[]): SimulatedAnswer['toolCalls'] {
  const tools = (Array.isArray(request.tools) ? request.tools : []).flatMap((tool) =>
    isObject(tool) && isObject(tool.function) ? [tool.function] : [],
  );
  const choice = request.tool_choice;
  const called = nextTools(
    tools.map(({ name }) => String(name)),
    messages.flatMap(saidIn),
    {
      choice:
        isObject(choice) && isObject(choice.function)
          ? { name: String(choice.function.name) }
          : choice === 'required' || choice === 'none'
            ? choice
            : 'free',
      parallel: request.parallel_tool_calls !== false,
    },
  );
  return called.map((name) => ({
    name,
    arguments: JSON.stringify(sampleOf(tools.find((tool) => tool.name === name)?.parameters)),
  }));
}

function saidIn({ role, content, tool_calls }: JsonObject): Said[] {
  if (role === 'user') return [{ user: textOf(content) }];
  return Array.isArray(tool_calls)
    ? tool_calls.flatMap((call) =>
        isObject(call) && isObject(call.function) ? [{ called: String(call.function.name) }] : [],
      )
    : [];
}

function structured(request: JsonObject): string | null {
  const format = request.response_format;
  if (!isObject(format)) return null;
  if (format.type === 'json_schema' && isObject(format.json_schema))
    return JSON.stringify(sampleOf(format.json_schema.schema));
  return format.type === 'json_object' ? '{}' : null;
}
