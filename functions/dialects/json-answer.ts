import type { ChatAnswer, ChatPart } from '../core/chat/answer.ts';
import type { Block } from '../core/chat/conversation.ts';

/**
 * One JSON value out of what a model says around it. Where nothing enforces JSON, models put it into a code fence or a sentence,
 * and the callers' parsers fail on those.
 */
export interface JsonText {
  push(text: string): string;
  /** What is left when the text ends: all of it, when it held no JSON. */
  end(): string;
}

/** Where an object or a list of values begins; brackets in prose look different. */
const beginning = /\{\s*["}]|\[\s*[[\]{"\d-]/;

/** `begun`: what was put into the model's mouth as the beginning of its answer. */
export function createJsonText(begun: string): JsonText {
  /** What came before the value; null once it has begun. */
  let held: string | null = begun;
  let depth = 0;
  let inString = false;
  let escaped = false;
  let over = false;

  const scan = (text: string): string => {
    for (let index = 0; index < text.length; index += 1) {
      const character = text[index];
      if (escaped) escaped = false;
      else if (inString) {
        escaped = character === '\\';
        inString = character !== '"';
      } else if (character === '"') inString = true;
      else if (character === '{' || character === '[') depth += 1;
      else if (character === '}' || character === ']') {
        depth -= 1;
        if (depth > 0) continue;
        over = true;
        return text.slice(0, index + 1);
      }
    }
    return text;
  };

  return {
    push(text) {
      if (over) return '';
      if (held === null) return scan(text);
      held += text;
      const found = beginning.exec(held);
      if (found === null) return '';
      const value = held.slice(found.index);
      held = null;
      return scan(value);
    },
    end() {
      // A beginning that the model did not go on from is nothing that it said.
      const left = held === null || over ? '' : held.slice(begun.length);
      over = true;
      return left;
    },
  };
}

/** The answer with its texts reduced to the JSON in them. */
export function onlyJson(answer: ChatAnswer, begun: string): ChatAnswer {
  const choices = answer.choices.map((choice) => {
    let next = begun;
    const blocks = choice.blocks.flatMap((block): Block[] => {
      if (block.type !== 'text') return [block];
      const json = createJsonText(next);
      next = '';
      const text = json.push(block.text) + json.end();
      return text === '' ? [] : [{ ...block, text }];
    });
    return { ...choice, blocks };
  });
  return { ...answer, choices };
}

/** The same for a stream; one filter for each. */
export function createJsonFilter(begun: string): (parts: ChatPart[]) => ChatPart[] {
  /** The texts that are open, by their choice. */
  const texts = new Map<number, JsonText>();
  const started = new Set<number>();

  const begin = (choice: number): JsonText => {
    const json = createJsonText(started.has(choice) ? '' : begun);
    started.add(choice);
    return json;
  };

  return (parts) =>
    parts.flatMap((part): ChatPart[] => {
      if (part.type === 'open' && part.block.type === 'text') texts.set(part.choice, begin(part.choice));
      else if (part.type === 'delta' && texts.has(part.choice)) {
        const text = texts.get(part.choice)?.push(part.text) ?? '';
        return text === '' ? [] : [{ ...part, text }];
      } else if (part.type === 'close' && texts.has(part.choice)) {
        const text = texts.get(part.choice)?.end() ?? '';
        texts.delete(part.choice);
        return text === '' ? [part] : [{ type: 'delta', choice: part.choice, text }, part];
      } else if (part.type === 'whole' && part.block.type === 'text') {
        const json = begin(part.choice);
        const text = json.push(part.block.text) + json.end();
        return text === '' ? [] : [{ ...part, block: { ...part.block, text } }];
      }
      return [part];
    });
}
