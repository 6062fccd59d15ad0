import type { RequestBounds } from '../../core/chat/bounds.ts';
import type { Door } from '../../core/chat/dialect.ts';
import type { JsonObject } from '../../core/json.ts';
import { writeWithSource } from '../../core/json-text.ts';
import type { UpstreamCall } from '../../core/routing/upstream.ts';
import { type ClaudeTraits, claudeModel } from '../../dialects/anthropic-messages/claude-models.ts';
import { countRequest } from '../../dialects/anthropic-messages/count.ts';
import { editRequest } from '../../dialects/anthropic-messages/edit-request.ts';
import { anthropicMessagesUpstream } from '../../dialects/anthropic-messages/upstream.ts';
import { translate } from '../../dialects/translate.ts';
import type { ImageFetch } from '../../transport/image-fetch.ts';
import { countLane } from '../count-lane.ts';
import { nativeLane, translatedLane } from '../http-upstream.ts';
import { inlineImages, inlineMessageImages } from '../inline-images.ts';
import type { Plan } from './plan.ts';
import type { Target } from './post.ts';

const requestId = /"id"\s*:\s*"(msg_[^"]+)"/;

/** A body of the Messages format, and how its answer is read. */
type Messages = Pick<Plan, 'lane' | 'dropped'> & {
  body: JsonObject;
  /** `bytes`: how long it is as it is sent. */
  boundsOf(bytes: number): RequestBounds;
};

/** Claude through the Messages door as it is, through other doors translated. Throws `Refusal`. */
export async function askClaude(call: UpstreamCall, door: Door, target: Target, fetchImage: ImageFetch): Promise<Plan> {
  const messages = await (door.dialect === 'anthropic-messages'
    ? asItIs(call, door, fetchImage)
    : translated(call, door, target, fetchImage));
  const betaHeader = call.headers['anthropic-beta'];
  const host = {
    host: 'vertex',
    model: target.model.id,
    stream: call.stream,
    ...(betaHeader !== undefined && { betaHeader }),
  } as const;
  const count = call.operation === 'count';
  const { body, betas, dropped } = count ? countRequest(messages.body, host) : editRequest(messages.body, host);
  const text = writeWithSource(body, call.sourceText);
  return {
    request: {
      operation: call.stream && !count ? 'streamRawPredict' : 'rawPredict',
      body: text,
      ...(betas.length > 0 && { headers: { 'anthropic-beta': betas.join(',') } }),
    },
    // https://cloud.google.com/vertex-ai/generative-ai/docs/partner-models/claude/count-tokens: one address for all models.
    ...(count && { target: { ...target, model: { ...target.model, id: 'count-tokens' } } }),
    lane: count ? countLane('input_tokens') : messages.lane,
    stream: call.stream && !count,
    bounds: messages.boundsOf(Buffer.byteLength(text)),
    dropped: [...new Set([...messages.dropped, ...dropped])].sort(),
    requestId,
  };
}

const name = 'Claude on Vertex AI';

/** Untouched, but for pictures behind addresses. */
async function asItIs(call: UpstreamCall, { native }: Door, fetchImage: ImageFetch): Promise<Messages> {
  const { head, signal } = call;
  const body = await inlineMessageImages(call.body, fetchImage, signal);
  return { body, lane: nativeLane(native, head), boundsOf: (bytes) => native.bounds(body, bytes), dropped: [] };
}

async function translated(call: UpstreamCall, door: Door, target: Target, fetchImage: ImageFetch): Promise<Messages> {
  const traits: ClaudeTraits = { ...claudeModel(target.model.id), ...host };
  const request = await inlineImages(call.conversation(), name, fetchImage, call.signal);
  const written = anthropicMessagesUpstream.writeRequest(request, traits);
  const translation = translate(anthropicMessagesUpstream, written, door, call.head, request);
  return { ...written, boundsOf: () => written.bounds, lane: translatedLane(translation) };
}

/** https://docs.anthropic.com/en/api/claude-on-vertex-ai. The version is added with what else says where a request goes. */
const host = { version: null, takesAddresses: false, takesUserId: false, structured: false };
