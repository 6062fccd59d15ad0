import type { ChatAnswer, ChatPart } from '../../../functions/core/chat/answer.ts';
import type { Block, ChatRequest } from '../../../functions/core/chat/conversation.ts';
import type { AnswerHead } from '../../../functions/core/chat/dialect.ts';
import type { Frame } from '../../../functions/core/chat/frame.ts';
import { isObject, type JsonObject, parseJson } from '../../../functions/core/json.ts';
import { readRequest } from '../../../functions/dialects/openai-chat/request/read-request.ts';

export const head: AnswerHead = {
  mintedId: '01KB0000000000000000000000',
  created: 42,
  callerModel: 'openai/gpt-4o-mini',
  includeUsage: true,
};

export function request(body: JsonObject = {}): ChatRequest {
  return readRequest({ model: 'm', messages: [{ role: 'user', content: 'ping' }], ...body });
}

/** The JSON of every event among the frames. */
export function eventsOf(frames: Frame[]): JsonObject[] {
  return frames.flatMap((frame) => (frame.type === 'event' ? [jsonOf(frame.text)] : []));
}

export function jsonOf(event: string | null): JsonObject {
  const json = parseJson(/^data: ([^\n\r]*)\n\n$/.exec(event ?? '')?.[1] ?? '');
  if (!isObject(json)) throw new Error(`no event of one JSON object: ${event}`);
  return json;
}

/** Chunks put together as clients do it: texts and lists grow, calls by their index. */
export function fold(chunks: JsonObject[]): JsonObject[] {
  const messages: JsonObject[] = [];
  for (const chunk of chunks)
    for (const { index, delta } of chunk.choices as { index: number; delta: JsonObject }[]) {
      messages[index] ??= {};
      grow(messages[index], delta);
    }
  return messages;
}

function grow(into: JsonObject, delta: JsonObject): void {
  for (const [name, value] of Object.entries(delta)) {
    const known = into[name];
    if (name === 'tool_calls') {
      into.tool_calls ??= [];
      const calls = into.tool_calls as JsonObject[];
      for (const { index, ...fields } of value as ({ index: number } & JsonObject)[]) {
        calls[index] ??= {};
        grow(calls[index], fields);
      }
    } else if (typeof known === 'string' && typeof value === 'string' && !['type', 'id', 'role'].includes(name))
      into[name] = known + value;
    else if (Array.isArray(known) && Array.isArray(value)) into[name] = [...known, ...value];
    else if (isObject(known) && isObject(value)) grow(known, value);
    else into[name] = isObject(value) ? { ...value } : value;
  }
}

/** An answer as a stream may bring it: each text cut in two, or blocks whole. */
export function partsOf(answer: ChatAnswer, cut: (text: string) => number | null): ChatPart[] {
  const parts: ChatPart[] = answer.choices.flatMap(({ blocks }, choice) =>
    blocks.flatMap((block) => blockParts(block, choice, cut)),
  );
  for (const [choice, { finish }] of answer.choices.entries()) parts.push({ type: 'finish', choice, finish });
  if (answer.usage) parts.push({ type: 'usage', usage: answer.usage });
  return [...parts, { type: 'end' }];
}

function blockParts(block: Block, choice: number, cut: (text: string) => number | null): ChatPart[] {
  const whole: ChatPart[] = [{ type: 'whole', choice, block }];
  if (block.type !== 'text' && block.type !== 'refusal' && block.type !== 'reasoning' && block.type !== 'tool_call')
    return whole;
  const text = block.type === 'tool_call' ? block.input : block.text;
  const at = cut(text);
  if (at === null) return whole;
  const deltas = [text.slice(0, at), text.slice(at)].filter((piece) => piece !== '');
  const signature = block.type === 'refusal' ? undefined : block.signature;
  return [
    {
      type: 'open',
      choice,
      block:
        block.type === 'tool_call'
          ? { type: 'tool_call', id: block.id, name: block.name, kind: block.kind }
          : block.type === 'reasoning'
            ? { type: 'reasoning', ...(block.id !== undefined && { id: block.id }) }
            : { type: block.type },
    },
    ...deltas.map((piece): ChatPart => ({ type: 'delta', choice, text: piece })),
    {
      type: 'close',
      choice,
      ...(signature && { signature }),
      ...(block.type === 'reasoning' && block.encrypted && { encrypted: block.encrypted }),
      ...(block.type === 'text' && block.citations && { citations: block.citations }),
    },
  ];
}
