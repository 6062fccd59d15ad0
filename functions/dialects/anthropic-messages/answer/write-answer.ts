import type { ChatAnswer, Finish } from '../../../core/chat/answer.ts';
import type { ChatRequest } from '../../../core/chat/conversation.ts';
import type { AnswerHead, WholeAnswer } from '../../../core/chat/dialect.ts';
import type { JsonObject } from '../../../core/json.ts';
import { chatFinish, writeFinish, writeTokens } from '../usage.ts';
import { writeBlock } from './write-blocks.ts';

/** https://docs.anthropic.com/en/api/messages. The format has one answer to each request. */
export function writeAnswer(answer: ChatAnswer, head: AnswerHead, request: ChatRequest): WholeAnswer {
  const [choice] = answer.choices;
  const finish = choice?.finish ?? { reason: 'stop' };
  return {
    body: {
      ...answer.extra,
      ...messageHead(head),
      content: choice?.blocks.flatMap(writeBlock) ?? [],
      ...writeEnd(finish, request),
      ...(answer.usage && { usage: { ...writeTokens(answer.usage), ...writeTier(answer.serviceTier) } }),
    },
    usage: answer.usage,
    finishReason: chatFinish(finish.reason),
  };
}

export function messageHead({ mintedId, callerModel }: AnswerHead): JsonObject {
  return { id: `msg_${mintedId}`, type: 'message', role: 'assistant', model: callerModel };
}

/** Providers that do not say which sequence they met met the only one that there was. */
export function writeEnd({ reason, sequence }: Finish, { stop }: ChatRequest): JsonObject {
  const only = reason === 'stop_sequence' && stop.length === 1 ? stop[0] : undefined;
  return { stop_reason: writeFinish(reason), stop_sequence: sequence ?? only ?? null };
}

/** Anthropic's own words: https://docs.anthropic.com/en/api/service-tiers; the tiers of other clouds are none of them. */
export function writeTier(tier: string | undefined): JsonObject {
  if (tier === 'default' || tier === 'standard') return { service_tier: 'standard' };
  return tier === 'priority' ? { service_tier: tier } : {};
}
