import { createHash } from 'node:crypto';
import { isObject, isPresent, type JsonObject } from '../../core/json.ts';

/** Tools that the caller's side runs, or that only sort others. Every other one runs at the provider: it has a price of its own, or reads what lies in the operator's account. */
const plainTools = ['function', 'custom', 'local_shell', 'apply_patch', 'namespace', 'tool_search'];

/** Fields that go as a whole. Tiers but the default one and longer caching have prices that the catalogue does not know. */
const left: Record<string, (value: unknown) => boolean> = {
  metadata: () => true,
  user: () => true,
  prompt_cache_retention: (value) => value !== 'in_memory',
  service_tier: (value) => value !== 'auto' && value !== 'default',
};

/** `Door.forPlatform` of a Responses body. */
export function forPlatform(body: JsonObject, workspaceTag: string): { body: JsonObject; dropped: string[] } {
  const dropped = Object.keys(left).filter((field) => isPresent(body[field]) && left[field]?.(body[field]));
  const kept: JsonObject = Object.fromEntries(Object.entries(body).filter(([field]) => !dropped.includes(field)));
  kept.store = false;
  kept.safety_identifier = workspaceTag;
  if (typeof body.prompt_cache_key === 'string')
    kept.prompt_cache_key = cacheKey(`${workspaceTag}-${body.prompt_cache_key}`);
  const tools = plainOnly(body.tools);
  if (tools !== null) {
    dropped.push('tools');
    kept.tools = tools;
    if (tools.length === 0) {
      delete kept.tools;
      // Nothing is left to choose from. A choice that names a tool stays, for the provider to refuse.
      if (typeof body.tool_choice === 'string') delete kept.tool_choice;
    }
  }
  if (Array.isArray(body.input)) {
    const went = new Set(dropped);
    kept.input = body.input.map((item) => plainItem(item, went));
    dropped.splice(0, dropped.length, ...went);
  }
  return { body: kept, dropped };
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
function plainOnly(tools: unknown): unknown[] | null {
  if (!Array.isArray(tools)) return null;
  const plain = tools.filter(
    (tool) => isObject(tool) && typeof tool.type === 'string' && plainTools.includes(tool.type),
  );
  return plain.length === tools.length ? null : plain;
}

/** OpenAI takes 64 characters at most: "Invalid 'prompt_cache_key': string too long" (github.com/theopenco/llmgateway/pull/3110). */
function cacheKey(key: string): string {
  return key.length <= 64 ? key : createHash('sha256').update(key).digest('hex');
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
    (body.background === true ? 'background' : null) ??
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
  for (const [name, held] of Object.entries(value)) {
    if (writings.includes(name)) continue;
    if (isPresent(held) && storedIds.includes(name) && !isNewContainer(name, held)) return name;
    // Vertex opens addresses of cloud storage in the name of whoever owns the credential.
    if (typeof held === 'string' && /^\s*(?:gs|s3):/i.test(held.slice(0, 100)) && /_url$/.test(name)) return name;
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
