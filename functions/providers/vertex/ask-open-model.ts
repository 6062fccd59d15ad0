import type { Door } from '../../core/chat/dialect.ts';
import { isObject, type JsonObject } from '../../core/json.ts';
import type { UpstreamCall } from '../../core/routing/upstream.ts';
import { openModelLane } from './open-model-lane.ts';
import type { Plan } from './plan.ts';
import type { Target } from './post.ts';

const requestId = /"id"\s*:\s*"([^"]+)"/;

/** Open models, which Vertex AI serves in OpenAI's own format (https://cloud.google.com/vertex-ai/generative-ai/docs/partner-models/use-partner-models). */
export function askOpenModel(call: UpstreamCall, door: Door, { model }: Target): Plan {
  const name = `${model.publisher}/${model.id}`;
  const { stream } = call;
  const body = forEndpoint(call.body, name, stream);
  const text = JSON.stringify(body);
  return {
    request: { operation: 'chat/completions', body: text },
    lane: openModelLane(call.head),
    stream,
    bounds: door.native.bounds(body, Buffer.byteLength(text)),
    dropped: [],
    requestId,
  };
}

function forEndpoint(body: JsonObject, model: string, stream: boolean): JsonObject {
  const { stream_options: options, ...rest } = body;
  const streaming = { stream: true, stream_options: { ...(isObject(options) && options), include_usage: true } };
  return { ...rest, model, stream: false, ...(stream && streaming) };
}
