import type { NativeLane } from '../../core/chat/dialect.ts';
import { isObject, parseJson } from '../../core/json.ts';
import { bounds } from './bounds.ts';
import { createRelay } from './relay.ts';
import { chatFinish, readFinish, readTokens } from './usage.ts';

/** Claude behind the Messages door: thinking, signatures, cache marks, citations and server tools are never rebuilt. */
export const native: NativeLane = {
  bounds,
  readAnswer(text, head) {
    const message = parseJson(text);
    if (!isObject(message) || message.type === 'error' || !Array.isArray(message.content)) return null;
    const finish = readFinish(message.stop_reason);
    return {
      body: { ...message, model: head.callerModel },
      usage: readTokens(message.usage),
      finishReason: finish && chatFinish(finish),
    };
  },
  createRelay,
};
