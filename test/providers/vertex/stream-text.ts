import { isObject, type JsonObject } from '../../../functions/core/json.ts';
import type { StreamPart } from '../../../functions/core/routing/provider.ts';
import type { StreamTranslator } from '../../../functions/providers/vertex/dialect.ts';
import { streamParts } from '../../../functions/providers/vertex/stream.ts';

/** What a client has put together at the end of a stream. */
export interface Told {
  message: JsonObject;
  toolCalls: JsonObject[];
  finish: unknown;
  usage: unknown;
  types: string[];
}

/** Sends the text through a translator, cut at the given places, and puts the chunks together as clients do. */
export async function tell(text: string, translator: StreamTranslator, cuts: number[] = []): Promise<Told> {
  const bytes = new TextEncoder().encode(text);
  const places = [0, ...cuts.map((cut) => cut % (bytes.length + 1)).sort((a, b) => a - b), bytes.length];
  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      for (const [i, end] of places.slice(1).entries()) controller.enqueue(bytes.slice(places[i], end));
      controller.close();
    },
  });
  const controller = new AbortController();
  const parts: StreamPart[] = [];
  for await (const batch of streamParts(body, translator, controller, controller.signal)) parts.push(...batch);
  return fold(parts);
}

function fold(parts: StreamPart[]): Told {
  const told: Told = { message: {}, toolCalls: [], finish: null, usage: null, types: parts.map(({ type }) => type) };
  for (const part of parts) {
    if (part.type === 'usage') told.usage = part.chunk.usage;
    if (part.type !== 'chunk') continue;
    const [choice] = JSON.parse(part.json).choices;
    if (choice.index !== 0) continue;
    told.finish = choice.finish_reason ?? told.finish;
    const { tool_calls: calls = [], ...fields } = choice.delta as JsonObject & { tool_calls?: JsonObject[] };
    for (const [name, value] of Object.entries(fields)) {
      const before = told.message[name];
      told.message[name] =
        typeof before === 'string' && typeof value === 'string'
          ? before + value
          : Array.isArray(before) && Array.isArray(value)
            ? [...before, ...value]
            : value;
    }
    for (const { index, ...call } of calls) addCall(told.toolCalls, Number(index), call);
  }
  return told;
}

function addCall(calls: JsonObject[], index: number, call: JsonObject): void {
  const before = calls[index];
  const added = isObject(call.function) ? call.function : {};
  if (!before) calls[index] = call;
  else if (isObject(before.function))
    before.function = { ...before.function, arguments: `${before.function.arguments}${added.arguments}` };
}
