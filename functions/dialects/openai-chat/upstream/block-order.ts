import type { ChatPart, OpenBlock } from '../../../core/chat/answer.ts';
import { isObject, type JsonObject } from '../../../core/json.ts';
import { textIn } from './read-answer.ts';

type Speech = 'text' | 'refusal' | 'reasoning';

interface Called {
  id: string;
  name: string;
  kind: 'function' | 'custom';
  /** Not yet told. */
  input: string;
}

/**
 * One choice's deltas as blocks that come one after the other. Servers may mix the calls of one answer, which have numbers, so
 * only the first call is told as it grows; what comes beside it waits until the answer ends.
 */
export interface BlockOrder {
  say(type: Speech, text: string, logprobs?: JsonObject): ChatPart[];
  /** One entry of a delta's `tool_calls`. */
  call(delta: JsonObject): ChatPart[];
  /** Ends the open block and tells what waited. */
  close(): ChatPart[];
  called(): boolean;
}

/** `ownId` stands in for servers that give calls no ids. */
export function createBlockOrder(choice: number, ownId: string): BlockOrder {
  const calls: { key: unknown; called: Called }[] = [];
  const waiting: (Called | { speech: Speech; text: string })[] = [];
  let open: Speech | Called | null = null;

  const end = (): ChatPart[] => {
    if (open === null) return [];
    open = null;
    return [{ type: 'close', choice }];
  };

  const begin = (block: OpenBlock): ChatPart[] => [...end(), { type: 'open', choice, block }];

  const tell = (text: string, logprobs?: JsonObject): ChatPart[] =>
    text === '' ? [] : [{ type: 'delta', choice, text, ...(logprobs && { logprobs }) }];

  /** The call that a delta belongs to: by its number, unless the id says that it is another. */
  const find = (delta: JsonObject): Called | null => {
    const id = textIn(delta.id);
    const known =
      delta.index === undefined
        ? id === ''
          ? calls.at(-1)
          : calls.find(({ called }) => called.id === id)
        : calls.findLast(({ key }) => key === delta.index);
    if (known !== undefined && (id === '' || id === known.called.id || nameIn(delta) === '')) return known.called;
    if (known === undefined && id === '' && nameIn(delta) === '') return null;
    const called: Called = {
      id: id || `${ownId}_${calls.length}`,
      name: '',
      kind: isObject(delta.custom) ? 'custom' : 'function',
      input: '',
    };
    calls.push({ key: delta.index, called });
    return called;
  };

  const openCall = (called: Called): ChatPart[] => {
    const parts = begin({ type: 'tool_call', id: called.id, name: called.name, kind: called.kind });
    open = called;
    return parts;
  };

  return {
    say(type, text, logprobs) {
      if (text === '') return [];
      if (typeof open === 'object' && open !== null) {
        const last = waiting.at(-1);
        if (last !== undefined && 'speech' in last && last.speech === type) last.text += text;
        else waiting.push({ speech: type, text });
        return [];
      }
      if (open === type) return tell(text, logprobs);
      const parts = begin({ type });
      open = type;
      return [...parts, ...tell(text, logprobs)];
    },
    call(delta) {
      const called = find(delta);
      if (called === null) return [];
      const { function: fn, custom } = delta;
      const given = isObject(fn) ? fn : isObject(custom) ? custom : {};
      // Names come at once; a server that repeats them with every piece means no more by it.
      if (called.name === '') called.name = textIn(given.name);
      const input = isObject(given.arguments)
        ? JSON.stringify(given.arguments)
        : textIn(given.arguments ?? given.input);
      if (open === called) return tell(input);
      called.input += input;
      if (typeof open === 'object' && open !== null) {
        if (!waiting.includes(called)) waiting.push(called);
        return [];
      }
      if (called.name === '') return [];
      const parts = openCall(called);
      return [...parts, ...tell(called.input)];
    },
    close() {
      const parts = end();
      for (const next of waiting) {
        if ('speech' in next) {
          parts.push({ type: 'open', choice, block: { type: next.speech } }, ...tell(next.text), {
            type: 'close',
            choice,
          });
        } else if (next.name !== '') parts.push(...openCall(next), ...tell(next.input), ...end());
      }
      waiting.length = 0;
      return parts;
    },
    called: () => calls.some(({ called }) => called.name !== ''),
  };
}

function nameIn({ function: fn, custom }: JsonObject): string {
  const given = isObject(fn) ? fn : custom;
  return isObject(given) ? textIn(given.name) : '';
}
