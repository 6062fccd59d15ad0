import type { ReasoningBlock, Signature } from '../../core/chat/conversation.ts';
import { isObject, type JsonObject, parseJson } from '../../core/json.ts';

/**
 * What the format has no field for and a later turn needs: whatever the thoughts of other makers than Anthropic come with.
 * It travels inside `thinking.signature` and `redacted_thinking.data`, which clients repeat unread, as
 * `keyway.<format>.<JSON>`. Signatures of Claude are base64 and hold no full stop. Base64 around the base64 of a signature would
 * look like a trace of a credential to whoever searches for one.
 */
export interface Carried {
  signature?: Signature;
  encrypted?: Signature;
  /** The thought's own id. */
  id?: string;
  /** The tool call that is signed; the block with this stands before it. */
  call?: string;
  /** The text that is signed: the one before, or an empty one, which clients would not repeat. */
  text?: 'before' | 'empty';
}

const mark = 'keyway.';
const formats: readonly string[] = ['anthropic', 'google', 'openai', 'amazon', 'other'] satisfies Signature['format'][];

export function carry(carried: Carried): string {
  const format = (carried.signature ?? carried.encrypted)?.format ?? 'none';
  return `${mark}${format}.${JSON.stringify(carried)}`;
}

export function isCarried(value: unknown): value is string {
  return typeof value === 'string' && value.startsWith(mark);
}

/** Null: it is Claude's own. What cannot be read says nothing. */
export function readCarried(value: string): Carried | null {
  if (!isCarried(value)) return null;
  const json = parseJson(value.slice(value.indexOf('.', mark.length) + 1));
  if (!isObject(json)) return {};
  const signature = readSignature(json.signature);
  const encrypted = readSignature(json.encrypted);
  return {
    ...(signature && { signature }),
    ...(encrypted && { encrypted }),
    ...(typeof json.id === 'string' && { id: json.id }),
    ...(typeof json.call === 'string' && { call: json.call }),
    ...((json.text === 'before' || json.text === 'empty') && { text: json.text }),
  };
}

function readSignature(value: unknown): Signature | null {
  return isObject(value) && typeof value.value === 'string' && isFormat(value.format)
    ? { format: value.format, value: value.value }
    : null;
}

function isFormat(value: unknown): value is Signature['format'] {
  return typeof value === 'string' && formats.includes(value);
}

/** A block without thoughts that carries something for the block beside it. */
export function carrier(carried: Carried): JsonObject {
  return { type: 'thinking', thinking: '', signature: carry(carried) };
}

/** Thoughts in the words of the format; null when there is nothing to tell. Claude's own pass as they are. */
export function writeThought({ text, signature, encrypted, id }: Omit<ReasoningBlock, 'type'>): JsonObject | null {
  if (text === '' && encrypted && !signature)
    return {
      type: 'redacted_thinking',
      data: encrypted.format === 'anthropic' ? encrypted.value : carry({ encrypted, ...(id !== undefined && { id }) }),
    };
  if (signature?.format === 'anthropic' && !encrypted)
    return { type: 'thinking', thinking: text, signature: signature.value };
  if (text === '' && !signature && !encrypted && id === undefined) return null;
  return {
    type: 'thinking',
    thinking: text,
    signature: carry({
      ...(signature && { signature }),
      ...(encrypted && { encrypted }),
      ...(id !== undefined && { id }),
    }),
  };
}
