import type { ChatAnswer, ChatPart } from '../../core/chat/answer.ts';
import type { Block } from '../../core/chat/conversation.ts';
import type { AnswerHead, WholeAnswer } from '../../core/chat/dialect.ts';
import type { Frame } from '../../core/chat/frame.ts';
import { type TokenUsage, writeUsage } from '../../core/chat/usage.ts';
import type { JsonObject } from '../../core/json.ts';
import { finishWord } from '../openai-chat/write-answer.ts';

/** The text of an answer is all that this format has a place for: thoughts and calls are left out. */
export function writeAnswer(answer: ChatAnswer, head: AnswerHead): WholeAnswer {
  const choices = answer.choices.map(({ blocks, finish }, index) =>
    writeChoice(index, blocks.map(textOf).join(''), finishWord(finish.reason)),
  );
  return {
    body: { ...writeHead(head), choices, ...(answer.usage && { usage: writeUsage(answer.usage) }) },
    usage: answer.usage,
    finishReason: answer.choices[0] ? finishWord(answer.choices[0].finish.reason) : null,
  };
}

/** Chunks are answers with a piece of the text. */
export function createStreamWriter(head: AnswerHead): (parts: ChatPart[]) => Frame[] {
  /** Whether the open block of a choice is told. */
  const told: boolean[] = [];
  let usage: TokenUsage | null = null;

  const event = (choices: JsonObject[], more?: JsonObject) =>
    `data: ${JSON.stringify({ ...writeHead(head), choices, ...more })}\n\n`;

  const say = (index: number, text: string): Frame[] =>
    text === ''
      ? []
      : [{ type: 'event', text: event([writeChoice(index, text, null)]), content: true, closing: false }];

  const counted = (): Frame[] => {
    if (usage === null) return [];
    const counts = writeUsage(usage);
    const write = (extras: JsonObject) => (head.includeUsage ? event([], { usage: { ...counts, ...extras } }) : null);
    return [{ type: 'usage', usage, write }];
  };

  const read = (part: ChatPart): Frame[] => {
    switch (part.type) {
      case 'open':
        told[part.choice] = part.block.type === 'text' || part.block.type === 'refusal';
        return [];
      case 'delta':
        return told[part.choice] ? say(part.choice, part.text) : [];
      case 'close':
        return [];
      case 'whole':
        return say(part.choice, textOf(part.block));
      case 'finish': {
        const reason = finishWord(part.finish.reason);
        const text = event([writeChoice(part.choice, '', reason)]);
        return [
          { type: 'event', text, content: false, closing: true },
          { type: 'finish', reason },
        ];
      }
      case 'usage':
        usage = part.usage;
        return [];
      case 'end':
        return [...counted(), { type: 'end', text: 'data: [DONE]\n\n' }];
      case 'failure':
        return [...counted(), part];
    }
  };

  return (parts) => parts.flatMap(read);
}

function writeHead({ mintedId, created, callerModel }: AnswerHead): JsonObject {
  return { id: `cmpl-${mintedId}`, object: 'text_completion', created, model: callerModel };
}

function writeChoice(index: number, text: string, reason: string | null): JsonObject {
  return { text, index, logprobs: null, finish_reason: reason };
}

function textOf(block: Block): string {
  return block.type === 'text' || block.type === 'refusal' ? block.text : '';
}
