import type {
  Block,
  ChatRequest,
  ToolCallBlock,
  ToolResultBlock,
  Turn,
} from '../../../functions/core/chat/conversation.ts';
import type { JsonObject } from '../../../functions/core/json.ts';
import { traitsOf } from '../../../functions/dialects/gemini/models.ts';
import { gemini } from '../../../functions/dialects/gemini/upstream.ts';
import { chatRequest } from '../chat-request.ts';

/** Turns as a door reads them, each where it stands. */
export function turnsOf(...turns: [role: Turn['role'], ...blocks: (Block | string)[]][]): Turn[] {
  return turns.map(([role, ...blocks], i) => ({
    role,
    at: `messages.${i}`,
    blocks: blocks.map((block, j) =>
      typeof block === 'string' ? { type: 'text', text: block } : { at: `messages.${i}.content.${j}`, ...block },
    ),
  }));
}

export function write(changes: Partial<ChatRequest> = {}, model = 'gemini-2.5-flash') {
  return gemini.writeRequest(chatRequest(changes), traitsOf(model));
}

export function contentsOf(turns: Turn[], model?: string) {
  return write({ turns }, model).body.contents as { role: string; parts: JsonObject[] }[];
}

export function call(id: string, name: string, input = '{}', signature?: string): ToolCallBlock {
  return {
    type: 'tool_call',
    id,
    name,
    input,
    kind: 'function',
    ...(signature !== undefined && { signature: { format: 'google', value: signature } }),
  };
}

export function result(callId: string, ...blocks: (Block | string)[]): ToolResultBlock {
  return {
    type: 'tool_result',
    callId,
    blocks: blocks.map((block) => (typeof block === 'string' ? { type: 'text', text: block } : block)),
  };
}
