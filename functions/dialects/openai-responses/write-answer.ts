import type { ChatAnswer } from '../../core/chat/answer.ts';
import type { ChatRequest } from '../../core/chat/conversation.ts';
import type { AnswerHead, WholeAnswer } from '../../core/chat/dialect.ts';
import { createOutput } from './answer/output.ts';
import { writeResponse } from './answer/response-object.ts';
import { finishWord } from './usage.ts';

/** The first choice alone: the Responses API knows one. The items are made as a stream's are, so that the two say the same. */
export function writeAnswer(answer: ChatAnswer, head: AnswerHead, request: ChatRequest): WholeAnswer {
  const choice = answer.choices[0];
  const output = createOutput(head.mintedId, request, () => {});
  let logprobs = choice?.logprobs;
  for (const block of choice?.blocks ?? []) {
    output.whole(block, block.type === 'text' ? logprobs : undefined);
    // They are those of all texts together, in one list.
    if (block.type === 'text' && block.text !== '') logprobs = undefined;
  }
  const finish = choice?.finish.reason ?? 'stop';
  return {
    body: writeResponse(head, request, {
      output: output.finish(),
      finish,
      usage: answer.usage,
      serviceTier: answer.serviceTier ?? null,
      extra: answer.extra ?? {},
    }),
    usage: answer.usage,
    finishReason: finishWord(finish),
  };
}
