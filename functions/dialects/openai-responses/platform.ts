import { operatorsThing, refuseForced, unservedFields } from '../../core/chat/operator-fields.ts';
import { isObject, isPresent, type JsonObject } from '../../core/json.ts';
import { cacheKeyOf } from '../cache-key.ts';

/** Tools that the caller's side runs, or that only sort others. Every other one runs at the provider: it has a price of its own, or reads what lies in the operator's account. */
const plainTools = ['function', 'custom', 'local_shell', 'apply_patch', 'namespace', 'tool_search'];

/** Fields that go as a whole. Tiers but the default one and longer caching have prices that the catalogue does not know. */
const left: Record<string, (value: unknown) => boolean> = {
  metadata: () => true,
  client_metadata: () => true,
  user: () => true,
  // What sums up a long conversation on the way reads it once more, which no hold has room for.
  context_management: () => true,
  service_tier: (value) => value !== 'auto' && value !== 'default',
};

/** `Door.forPlatform` of a Responses body. */
export function forPlatform(
  body: JsonObject,
  workspaceTag: string,
): { body: JsonObject; dropped: string[]; told: JsonObject } {
  const dropped = Object.keys(left).filter((field) => isPresent(body[field]) && left[field]?.(body[field]));
  dropped.push(...unservedFields(body));
  const kept: JsonObject = Object.fromEntries(Object.entries(body).filter(([field]) => !dropped.includes(field)));
  kept.store = false;
  kept.safety_identifier = workspaceTag;
  if (isPresent(body.prompt_cache_key)) kept.prompt_cache_key = cacheKeyOf(workspaceTag, body.prompt_cache_key, '-');
  const tools = plainOnly(body.tools);
  kept.tool_choice = plainChoice(body.tool_choice, tools);
  if (tools !== null) {
    dropped.push('tools');
    kept.tools = tools;
    if (tools.length === 0) delete kept.tools;
    // Nothing is left to choose from.
    if (tools.length === 0 && typeof body.tool_choice === 'string') delete kept.tool_choice;
  }
  if (!isPresent(kept.tool_choice)) delete kept.tool_choice;
  if (Array.isArray(body.input)) {
    const went = new Set(dropped);
    kept.input = body.input.map((item) => plainItem(item, went));
    dropped.splice(0, dropped.length, ...went);
  }
  const told = { safety_identifier: body.safety_identifier ?? null, prompt_cache_key: body.prompt_cache_key ?? null };
  return { body: kept, dropped, told };
}

/** The choice without hosted tools; refused when it leaves no other way. `tools`: those that may stay, null: all. */
function plainChoice(choice: unknown, tools: unknown[] | null): unknown {
  if (choice === 'required' && tools?.length === 0) refuseForced();
  if (!isObject(choice)) return choice;
  if (choice.type !== 'allowed_tools') return isPlain(choice) ? choice : refuseForced();
  const allowed = plainOnly(choice.tools);
  if (allowed === null) return choice;
  if (allowed.length > 0) return { ...choice, tools: allowed };
  return choice.mode === 'required' ? refuseForced() : 'none';
}

function isPlain(tool: unknown): tool is JsonObject {
  return isObject(tool) && typeof tool.type === 'string' && plainTools.includes(tool.type);
}

/** Items can bring tools, too (`additional_tools`, `tool_search_output`), and ask for longer caching. */
function plainItem(item: unknown, dropped: Set<string>): unknown {
  if (!isObject(item)) return item;
  const tools = plainOnly(item.tools);
  if (tools !== null) dropped.add('tools');
  const plain = tools === null ? item : { ...item, tools };
  const long = [plain.content, plain.output].some((parts) => Array.isArray(parts) && parts.some(isCachedLong));
  if (!long) return plain;
  dropped.add('prompt_cache_breakpoint.ttl');
  const shorter = (parts: unknown) => (Array.isArray(parts) ? parts.map(withoutTtl) : parts);
  return {
    ...plain,
    ...('content' in plain && { content: shorter(plain.content) }),
    ...('output' in plain && { output: shorter(plain.output) }),
  };
}

/** Half an hour is what everybody gets. */
function isCachedLong(part: unknown): part is JsonObject & { prompt_cache_breakpoint: JsonObject } {
  const mark = isObject(part) ? part.prompt_cache_breakpoint : undefined;
  return isObject(mark) && isPresent(mark.ttl) && mark.ttl !== '30m';
}

function withoutTtl(part: unknown): unknown {
  if (!isCachedLong(part)) return part;
  const { ttl: _ttl, ...mark } = part.prompt_cache_breakpoint;
  return { ...part, prompt_cache_breakpoint: mark };
}

/** The tools that may stay; null: all of them. */
function plainOnly(tools: unknown, depth = 0): unknown[] | null {
  if (!Array.isArray(tools)) return null;
  if (depth > deepest) return [];
  // What sorts tools holds no hosted ones by its published type; a caller may put them there.
  const plain = tools.filter(isPlain).map((tool) => {
    const inner = plainOnly(tool.tools, depth + 1);
    return inner === null ? tool : { ...tool, tools: inner };
  });
  return plain.length === tools.length && plain.every((tool, i) => tool === tools[i]) ? null : plain;
}

const storedFields = ['previous_response_id', 'conversation', 'prompt'];
/** Ids of what lies in the account of whoever owns the credential. */
const storedIds = ['file_id', 'file_ids', 'vector_store_ids', 'container', 'container_id', 'skill_id', 'connector_id'];
/** What people and models wrote, and what only cites. */
const writings = ['text', 'arguments', 'annotations', 'summary', 'parameters', 'description', 'encrypted_content'];

/** `Door.storedThing` of a Responses body. An answer in the background is stored, too. */
export function storedThing(body: JsonObject): string | null {
  return (
    storedFields.find((field) => isPresent(body[field])) ??
    (isPresent(body.background) && body.background !== false ? 'background' : null) ??
    operatorsThing(body) ??
    find(body.input, 'input') ??
    find(body.tools, 'tools')
  );
}

/** No request that means something is nested so deeply; callers may send what a stack cannot hold. */
const deepest = 100;

function find(value: unknown, field: string, depth = 0): string | null {
  if (depth > deepest) return field;
  if (Array.isArray(value)) {
    for (const item of value) {
      const found = find(item, field, depth + 1);
      if (found !== null) return found;
    }
    return null;
  }
  if (!isObject(value)) return null;
  if (value.type === 'item_reference' || (!isPresent(value.type) && isBareReference(value))) return 'item_reference';
  // A picture by its id alone (https://platform.openai.com/docs/guides/image-generation#multi-turn-image-generation).
  if (value.type === 'image_generation_call' && !isPresent(value.result)) return 'item_reference';
  for (const [name, held] of Object.entries(value)) {
    if (writings.includes(name)) continue;
    if (isPresent(held) && storedIds.includes(name) && !isNewContainer(name, held)) return name;
    // Vertex opens addresses of cloud storage in the name of whoever owns the credential.
    if (typeof held === 'string' && /^\s*(?:gs|s3):/i.test(held.slice(0, 100)) && /(?:^|_)ur[il]$/.test(name))
      return name;
    const found = find(held, field, depth + 1);
    if (found !== null) return found;
  }
  return null;
}

/** The type of a reference may be left out: then it is an id and nothing else. */
function isBareReference(value: JsonObject): boolean {
  return typeof value.id === 'string' && Object.keys(value).every((name) => name === 'id' || name === 'type');
}

/** `{type: "auto"}` makes a container for this one request; the files to put into it are looked for in it. */
function isNewContainer(name: string, value: unknown): boolean {
  return name === 'container' && isObject(value);
}
