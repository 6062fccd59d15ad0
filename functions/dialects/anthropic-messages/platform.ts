import { operatorsThing, refuseForced, unservedFields } from '../../core/chat/operator-fields.ts';
import { isObject, isPresent, type JsonObject } from '../../core/json.ts';
import { cacheKeyOf } from '../cache-key.ts';

/**
 * What platform credentials leave out whatever it says: tiers, speeds and places of inference have prices of their own
 * (https://docs.anthropic.com/en/docs/about-claude/pricing), servers, containers and threads would be the operator's, and ids
 * would name the tenant's customers to the provider.
 */
const never = [
  'service_tier',
  'speed',
  'inference_geo',
  'mcp_servers',
  'container',
  'thread',
  'fallbacks',
  'fallback_credit_token',
  'billing_policy',
  'compaction',
  'user_profile_id',
  'workspace_id',
  // They ask for Gemini's own tools.
  'web_search_options',
  'google_search',
  'code_execution',
  'url_context',
];

/** Tools of Anthropic's making that the caller runs: they cost tokens alone. */
const runByCaller = /^(?:bash|text_editor|computer|memory|browser_toolset|computer_toolset)_\d+$/;

export function forPlatform(body: JsonObject, workspaceTag: string): { body: JsonObject; dropped: string[] } {
  const dropped = [...never.filter((field) => isPresent(body[field])), ...unservedFields(body)];
  if (compacts(body.context_management)) dropped.push('context_management');
  let left = dropped.length === 0 ? body : without(body, dropped);
  if (isPresent(body.metadata)) {
    dropped.push('metadata');
    left = { ...left, metadata: { user_id: workspaceTag } };
  }
  // OpenAI's models know it, whatever the door.
  if (isPresent(body.prompt_cache_key))
    left = { ...left, prompt_cache_key: cacheKeyOf(workspaceTag, body.prompt_cache_key) };
  const shorter = withoutHostedTools(left);
  if (shorter !== left) dropped.push(...['tools', 'tool_choice'].filter((field) => shorter[field] !== body[field]));
  left = shorter;
  // Top level, too: there the mark stands for the last block.
  const briefly = withoutLongCaching(left);
  if (briefly === left || !isObject(briefly)) return { body: left, dropped };
  return { body: briefly, dropped: [...dropped, 'cache_control.ttl'] };
}

/** A compaction reads everything once more, which no hold has room for. */
function compacts(management: unknown): boolean {
  return (
    isObject(management) &&
    Array.isArray(management.edits) &&
    management.edits.some((edit: unknown) => isObject(edit) && String(edit.type).startsWith('compact'))
  );
}

function without(body: JsonObject, fields: string[]): JsonObject {
  return Object.fromEntries(Object.entries(body).filter(([field]) => !fields.includes(field)));
}

/** Searches, code execution and the like are charged by the use. A choice that leaves nothing else is refused. */
function withoutHostedTools(body: JsonObject): JsonObject {
  const { tools, tool_choice: choice } = body;
  if (!Array.isArray(tools)) return body;
  const kept = tools.filter((tool: unknown) => !isObject(tool) || !isHosted(tool.type));
  if (kept.length === tools.length) return body;
  const named = isObject(choice) && choice.type === 'tool' ? choice.name : undefined;
  const chosen = named === undefined || kept.some((tool: unknown) => isObject(tool) && tool.name === named);
  if (!chosen || (kept.length === 0 && isObject(choice) && choice.type === 'any')) refuseForced();
  return without({ ...body, tools: kept }, kept.length === 0 ? ['tools', 'tool_choice'] : []);
}

function isHosted(type: unknown): boolean {
  return typeof type === 'string' && type !== 'custom' && !runByCaller.test(type);
}

/** The fields that hold what may be marked for caching, from the body down to the contents of tool results and documents. */
const holders = ['system', 'messages', 'tools', 'content', 'source'];

/** Writes that last an hour cost more than the usual ones, which alone have a price. The same value when there are none. */
function withoutLongCaching(value: unknown, depth = 0): unknown {
  if (depth > 16) return value;
  if (Array.isArray(value)) {
    const items = value.map((item: unknown) => withoutLongCaching(item, depth + 1));
    return items.some((item, index) => item !== value[index]) ? items : value;
  }
  if (!isObject(value)) return value;
  let left = value;
  for (const holder of holders) {
    const held = value[holder];
    const shorter = withoutLongCaching(held, depth + 1);
    if (shorter !== held) left = { ...left, [holder]: shorter };
  }
  const { cache_control: mark } = value;
  if (!isObject(mark) || mark.ttl === undefined) return left;
  const { ttl: _ttl, ...rest } = mark;
  return { ...left, cache_control: rest };
}

/** Files, containers and the like belong to whoever uploaded them: with platform credentials the operator's would be opened. */
export function storedThing(body: JsonObject): string | null {
  const { container } = body;
  if (typeof container === 'string' || (isObject(container) && isPresent(container.id))) return 'container';
  return operatorsThing(body) ?? findFile([body.system, 'system']) ?? findFile([body.messages, 'messages']);
}

function findFile([value, place]: [unknown, string], depth = 0): string | null {
  // No block of the format stands deeper: what nobody can look through is not passed on.
  if (depth > 16) return isObject(value) || Array.isArray(value) ? place : null;
  if (Array.isArray(value)) {
    for (const [index, item] of value.entries()) {
      const found = findFile([item, `${place}.${index}`], depth + 1);
      if (found !== null) return found;
    }
    return null;
  }
  if (!isObject(value)) return null;
  if (isPresent(value.file_id)) return `${place}.file_id`;
  // A host may open its own cloud's addresses in the name of whoever owns the credential.
  if (typeof value.url === 'string' && /^\s*(?:gs|s3):/i.test(value.url.slice(0, 100))) return `${place}.url`;
  return (
    findFile([value.source, `${place}.source`], depth + 1) ?? findFile([value.content, `${place}.content`], depth + 1)
  );
}
