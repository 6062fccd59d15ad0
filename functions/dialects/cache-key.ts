import { createHash } from 'node:crypto';

/** The longest that OpenAI takes: "Invalid 'prompt_cache_key': string too long" (github.com/theopenco/llmgateway/pull/3110). */
const longestKey = 64;

/** A cache key under which no two workspaces meet. */
export function cacheKeyOf(workspaceTag: string, key: unknown, separator = ':'): string {
  const own = `${workspaceTag}${separator}${typeof key === 'string' ? key : JSON.stringify(key)}`;
  return own.length <= longestKey ? own : createHash('sha256').update(own).digest('hex');
}
