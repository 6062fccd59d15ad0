import type { JsonObject } from '../../../functions/core/json.ts';
import { type Said, sinceAsked } from '../brain/said.ts';
import { seal, unseal } from '../brain/signature.ts';
import { list, object } from '../values.ts';
import { blocksOf } from './content.ts';

/** Anthropic's own word to have redacted thinking to test with; its first part is enough here. */
const redacting = 'ANTHROPIC_MAGIC_STRING_TRIGGER_REDACTED_THINKING';

export function thinks(body: JsonObject): boolean {
  const { type } = object(body.thinking);
  return type === 'enabled' || type === 'adaptive';
}

/**
 * The block of thinking before an answer. Between the results of tools Claude thinks where thinking is interleaved, or adaptive
 * (docs.claude.com/en/docs/build-with-claude/extended-thinking).
 */
export function thinkingBefore(body: JsonObject, said: Said[], interleaved: boolean): JsonObject[] {
  const { asked, called } = sinceAsked(said);
  const { type, display } = object(body.thinking);
  if (!thinks(body) || (called.length > 0 && !interleaved && type !== 'adaptive')) return [];
  const thought = `The user says: ${asked.slice(0, 60)}. I have called ${called.length} tools for that.`;
  if (asked.includes(redacting)) return [{ type: 'redacted_thinking', data: seal('redacted', thought) }];
  return [{ type: 'thinking', thinking: display === 'omitted' ? '' : thought, signature: seal('thinking', thought) }];
}

/** What the service says to thinking that was altered, or that is missing where it belongs. */
export function thinkingProblem(body: JsonObject): string | null {
  const turns = list(body.messages);
  for (const [i, { role, content }] of turns.entries()) {
    if (role !== 'assistant') continue;
    for (const [j, block] of blocksOf(content).entries()) {
      const problem = blockProblem(block);
      if (problem !== null) return `messages.${i}.content.${j}${problem}`;
    }
  }
  return object(body.thinking).type === 'enabled' ? missingThinking(turns) : null;
}

function blockProblem({ type, thinking, signature, data }: JsonObject): string | null {
  if (type === 'redacted_thinking')
    return unseal('redacted', data) === null ? ': Invalid `data` in `redacted_thinking` block' : null;
  if (type !== 'thinking') return null;
  if (typeof signature !== 'string') return '.thinking.signature: Field required';
  const thought = unseal('thinking', signature);
  return thought === null || (thinking !== '' && thinking !== thought)
    ? ': Invalid `signature` in `thinking` block'
    : null;
}

/** A turn that called tools, whose results come now, has to begin with its thinking. */
function missingThinking(turns: JsonObject[]): string | null {
  const asked = turns.findLastIndex(
    ({ role, content }) => role === 'user' && blocksOf(content).some(({ type }) => type !== 'tool_result'),
  );
  const index = turns.findIndex(({ role, content }, i) => {
    return i > asked && role === 'assistant' && blocksOf(content).some(({ type }) => type === 'tool_use');
  });
  const found = String(blocksOf(turns[index]?.content)[0]?.type ?? '');
  if (index < 0 || found === 'thinking' || found === 'redacted_thinking') return null;
  return `messages.${index}.content.0.type: Expected \`thinking\` or \`redacted_thinking\`, but found \`${found}\`. When \`thinking\` is enabled, a final \`assistant\` message must start with a thinking block (preceeding the lastmost set of \`tool_use\` and \`tool_result\` blocks). We recommend you include thinking blocks from previous turns. To avoid this requirement, disable \`thinking\`. Please consult our documentation at https://docs.claude.com/en/docs/build-with-claude/extended-thinking`;
}
