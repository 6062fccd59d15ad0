import type { Door } from '../../core/chat/dialect.ts';
import { isObject, isPresent, type JsonObject } from '../../core/json.ts';
import type { UpstreamCall } from '../../core/routing/upstream.ts';
import { openModelTraits } from '../../dialects/openai-chat/upstream/traits.ts';
import { openaiChatUpstream } from '../../dialects/openai-chat/upstream.ts';
import { translate } from '../../dialects/translate.ts';
import { translatedLane } from '../http-upstream.ts';
import type { VertexModel } from './access/address.ts';
import { openModelLane } from './open-model-lane.ts';
import type { Plan } from './plan.ts';
import type { Target } from './post.ts';

/**
 * Open models, which Vertex AI serves in OpenAI's own format
 * (https://cloud.google.com/vertex-ai/generative-ai/docs/partner-models/use-partner-models): through chat completions the
 * caller's fields go on as they are, through other doors the conversation is written anew. Throws `Refusal`.
 */
export function askOpenModel(call: UpstreamCall, door: Door, { model }: Target): Plan {
  const operation = operationOf(model.publisher, call.stream);
  const shared = { stream: call.stream, requestId: /"id"\s*:\s*"([^"]+)"/ };
  if (door.dialect === 'openai-chat') {
    const body = forEndpoint(call.body, model, call.stream);
    const text = JSON.stringify(body);
    const bounds = door.native.bounds(body, Buffer.byteLength(text));
    const request = { operation, body: text };
    return { ...shared, request, lane: openModelLane(call.head), bounds, dropped: [] };
  }
  const conversation = call.conversation();
  const written = openaiChatUpstream.writeRequest(conversation, openModelTraits);
  const text = JSON.stringify(forEndpoint(written.body, model, call.stream));
  return {
    ...shared,
    request: { operation, body: text },
    lane: translatedLane(translate(openaiChatUpstream, written, door, call.head, conversation)),
    bounds: written.bounds,
    dropped: written.dropped,
  };
}

/**
 * Two publishers answer at their model instead of the common endpoint, still in OpenAI's format
 * (https://docs.cloud.google.com/vertex-ai/generative-ai/docs/partner-models/mistral and …/partner-models/ai21).
 */
const atTheModel: ReadonlySet<string> = new Set(['mistralai', 'ai21']);

function operationOf(publisher: string, stream: boolean): string {
  if (!atTheModel.has(publisher)) return 'chat/completions';
  return stream ? 'streamRawPredict' : 'rawPredict';
}

function forEndpoint(body: JsonObject, { publisher, id }: VertexModel, stream: boolean): JsonObject {
  const { stream_options: options, ...rest } = body;
  if (publisher === 'mistralai') return { ...forMistral(rest), model: plainId(id), stream };
  const streaming = { stream: true, stream_options: { ...(isObject(options) && options), include_usage: true } };
  const model = atTheModel.has(publisher) ? plainId(id) : `${publisher}/${id}`;
  return { ...rest, model, stream: false, ...(stream && streaming) };
}

/** The body names the model without the version that the address has. */
function plainId(id: string): string {
  return id.replace(/@.*$/, '');
}

/** Mistral refuses fields that it does not know, counts tokens in every stream, and has two names of its own (https://docs.mistral.ai/api). */
function forMistral({ max_completion_tokens: limit, seed, ...rest }: JsonObject): JsonObject {
  return {
    ...rest,
    ...(isPresent(limit) && { max_tokens: limit }),
    ...(isPresent(seed) && { random_seed: seed }),
  };
}
