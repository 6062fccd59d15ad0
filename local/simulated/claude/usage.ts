import { createHash } from 'node:crypto';
import type { JsonObject } from '../../../functions/core/json.ts';
import { list, object, tokens } from '../values.ts';
import { blocksOf } from './content.ts';

/** What was written to the cache of this process, by the hash of all up to a block. */
const cached = new Set<string>();
const most = 10_000;

/** The tokens of a prompt, about four characters each. */
export function promptTokens(body: JsonObject): number {
  return pieces(body).reduce((sum, { text }) => sum + tokens(text), 0);
}

/**
 * The usage of a prompt: what stands before the last `cache_control` is written to the cache, or read where it is there already
 * (docs.claude.com/en/docs/build-with-claude/prompt-caching).
 */
export function promptUsage(body: JsonObject): JsonObject {
  const hash = createHash('sha256');
  let sum = 0;
  const prefixes = pieces(body).map(({ text, mark }) => {
    sum += tokens(text);
    return { mark, tokens: sum, hash: hash.update(text).copy().digest('hex') };
  });
  const last = prefixes.findLast(({ mark }) => mark !== null);
  const covered = last === undefined ? [] : prefixes.slice(0, prefixes.indexOf(last) + 1);
  const read = covered.findLast((prefix) => cached.has(prefix.hash))?.tokens ?? 0;
  const written = (last?.tokens ?? 0) - read;
  if (cached.size > most) cached.clear();
  for (const { mark, hash: key } of covered) if (mark !== null) cached.add(key);
  const hour = last?.mark === '1h';
  return {
    input_tokens: sum - read - written,
    cache_creation_input_tokens: written,
    cache_read_input_tokens: read,
    cache_creation: {
      ephemeral_5m_input_tokens: hour ? 0 : written,
      ephemeral_1h_input_tokens: hour ? written : 0,
    },
  };
}

interface Piece {
  text: string;
  /** For how long the cache shall keep what ends here. */
  mark: string | null;
}

/** Tools, system text and messages, in the order in which they are cached. */
function pieces(body: JsonObject): Piece[] {
  const blocks: JsonObject[] = [
    ...list(body.tools),
    ...blocksOf(body.system),
    ...list(body.messages).flatMap(({ role, content }) => blocksOf(content).map((block) => ({ role, ...block }))),
  ];
  return blocks.map(({ cache_control: control, ...rest }) => ({
    text: JSON.stringify(rest),
    mark: control === undefined || control === null ? null : String(object(control).ttl ?? '5m'),
  }));
}

/** A request may carry four marks. */
export function cacheProblem(body: JsonObject): string | null {
  const marks = pieces(body).filter(({ mark }) => mark !== null).length;
  return marks > 4 ? `A maximum of 4 blocks with cache_control may be provided. Found ${marks}.` : null;
}
