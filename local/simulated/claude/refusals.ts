import type { JsonObject } from '../../../functions/core/json.ts';
import { unseal } from '../brain/signature.ts';
import { list, object } from '../values.ts';
import { blocksOf } from './content.ts';
import { thinkingProblem, thinks } from './thinking.ts';

/** What Anthropic's models refuse most often, in the words of the service. */
export function claudeProblem(body: JsonObject): string | null {
  const checks = [
    extraProblem,
    budgetProblem,
    messagesProblem,
    textProblem,
    toolsProblem,
    pairsProblem,
    searchProblem,
    thinkingProblem,
  ];
  for (const check of checks) {
    const problem = check(body);
    if (problem !== null) return problem;
  }
  return null;
}

/** Fields of Anthropic's own API (github.com/maximhq/bifrost/pull/1558, github.com/anthropics/claude-code/issues/49548). */
function extraProblem(body: JsonObject): string | null {
  if (body.speed !== undefined) return 'speed: Extra inputs are not permitted';
  const marks = [body.tools, body.system, ...list(body.messages).map(({ content }) => content)].flatMap((holder) =>
    list(holder).map(({ cache_control }) => object(cache_control)),
  );
  return marks.some(({ scope }) => scope !== undefined)
    ? 'cache_control.ephemeral.scope: Extra inputs are not permitted'
    : null;
}

/** github.com/BerriAI/litellm/pull/33807: Claude takes system turns from 4.8 on. */
export function systemProblem(body: JsonObject, model: string): string | null {
  const [, major = '5', minor = '0'] = /claude-(?:[a-z]+-)?(\d)(?:-(\d)(?!\d))?/.exec(model) ?? [];
  const old = Number(major) < 5 && (Number(major) < 4 || Number(minor) < 8);
  const at = list(body.messages).findIndex(({ role }) => role === 'system');
  return old && at > 0 ? `messages.${at}: role 'system' is not supported on this model` : null;
}

/** The conversation is edited with a beta alone. */
export function managementProblem(body: JsonObject, betas: string[]): string | null {
  return body.context_management === undefined || betas.some((beta) => /^(?:context-management|compact)-/.test(beta))
    ? null
    : 'context_management: Extra inputs are not permitted';
}

function budgetProblem(body: JsonObject): string | null {
  const { type, budget_tokens: budget } = object(body.thinking);
  const limit = body.max_tokens;
  if (type === 'enabled') {
    if (typeof budget !== 'number') return 'thinking.enabled.budget_tokens: Field required';
    if (budget < 1024) return 'thinking.enabled.budget_tokens: Input should be greater than or equal to 1024';
    if (typeof limit === 'number' && limit <= budget)
      return '`max_tokens` must be greater than `thinking.budget_tokens`. Please consult our documentation at https://docs.claude.com/en/docs/build-with-claude/extended-thinking#max-tokens-and-context-window-size';
  }
  if (!thinks(body)) return null;
  if (['any', 'tool'].includes(String(object(body.tool_choice).type)))
    return 'Thinking may not be enabled when tool_choice forces tool use.';
  if (body.temperature !== undefined && body.temperature !== null && body.temperature !== 1)
    return '`temperature` may only be set to 1 when thinking is enabled. Please consult our documentation at https://docs.claude.com/en/docs/build-with-claude/extended-thinking#important-considerations-when-using-extended-thinking';
  return null;
}

function messagesProblem(body: JsonObject): string | null {
  const turns = list(body.messages);
  if (!Array.isArray(body.messages)) return 'messages: Field required';
  if (turns.length === 0) return 'messages: at least one message is required';
  if (turns[0]?.role === 'system')
    return "messages.0: use the top-level 'system' parameter for the initial system prompt";
  const strange = turns.findIndex(({ role }) => !['user', 'assistant', 'system'].includes(String(role)));
  return strange < 0 ? null : `messages.${strange}.role: Input should be 'user' or 'assistant'`;
}

function textProblem(body: JsonObject): string | null {
  const all = [
    { at: 'system', blocks: typeof body.system === 'string' ? [] : blocksOf(body.system) },
    ...list(body.messages).map(({ content }) => ({ at: 'messages', blocks: blocksOf(content) })),
  ];
  for (const { at, blocks } of all)
    for (const { type, text } of blocks) {
      if (type !== 'text') continue;
      if (text === '') return `${at}: text content blocks must be non-empty`;
      if (String(text).trim() === '') return `${at}: text content blocks must contain non-whitespace text`;
    }
  return null;
}

function toolsProblem(body: JsonObject): string | null {
  const names = list(body.tools).map(({ name }) => String(name));
  if (new Set(names).size < names.length) return 'tools: Tool names must be unique.';
  const { type, name } = object(body.tool_choice);
  if (type === 'tool' && !names.includes(String(name))) return `Tool '${String(name)}' not found in provided tools`;
  if (type === 'any' && names.length === 0)
    return 'tool_choice: tool_choice may only be specified while providing tools.';
  return null;
}

/** Each call has its result in the next message, and each result its call in the one before. */
function pairsProblem(body: JsonObject): string | null {
  const turns = list(body.messages);
  const ids = (turn: JsonObject | undefined, type: string, id: string) =>
    blocksOf(turn?.content).map((block) => (block.type === type ? String(block[id]) : null));
  for (const [i, turn] of turns.entries()) {
    if (turn.role === 'assistant') {
      const results = ids(turns[i + 1], 'tool_result', 'tool_use_id');
      const open = ids(turn, 'tool_use', 'id').filter((id) => id !== null && !results.includes(id));
      if (open.length > 0)
        return `messages.${i}: \`tool_use\` ids were found without \`tool_result\` blocks immediately after: ${open.join(', ')}. Each \`tool_use\` block must have a corresponding \`tool_result\` block in the next message.`;
      continue;
    }
    const calls = ids(turns[i - 1], 'tool_use', 'id');
    for (const [j, id] of ids(turn, 'tool_result', 'tool_use_id').entries())
      if (id !== null && !calls.includes(id))
        return `messages.${i}.content.${j}: unexpected \`tool_use_id\` found in \`tool_result\` blocks: ${id}. Each \`tool_result\` block must have a corresponding \`tool_use\` block in the previous message.`;
  }
  return null;
}

/** What was found comes back sealed, as it was given out. */
function searchProblem(body: JsonObject): string | null {
  for (const [i, { content }] of list(body.messages).entries())
    for (const [j, block] of blocksOf(content).entries())
      for (const [k, found] of list(block.content).entries())
        if (found.type === 'web_search_result' && unseal('search', found.encrypted_content) === null)
          return `messages.${i}.content.${j}.content.${k}: Invalid \`encrypted_content\` in \`search_result\` block`;
  return null;
}
