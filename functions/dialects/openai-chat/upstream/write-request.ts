import type { AnswerFormat, ChatRequest, FunctionTool } from '../../../core/chat/conversation.ts';
import type { WrittenRequest } from '../../../core/chat/dialect.ts';
import { type OfferedTools, offeredTools } from '../../../core/chat/offered-tools.ts';
import { isObject, type JsonObject } from '../../../core/json.ts';
import { chatBounds } from '../bounds.ts';
import type { OpenAiTraits } from './traits.ts';
import { writeMessages } from './write-messages.ts';
import { writeSettings } from './write-settings.ts';

/**
 * A conversation as a chat completions request, but for the model's name and how the answer is sent, which are the adapter's.
 * Throws `Refusal` for what cannot be said.
 */
export function writeRequest(request: ChatRequest, traits: OpenAiTraits): WrittenRequest {
  const dropped = new Set<string>();
  const offered = offeredTools(request, dropped);
  const hasTools = offered.tools.length > 0;
  const body: JsonObject = {
    messages: writeMessages(request.turns, traits),
    ...writeSettings(request, traits, hasTools, dropped),
    ...(hasTools && writeTools(offered, request.parallelToolCalls)),
    ...(request.format && { response_format: writeFormat(request.format) }),
  };
  return { body, dropped: [...dropped].sort(), bounds: chatBounds(body, sizeOf(body)) };
}

function writeTools({ tools, choice }: OfferedTools, parallel: boolean | null): JsonObject {
  const named = choice?.name ? { type: 'function', function: { name: choice.name } } : choice?.mode;
  return {
    tools: tools.map(writeTool),
    ...(named !== undefined && { tool_choice: named }),
    ...(parallel !== null && { parallel_tool_calls: parallel }),
  };
}

function writeTool({ name, description, parameters, strict }: FunctionTool): JsonObject {
  return {
    type: 'function',
    function: {
      name,
      ...(description !== null && { description }),
      ...(parameters !== null && { parameters: rootObject(parameters) }),
      ...(strict !== null && { strict }),
    },
  };
}

/** OpenAI refuses an object without properties: `object schema missing properties`. */
function rootObject(schema: JsonObject): JsonObject {
  return (schema.type === 'object' || schema.type === undefined) && schema.properties === undefined
    ? { type: 'object', ...schema, properties: {} }
    : schema;
}

function writeFormat(format: AnswerFormat): JsonObject {
  if (format.type === 'json') return { type: 'json_object' };
  const { name, description, schema, strict } = format;
  return {
    type: 'json_schema',
    json_schema: {
      name: name.replace(/[^a-zA-Z0-9_-]/g, '_').slice(0, 64),
      ...(description !== null && { description }),
      schema,
      ...(strict !== null && { strict }),
    },
  };
}

/** About as many bytes as the JSON has, without writing its pictures for that. */
function sizeOf(value: unknown): number {
  if (typeof value === 'string') return Buffer.byteLength(value) + 2;
  if (Array.isArray(value)) return value.reduce((sum: number, item) => sum + sizeOf(item) + 1, 2);
  if (!isObject(value)) return 5;
  return Object.entries(value).reduce((sum, [name, inner]) => sum + name.length + 4 + sizeOf(inner), 2);
}
