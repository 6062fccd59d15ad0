import type { Door } from '../../core/chat/dialect.ts';
import { isObject, type JsonObject } from '../../core/json.ts';
import type { UpstreamCall } from '../../core/routing/upstream.ts';
import { openModelTraits } from '../../dialects/openai-chat/upstream/traits.ts';
import { openaiChatUpstream } from '../../dialects/openai-chat/upstream.ts';
import { translate } from '../../dialects/translate.ts';
import { translatedLane } from '../http-upstream.ts';
import { openModelLane } from './open-model-lane.ts';
import type { Plan } from './plan.ts';
import type { Target } from './post.ts';

/**
 * Open models, which Vertex AI serves in OpenAI's own format
 * (https://cloud.google.com/vertex-ai/generative-ai/docs/partner-models/use-partner-models): through chat completions the
 * caller's fields go on as they are, through other doors the conversation is written anew. Throws `Refusal`.
 */
export function askOpenModel(call: UpstreamCall, door: Door, { model }: Target): Plan {
  const name = `${model.publisher}/${model.id}`;
  const shared = { stream: call.stream, requestId: /"id"\s*:\s*"([^"]+)"/ };
  if (door.dialect === 'openai-chat') {
    const body = forEndpoint(call.body, name, call.stream);
    const text = JSON.stringify(body);
    const bounds = door.native.bounds(body, Buffer.byteLength(text));
    const request = { operation: 'chat/completions', body: text };
    return { ...shared, request, lane: openModelLane(call.head), bounds, dropped: [] };
  }
  const conversation = call.conversation();
  const written = openaiChatUpstream.writeRequest(conversation, openModelTraits);
  const text = JSON.stringify(forEndpoint(written.body, name, call.stream));
  return {
    ...shared,
    request: { operation: 'chat/completions', body: text },
    lane: translatedLane(translate(openaiChatUpstream, written, door, call.head, conversation)),
    bounds: written.bounds,
    dropped: written.dropped,
  };
}

function forEndpoint(body: JsonObject, model: string, stream: boolean): JsonObject {
  const { stream_options: options, ...rest } = body;
  const streaming = { stream: true, stream_options: { ...(isObject(options) && options), include_usage: true } };
  return { ...rest, model, stream: false, ...(stream && streaming) };
}
