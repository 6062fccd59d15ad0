import type { OpenBlock } from '../../../core/chat/answer.ts';
import type { Block, ChatRequest, Signature, ToolCallBlock } from '../../../core/chat/conversation.ts';
import { isObject, type JsonObject } from '../../../core/json.ts';
import { carry } from '../carrier.ts';
import { createCallItem } from './call-items.ts';
import type { ClosePart, Emit, Items, OpenItem } from './items.ts';
import { createMessageItem, type MessageItem } from './message-item.ts';
import { openReasoning } from './reasoning-item.ts';

/** Makes output items of the blocks of an answer, one after the other, and tells the events that amount to them. */
export interface Output {
  open(block: OpenBlock): void;
  delta(text: string, logprobs?: JsonObject): void;
  close(part: ClosePart): void;
  whole(block: Block, logprobs?: JsonObject): void;
  /** The items; ends whatever is open. */
  finish(): JsonObject[];
}

export function createOutput(mintedId: string, request: ChatRequest, emit: Emit): Output {
  const output: JsonObject[] = [];
  let message: MessageItem | null = null;
  let open: OpenItem | null = null;

  const items: Items = {
    emit,
    id: (prefix) => `${prefix}_${mintedId}_${output.length}`,
    begin(item) {
      emit('response.output_item.added', { output_index: output.length, item });
      return output.push(item) - 1;
    },
    end(index, item) {
      output[index] = item;
      emit('response.output_item.done', { output_index: index, item });
    },
  };

  const endMessage = () => {
    message?.end();
    message = null;
  };

  const carrier = (type: 'next' | 'last' | 'empty', signature: Signature) => {
    endMessage();
    const item = { id: items.id('rs'), type: 'reasoning', summary: [] };
    items.end(items.begin(item), { ...item, encrypted_content: carry({ type, signature }) });
  };

  const openText = (type: 'text' | 'refusal'): OpenItem => {
    let begun = false;
    const part = () => {
      message ??= createMessageItem(items);
      if (!begun) message.beginPart(type);
      begun = true;
      return message;
    };
    return {
      delta: (text, logprobs) => part().delta(text, logprobs),
      close({ signature, citations }) {
        if (begun) part().endPart(citations);
        if (signature) carrier(begun ? 'last' : 'empty', signature);
      },
    };
  };

  const openCall = (block: Extract<OpenBlock, { type: 'tool_call' }>): OpenItem => {
    if (block.signature) carrier('next', block.signature);
    endMessage();
    const item = createCallItem(block, request, items);
    return {
      delta: item.delta,
      close(part) {
        item.close(part);
        if (part.signature && !block.signature) carrier('last', part.signature);
      },
    };
  };

  const create = (block: OpenBlock): OpenItem => {
    if (block.type === 'text' || block.type === 'refusal') return openText(block.type);
    if (block.type === 'tool_call') return openCall(block);
    endMessage();
    return openReasoning(block, items);
  };

  const atOnce = (prefix: string, item: JsonObject) => {
    endMessage();
    const placed = typeof item.id === 'string' ? item : { id: items.id(prefix), ...item };
    items.end(items.begin(placed), placed);
  };

  const made: Output = {
    open(block) {
      made.close({});
      open = create(block);
    },
    delta(text, logprobs) {
      if (text !== '') open?.delta(text, logprobs);
    },
    close(part) {
      open?.close(part);
      open = null;
    },
    whole(block, logprobs) {
      const opening = openingOf(block);
      if (opening !== null) {
        made.open(opening.block);
        made.delta(opening.text, logprobs);
        made.close(opening.close);
        return;
      }
      made.close({});
      if (block.type === 'image' && block.source.type === 'base64')
        atOnce('ig', { type: 'image_generation_call', status: 'completed', result: block.source.data });
      else if (block.type === 'opaque' && block.dialect === 'openai-responses' && isObject(block.value))
        atOnce('item', block.value);
    },
    finish() {
      made.close({});
      endMessage();
      return output;
    },
  };
  return made;
}

/** A whole block as its parts; null when it has none. */
function openingOf(block: Block): { block: OpenBlock; text: string; close: ClosePart } | null {
  switch (block.type) {
    case 'text':
      return { block: { type: 'text' }, text: block.text, close: closing(block) };
    case 'refusal':
      return { block: { type: 'refusal' }, text: block.text, close: {} };
    case 'reasoning':
      return {
        block: { type: 'reasoning', ...(block.id !== undefined && { id: block.id }) },
        text: block.text,
        close: closing(block),
      };
    case 'tool_call':
      return { block: openCallOf(block), text: block.input, close: {} };
    default:
      return null;
  }
}

function openCallOf({ id, name, kind, signature }: ToolCallBlock): OpenBlock {
  return { type: 'tool_call', id, name, kind, ...(signature && { signature }) };
}

function closing({ signature, encrypted, citations }: ClosePart): ClosePart {
  return { ...(signature && { signature }), ...(encrypted && { encrypted }), ...(citations && { citations }) };
}
