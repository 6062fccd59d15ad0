import type { Door } from '../../core/chat/dialect.ts';
import type { UpstreamCall } from '../../core/routing/upstream.ts';
import { traitsOf } from '../../dialects/gemini/models.ts';
import { gemini } from '../../dialects/gemini/upstream.ts';
import { translate } from '../../dialects/translate.ts';
import { countLane } from '../count-lane.ts';
import { translatedLane } from '../http-upstream.ts';
import type { Plan } from './plan.ts';
import type { Target } from './post.ts';

/** https://cloud.google.com/vertex-ai/generative-ai/docs/model-reference/inference. Throws `Refusal`. */
export function askGemini(call: UpstreamCall, door: Door, { model }: Target): Plan {
  const conversation = call.conversation();
  const written = gemini.writeRequest(conversation, traitsOf(model.endpoint ? '' : model.id));
  const { body, bounds, dropped } = written;
  const requestId = /"responseId"\s*:\s*"([^"]+)"/;
  if (call.operation === 'count') {
    // https://cloud.google.com/vertex-ai/generative-ai/docs/model-reference/count-tokens
    const { contents, systemInstruction, tools } = body;
    const request = { operation: 'countTokens', body: JSON.stringify({ contents, systemInstruction, tools }) };
    return { request, lane: countLane('totalTokens'), stream: false, bounds, dropped, requestId };
  }
  const operation = call.stream ? 'streamGenerateContent?alt=sse' : 'generateContent';
  const translation = translate(gemini, { ...written, idSeed: call.head.mintedId }, door, call.head, conversation);
  return {
    request: { operation, body: JSON.stringify(body) },
    lane: translatedLane(translation),
    stream: call.stream,
    bounds,
    dropped,
    requestId,
  };
}
