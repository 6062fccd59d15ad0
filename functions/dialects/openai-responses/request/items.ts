import type { Block, Turn } from '../../../core/chat/conversation.ts';
import { refuse } from '../../../core/chat/refusal.ts';
import { isObject, isPresent, type JsonObject } from '../../../core/json.ts';
import { type Carried, isCarried, readCarried } from '../carrier.ts';
import { annotationFormat, needText, readContent } from './content.ts';
import { localShell, shellInput } from './local-shell.ts';
import { longName } from './namespaces.ts';

export const sendWhole = { unprocessable: true, hint: 'Send the whole input with each request instead.' };

/**
 * One turn for each message; the items of one answer of the model (thoughts, calls, texts) are one turn. What only travels in
 * items is put where it belongs.
 */
export function readInput(input: unknown): Turn[] {
  if (typeof input === 'string')
    return [{ role: 'user', blocks: [{ type: 'text', text: input, at: 'input' }], at: 'input' }];
  if (!isPresent(input)) refuse('input', 'input is missing.', { unprocessable: true });
  if (!Array.isArray(input)) refuse('input', 'input must be a text or a list of items.', { unprocessable: true });
  const reading: Reading = { turns: [], next: null, shellCalls: new Map() };
  for (const [index, item] of input.entries()) readItem(item, `input.${index}`, reading);
  return reading.turns;
}

interface Reading {
  turns: Turn[];
  /** Signs the call that comes next. */
  next: Extract<Carried, { type: 'next' }> | null;
  /** The results of `local_shell` may name the item instead of the call. */
  shellCalls: Map<string, string>;
}

function append({ turns }: Reading, turn: Turn): void {
  const last = turns.at(-1);
  if (turn.role === 'assistant' && last?.role === 'assistant') last.blocks.push(...turn.blocks);
  else turns.push(turn);
}

function readItem(item: unknown, at: string, reading: Reading): void {
  if (!isObject(item)) refuse(at, `${at} must be an object.`, { unprocessable: true });
  const { next } = reading;
  reading.next = null;
  const add = (role: Turn['role'], ...blocks: Block[]) => append(reading, { role, blocks, at });
  const call = (name: unknown, input: string, kind: 'function' | 'custom') =>
    add('assistant', {
      type: 'tool_call',
      id: callId(item, at),
      name: longName(item.namespace, needText(name, `${at}.name`)),
      input,
      kind,
      at,
      ...(next && { signature: next.signature }),
    });
  switch (item.type ?? (item.role === undefined ? 'item_reference' : 'message')) {
    case 'message':
      add(readRole(item.role, at), ...readContent(item.content, `${at}.content`));
      return;
    case 'item_reference':
      refuse(at, 'References to items are known to the provider that keeps them alone.', sendWhole);
      return;
    case 'reasoning':
      readReasoning(item, at, reading);
      return;
    case 'function_call':
      call(item.name, orEmpty(item.arguments), 'function');
      return;
    case 'custom_tool_call':
      call(item.name, needText(item.input, `${at}.input`), 'custom');
      return;
    case 'local_shell_call':
      if (typeof item.id === 'string') reading.shellCalls.set(item.id, callId(item, at));
      call(localShell.name, shellInput(item.action), 'function');
      return;
    case 'function_call_output':
    case 'custom_tool_call_output':
    case 'local_shell_call_output': {
      const named = callId(item, at);
      const callOf = isPresent(item.call_id) ? named : (reading.shellCalls.get(named) ?? named);
      add('user', { type: 'tool_result', callId: callOf, blocks: readContent(item.output, `${at}.output`), at });
      return;
    }
    case 'additional_tools':
      // They are among the tools of the request.
      return;
    case 'image_generation_call':
      if (typeof item.result === 'string' && item.result !== '') {
        add('assistant', {
          type: 'image',
          source: { type: 'base64', mediaType: imageType(item.result), data: item.result },
          at,
        });
        return;
      }
  }
  add(roleOf(item), { type: 'opaque', dialect: annotationFormat, value: item, at });
}

function readRole(role: unknown, at: string): Turn['role'] {
  if (role === 'developer') return 'system';
  if (role === 'system' || role === 'user' || role === 'assistant') return role;
  refuse(`${at}.role`, `${at}.role must be user, assistant, system or developer.`, { unprocessable: true });
}

/** Results come from the caller's side; everything else is the model's, or was done for it. */
function roleOf({ type, role }: JsonObject): Turn['role'] {
  if (role === 'developer' || role === 'system') return 'system';
  return typeof type === 'string' && /_(?:output|response)$/.test(type) && type !== 'tool_search_output'
    ? 'user'
    : 'assistant';
}

function callId({ call_id: call, id }: JsonObject, at: string): string {
  const given = isPresent(call) ? call : id;
  if (typeof given !== 'string' || given === '')
    refuse(`${at}.call_id`, `${at}.call_id must be a text.`, { unprocessable: true });
  return given;
}

/** Clients repeat a call without arguments as it came: with none at all. */
function orEmpty(input: unknown): string {
  return typeof input === 'string' && input.trim() !== '' ? input : '{}';
}

function readReasoning(item: JsonObject, at: string, reading: Reading): void {
  const { encrypted_content: encrypted, id } = item;
  const text = textsOf(item.content) || textsOf(item.summary);
  const block = { type: 'reasoning' as const, text, at };
  const add = (one: Block) => append(reading, { role: 'assistant', blocks: [one], at });
  if (!isCarried(encrypted)) {
    const value = typeof encrypted === 'string' && encrypted !== '' ? encrypted : null;
    if (text === '' && value === null) return;
    add({
      ...block,
      ...(value !== null && { encrypted: { format: 'openai', value } }),
      ...(typeof id === 'string' && { id }),
    });
    return;
  }
  const carried = readCarried(encrypted);
  if (carried?.type === 'next') reading.next = carried;
  else if (carried?.type === 'last') sign(reading.turns.at(-1), carried);
  else if (carried?.type === 'empty') add({ type: 'text', text: '', signature: carried.signature, at });
  else add({ ...block, ...(carried && { ...carried, type: 'reasoning' }) });
}

function sign(turn: Turn | undefined, { signature }: { signature: NonNullable<Carried['signature']> }): void {
  const block = turn?.role === 'assistant' ? turn.blocks.at(-1) : undefined;
  if (block?.type === 'text' || block?.type === 'tool_call') block.signature = signature;
}

function textsOf(parts: unknown): string {
  if (!Array.isArray(parts)) return '';
  return parts.flatMap((part) => (isObject(part) && typeof part.text === 'string' ? [part.text] : [])).join('\n\n');
}

/** The first bytes of PNG, JPEG, GIF and WebP in base64. */
function imageType(base64: string): string {
  if (base64.startsWith('/9j/')) return 'image/jpeg';
  if (base64.startsWith('R0lGOD')) return 'image/gif';
  return base64.startsWith('UklGR') ? 'image/webp' : 'image/png';
}
