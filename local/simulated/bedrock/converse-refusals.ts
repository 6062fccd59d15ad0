import type { JsonObject } from '../../../functions/core/json.ts';
import { list, object } from '../values.ts';

/** What Converse itself refuses, whatever the model, in the words of the service. */
export function converseProblem(request: JsonObject): string | null {
  const turns = list(request.messages);
  const blocks = turns.flatMap(({ content }) => list(content));
  if (turns[0]?.role !== 'user')
    return 'A conversation must start with a user message. Try again with a conversation that starts with a user message.';
  if (
    request.toolConfig === undefined &&
    blocks.some((block) => block.toolUse !== undefined || block.toolResult !== undefined)
  )
    return 'The toolConfig field must be defined when using toolUse and toolResult content blocks.';
  const { tools } = object(request.toolConfig);
  if (Array.isArray(tools) && tools.length === 0)
    return "1 validation error detected: Value '[]' at 'toolConfig.tools' failed to satisfy constraint: Member must have length greater than or equal to 1";
  return blankProblem(turns) ?? pairsProblem(turns);
}

function blankProblem(turns: JsonObject[]): string | null {
  for (const [i, { content }] of turns.entries()) {
    const blank = list(content).findIndex(({ text }) => typeof text === 'string' && text.trim() === '');
    if (blank >= 0)
      return `The text field in the ContentBlock object at messages.${i}.content.${blank} is blank. Add text to the text field, and try again.`;
  }
  return null;
}

function pairsProblem(turns: JsonObject[]): string | null {
  for (const [i, turn] of turns.entries()) {
    const next = turns[i + 1];
    const calls = idsOf(turn, 'toolUse');
    const results = next === undefined ? [] : idsOf(next, 'toolResult');
    const open = calls.filter((id) => !results.includes(id));
    if (open.length > 0)
      return `Expected toolResult blocks at messages.${i + 1}.content for the following Ids: ${open.join(', ')}`;
    if (results.length > calls.length)
      return `The number of toolResult blocks at messages.${i + 1}.content exceeds the number of toolUse blocks of previous turn.`;
  }
  return null;
}

function idsOf({ content }: JsonObject, kind: 'toolUse' | 'toolResult'): string[] {
  return list(content).flatMap((block) => (block[kind] === undefined ? [] : [String(object(block[kind]).toolUseId)]));
}
