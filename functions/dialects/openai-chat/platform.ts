import { operatorsThing, refuseForced, unservedFields } from '../../core/chat/operator-fields.ts';
import { isObject, isPresent, type JsonObject } from '../../core/json.ts';
import { cacheKeyOf } from '../cache-key.ts';

/**
 * Request fields that change the provider's charge by something the catalogue does not price: service tiers (priority costs
 * more, flex less), searches (a charge for each), and an hour of caching. With platform credentials they are left out, and the
 * answer says so, rather than served at the operator's expense. `metadata` and `store` would keep the tenant's words in the
 * operator's account; "Chat completions are stored by default for new accounts"
 * (https://platform.openai.com/docs/guides/migrate-to-responses), so `store` is always said.
 */
const unserved: Record<string, (value: unknown) => boolean> = {
  service_tier: (value) => value !== 'auto' && value !== 'default',
  metadata: () => true,
  store: (value) => value !== false,
};

/** Marks and files stand higher up in every request that is one; a caller may nest millions of lists. */
const deepest = 10;

/** The longest that OpenAI takes. */
const longestTag = 64;

/**
 * The body as platform credentials may serve it. OpenAI is told the workspace's tag instead of the caller's own names for its
 * users (https://platform.openai.com/docs/guides/safety-best-practices#safety-identifiers), so that an abuse that it sees is one
 * workspace's; cache keys of two workspaces never meet.
 */
export function forPlatform(body: JsonObject, workspaceTag: string): { body: JsonObject; dropped: string[] } {
  const dropped = Object.keys(unserved).filter((field) => body[field] != null && unserved[field]?.(body[field]));
  dropped.push(...unservedFields(body));
  const left: JsonObject = { ...body };
  for (const field of [...dropped, 'user']) delete left[field];
  for (const field of ['messages', 'tools']) {
    const shorter = withoutLongCaching(left[field]);
    if (shorter === left[field]) continue;
    left[field] = shorter;
    if (!dropped.includes('cache_control.ttl')) dropped.push('cache_control.ttl');
  }
  const tools = plainTools(body);
  if (tools !== null) {
    dropped.push('tools');
    left.tools = tools;
    if (tools.length === 0) {
      delete left.tools;
      delete left.tool_choice;
    }
  }
  left.store = false;
  left.safety_identifier = workspaceTag.slice(0, longestTag);
  if (body.prompt_cache_key != null) left.prompt_cache_key = cacheKeyOf(workspaceTag, body.prompt_cache_key);
  return { body: left, dropped };
}

/** Tools that the caller runs, null: all are; the others run at the provider, which charges for each use. */
function plainTools({ tools, tool_choice: choice }: JsonObject): unknown[] | null {
  const forced = isObject(choice) ? choice.type : null;
  if (isPresent(forced) && !['function', 'custom', 'allowed_tools'].includes(String(forced))) refuseForced();
  if (!Array.isArray(tools)) return null;
  const plain = tools.filter((tool) => isObject(tool) && (tool.type === 'function' || tool.type === 'custom'));
  if (plain.length === 0 && tools.length > 0 && choice === 'required') refuseForced();
  return plain.length === tools.length ? null : plain;
}

/** Messages, their parts, and tools may ask for an hour of caching, whose writes cost more than the usual five minutes' that have a price. */
function withoutLongCaching(value: unknown, depth = 0): unknown {
  if (depth > deepest) return value;
  if (Array.isArray(value)) {
    const items = value.map((item) => withoutLongCaching(item, depth + 1));
    return items.some((item, i) => item !== value[i]) ? items : value;
  }
  if (!isObject(value)) return value;
  const { cache_control: control, content, function: fn } = value;
  const inner = {
    ...(Array.isArray(content) && { content: withoutLongCaching(content, depth + 1) }),
    ...(isObject(fn) && { function: withoutLongCaching(fn, depth + 1) }),
  };
  const changed = Object.entries(inner).some(([field, made]) => made !== value[field]);
  if (isObject(control) && control.ttl !== undefined) {
    const { ttl: _ttl, ...rest } = control;
    return { ...value, ...inner, cache_control: rest };
  }
  return changed ? { ...value, ...inner } : value;
}

/**
 * The field that names something stored with the provider. It opens such things in the name of whoever owns the credential, so
 * with platform credentials a tenant would read the operator's files: Gemini takes `gs://` addresses
 * (https://cloud.google.com/vertex-ai/generative-ai/docs/multimodal/image-understanding), OpenAI the ids of uploaded files and of
 * its own earlier speech. Public https addresses are open to everybody.
 */
export function storedThing(body: JsonObject): string | null {
  return operatorsThing(body) ?? storedInMessages(body);
}

function storedInMessages({ messages }: JsonObject): string | null {
  if (!Array.isArray(messages)) return null;
  for (const [i, message] of messages.entries()) {
    if (!isObject(message)) continue;
    if (isObject(message.audio) && message.audio.id != null) return `messages.${i}.audio`;
    const found = Array.isArray(message.content) ? storedIn(message.content, `messages.${i}.content`) : null;
    if (found !== null) return found;
  }
  return null;
}

function storedIn(value: JsonObject | unknown[], at: string, depth = 0): string | null {
  if (depth > deepest) return at;
  for (const [name, inner] of Object.entries(value)) {
    if (name === 'text') continue;
    const where = `${at}.${name}`;
    if (Array.isArray(inner) || isObject(inner)) {
      const found = storedIn(inner, where, depth + 1);
      if (found !== null) return found;
    } else if (typeof inner === 'string' && isStored(name, inner)) return where;
  }
  return null;
}

function isStored(name: string, value: string): boolean {
  return /^\s*(?:gs|s3):/i.test(value.slice(0, 100)) || (name === 'file_id' && !value.startsWith('https:'));
}
