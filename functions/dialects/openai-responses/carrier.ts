import type { ReasoningBlock, Signature } from '../../core/chat/conversation.ts';
import { isObject, type JsonObject, parseJson } from '../../core/json.ts';

/**
 * What a later turn needs and the Responses API has no field for travels as the `encrypted_content` of reasoning items, which
 * clients repeat unread (https://platform.openai.com/docs/guides/reasoning#encrypted-reasoning-items): the prefix, then JSON. Base64
 * around the base64 of a signature would look like a trace of a credential to whoever searches for one.
 */
export type Carried =
  /** Beside the item's own summary: what else is known of these thoughts. */
  | { type: 'reasoning'; signature?: Signature; encrypted?: Signature; id?: string }
  /** Signs the call that follows. */
  | { type: 'next'; signature: Signature }
  /** Signs the text or call that came before: a stream knows it when its text has been sent. */
  | { type: 'last'; signature: Signature }
  /** Signs a text that is empty, and stands for it. */
  | { type: 'empty'; signature: Signature };

const prefix = 'kw1.';

export function carry(carried: Carried): string {
  return prefix + JSON.stringify(carried);
}

/** The `encrypted_content` of thoughts. What OpenAI's own models encrypted stays as it is, so that they can read it again. */
export function carryReasoning({ signature, encrypted, id }: Omit<ReasoningBlock, 'type' | 'text'>): string {
  if (encrypted?.format === 'openai' && signature === undefined && id === undefined && !isCarried(encrypted.value))
    return encrypted.value;
  return carry({
    type: 'reasoning',
    ...(signature && { signature }),
    ...(encrypted && { encrypted }),
    ...(id !== undefined && { id }),
  });
}

/** Whether it was written here: no other provider's model can read it. */
export function isCarried(encryptedContent: unknown): encryptedContent is string {
  return typeof encryptedContent === 'string' && encryptedContent.startsWith(prefix);
}

/** Null: nobody here wrote that. */
export function readCarried(encryptedContent: string): Carried | null {
  const value = parseJson(encryptedContent.slice(prefix.length));
  if (!isObject(value)) return null;
  const signature = readSignature(value.signature);
  if (value.type === 'reasoning') {
    const encrypted = readSignature(value.encrypted);
    return {
      type: 'reasoning',
      ...(signature && { signature }),
      ...(encrypted && { encrypted }),
      ...(typeof value.id === 'string' && { id: value.id }),
    };
  }
  const { type } = value;
  return signature !== null && (type === 'next' || type === 'last' || type === 'empty') ? { type, signature } : null;
}

const formats: Signature['format'][] = ['anthropic', 'google', 'openai', 'amazon', 'other'];

function readSignature(value: unknown): Signature | null {
  if (!isObject(value)) return null;
  const format = formats.find((known) => known === value.format);
  return format !== undefined && typeof value.value === 'string' ? { format, value: value.value } : null;
}

/** The input without thoughts that were written here, the same when there are none: OpenAI refuses what it has not encrypted. */
export function withoutCarried(input: unknown): unknown {
  if (!Array.isArray(input) || !input.some(holdsCarried)) return input;
  return input.filter((item) => !holdsCarried(item));
}

function holdsCarried(item: unknown): item is JsonObject {
  return isObject(item) && item.type === 'reasoning' && isCarried(item.encrypted_content);
}
