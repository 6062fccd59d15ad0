import type { ChatPart } from '../../../core/chat/answer.ts';
import type { JsonObject } from '../../../core/json.ts';

/** Tells of an event of the stream: its type and its fields, but for its number. */
export type Emit = (type: string, fields: JsonObject) => void;

export type ClosePart = Omit<Extract<ChatPart, { type: 'close' }>, 'type' | 'choice'>;

/** An item that is being written. */
export interface OpenItem {
  delta(text: string, logprobs?: JsonObject): void;
  close(part: ClosePart): void;
}

/** Puts items into the answer: the next index, the id that belongs to it, and what to do when the item is whole. */
export interface Items {
  id(prefix: string): string;
  begin(item: JsonObject): number;
  end(index: number, item: JsonObject): void;
  emit: Emit;
}
