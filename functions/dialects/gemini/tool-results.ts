import type { Block, ToolCallBlock, ToolResultBlock } from '../../core/chat/conversation.ts';
import { refuse } from '../../core/chat/refusal.ts';
import { isObject, type JsonObject, parseJson } from '../../core/json.ts';
import { mediaPart } from './media.ts';

export interface ToolResults {
  /** The calls of one turn. */
  expect(calls: ToolCallBlock[]): void;
  add(result: ToolResultBlock, at: string): void;
  /** The parts of all results since the last time, and then the media that cannot stand in them. */
  take(): JsonObject[];
}

/**
 * Collects the results of one turn's calls: they go into one user turn, named after their calls. They stay where the caller
 * put them, but results of the same name stand in the order of their calls: nothing else tells Google which is which.
 */
export function createToolResults(mediaInside: boolean): ToolResults {
  const calls = new Map<string, { name: string; position: number }>();
  let collected: { position: number; name: string; parts: JsonObject[] }[] = [];
  let position = 0;
  return {
    expect(turn) {
      for (const { id, name } of turn) calls.set(id, { name, position: position++ });
    },
    add(result, at) {
      const call = calls.get(result.callId);
      const name = call?.name ?? result.name;
      if (name === undefined || name === '')
        refuse(result.at ?? at, 'No earlier tool call has the id of this result, and it names no tool.');
      const parts = resultParts(result, name, mediaInside, result.at ?? at);
      collected.push({ position: call?.position ?? position, name, parts });
    },
    take() {
      const byName = Map.groupBy(
        collected.toSorted((a, b) => a.position - b.position),
        ({ name }) => name,
      );
      const ordered = collected.map(({ name, parts }) => byName.get(name)?.shift()?.parts ?? parts);
      collected = [];
      return [...ordered.flatMap((parts) => parts.slice(0, 1)), ...ordered.flatMap((parts) => parts.slice(1))];
    },
  };
}

/** The functionResponse, and behind it the media of models that take none inside. */
function resultParts(result: ToolResultBlock, name: string, mediaInside: boolean, at: string): JsonObject[] {
  const text = result.blocks.map((block) => textOf(block)).join('');
  const media = result.blocks.flatMap((block) => mediaOf(block, at));
  // `error` is Google's own key for what went wrong (https://ai.google.dev/api/caching#FunctionResponse).
  const response = result.isError === true ? { error: text } : responseOf(text);
  const inside = mediaInside && media.length > 0;
  return [{ functionResponse: { name, response, ...(inside && { parts: media }) } }, ...(inside ? [] : media)];
}

function textOf(block: Block): string {
  if (block.type === 'text' || block.type === 'refusal') return block.text;
  return block.type === 'document' && block.source.type === 'text' ? block.source.text : '';
}

function mediaOf(block: Block, at: string): JsonObject[] {
  switch (block.type) {
    case 'text':
    case 'refusal':
      return [];
    case 'document':
      return block.source.type === 'text' ? [] : [mediaPart(block, at)];
    case 'image':
    case 'audio':
    case 'video':
      return [mediaPart(block, at)];
    default:
      return refuse(block.at ?? at, 'A tool result holds text, images and files only.');
  }
}

/**
 * The response must be an object: other results are wrapped. So are objects that would not arrive as they are: Google reads
 * `$ref` as a reference to media, and its numbers are doubles (https://protobuf.dev/reference/protobuf/google.protobuf/#struct).
 */
function responseOf(text: string): JsonObject {
  const exact = !/"\$ref"/.test(text) && !/\d{16}/.test(text.replace(quoted, ''));
  const value = exact ? parseJson(text) : undefined;
  return isObject(value) ? value : { result: text };
}

const quoted = /"(?:[^"\\]|\\.)*"/g;
