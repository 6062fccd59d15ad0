import { isObject, type JsonObject } from '../../core/json.ts';
import { withoutBetaFields } from './hosts/beta-fields.ts';
import { bedrockBetas, sortBetas, vertexBetas } from './hosts/betas.ts';
import { toolId } from './request/write-blocks.ts';
import { isCarried } from './signatures.ts';

/** How a host of Claude wants a body of the Messages format. */
interface HostRules {
  /** `anthropic_version` in the body; null: it is a header. */
  version: string | null;
  /** Whether the body names the model, instead of the address. */
  model: boolean;
  /** Whether the body says that the answer is to be streamed. */
  stream: boolean;
  /** Whether the betas stand in the body, instead of the header `anthropic-beta`. */
  betas: boolean;
  /** The betas that it knows; null: all. */
  known: ReadonlySet<string> | null;
  /** Whether tokens are counted of the request that would be sent, limit and all, or of a shorter one. */
  countsWhole: boolean;
  /** Whether a request to count may name betas: Vertex AI refuses any (https://github.com/anthropics/claude-code/issues/11154). */
  countsBetas: boolean;
}

/**
 * https://docs.anthropic.com/en/api/claude-on-vertex-ai and
 * https://docs.aws.amazon.com/bedrock/latest/userguide/model-parameters-anthropic-claude-messages.html
 */
export const hosts = {
  anthropic: {
    version: null,
    model: true,
    stream: true,
    betas: false,
    known: null,
    countsWhole: false,
    countsBetas: true,
  },
  bedrock: {
    version: 'bedrock-2023-05-31',
    model: false,
    stream: false,
    betas: true,
    known: bedrockBetas,
    countsWhole: true,
    countsBetas: true,
  },
  vertex: {
    version: 'vertex-2023-10-16',
    model: false,
    stream: true,
    betas: false,
    known: vertexBetas,
    countsWhole: false,
    countsBetas: false,
  },
} satisfies Record<string, HostRules>;

export type MessagesHost = keyof typeof hosts;

export interface EditedRequest {
  body: JsonObject;
  /** What goes into the header `anthropic-beta`; empty where the body holds them. */
  betas: string[];
  /** The caller's names of what the host does not know. */
  dropped: string[];
}

/**
 * The caller's body as the host wants it. `betaHeader`: the caller's `anthropic-beta`. Fields that nobody knows stay; what
 * other makers' models left in the conversation is made fit for Claude.
 */
export function editRequest(
  body: JsonObject,
  { host, model, stream, betaHeader }: { host: MessagesHost; model: string; stream: boolean; betaHeader?: string },
): EditedRequest {
  const rules: HostRules = hosts[host];
  const { model: _model, stream: _stream, anthropic_version: _version, anthropic_beta, betas, ...rest } = body;
  const asked = [...new Set([...listed(betaHeader), ...listed(anthropic_beta), ...listed(betas)])];
  const { taken, left } = sortBetas(asked, rules.known);
  const known = withoutBetaFields(rest, left);
  return {
    body: {
      ...(rules.version !== null && { anthropic_version: rules.version }),
      ...(rules.model && { model }),
      ...forClaude(known.body),
      ...(rules.stream && stream && { stream: true }),
      ...(rules.betas && taken.length > 0 && { anthropic_beta: taken }),
    },
    betas: rules.betas ? [] : taken,
    dropped: [...(left.length > 0 ? ['anthropic-beta'] : []), ...known.dropped],
  };
}

/** Names as a list, or as one text with commas. */
function listed(betas: unknown): string[] {
  const names = typeof betas === 'string' ? betas.split(',') : Array.isArray(betas) ? betas : [];
  return names.flatMap((name: unknown) => (typeof name === 'string' && name.trim() !== '' ? [name.trim()] : []));
}

/** A conversation may have been with another model before: Claude refuses its thoughts and ids. The same object when it was not. */
function forClaude(body: JsonObject): JsonObject {
  const { messages } = body;
  if (!Array.isArray(messages)) return body;
  const fit = messages.flatMap((message: unknown) => {
    if (!isObject(message) || !Array.isArray(message.content)) return [message];
    const { content } = message;
    const blocks = content.filter((block: unknown) => !isForeignThought(block)).map(withClaudesId);
    if (isSame(blocks, content)) return [message];
    return blocks.length === 0 ? [] : [{ ...message, content: blocks }];
  });
  return isSame(fit, messages) ? body : { ...body, messages: fit };
}

function isForeignThought(block: unknown): boolean {
  return isObject(block) && (isCarried(block.signature) || isCarried(block.data));
}

function withClaudesId(block: unknown): unknown {
  if (!isObject(block)) return block;
  const field = block.type === 'tool_use' ? 'id' : block.type === 'tool_result' ? 'tool_use_id' : null;
  const id = field === null ? null : block[field];
  return field === null || typeof id !== 'string' || toolId(id) === id ? block : { ...block, [field]: toolId(id) };
}

function isSame(list: unknown[], before: unknown[]): boolean {
  return list.length === before.length && list.every((item, index) => item === before[index]);
}
