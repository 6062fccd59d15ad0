import { isObject, type JsonObject } from '../../../core/json.ts';
import { takesSystemTurns } from '../claude-models.ts';

/**
 * Claude Code and others put system turns among the messages. All of Claude's models refuse them before the first user turn, where the
 * field `system` is the place; those before 4.8 refuse them everywhere ("role 'system' is not supported on this model"), so there they
 * become reminders in the user's turn, at the same place, which the cache needs (https://github.com/BerriAI/litellm/pull/33807,
 * https://github.com/maximhq/bifrost/issues/4068). The same object when there are none to move.
 */
export function placeSystemTurns(body: JsonObject, model: string): JsonObject {
  const { messages } = body;
  if (!Array.isArray(messages) || !messages.some(isSystem)) return body;
  const first = messages.findIndex((message: unknown) => !isSystem(message));
  const leading = first < 0 ? messages.length : first;
  const rest = messages.slice(leading);
  const kept = takesSystemTurns(model) ? rest : rest.map((turn: unknown) => (isSystem(turn) ? reminder(turn) : turn));
  if (leading === 0) return { ...body, messages: kept };
  const told = messages.slice(0, leading).flatMap((turn: unknown) => (isSystem(turn) ? blocksOf(turn.content) : []));
  return { ...body, system: [...blocksOf(body.system), ...told], messages: kept };
}

function isSystem(message: unknown): message is JsonObject {
  return isObject(message) && message.role === 'system';
}

function blocksOf(content: unknown): unknown[] {
  if (typeof content === 'string') return content === '' ? [] : [{ type: 'text', text: content }];
  return Array.isArray(content) ? content : [];
}

function reminder(turn: JsonObject): JsonObject {
  const content = blocksOf(turn.content).map((block) =>
    isObject(block) && typeof block.text === 'string'
      ? { ...block, text: `<system-reminder>\n${block.text}\n</system-reminder>` }
      : block,
  );
  return { ...turn, role: 'user', content };
}
