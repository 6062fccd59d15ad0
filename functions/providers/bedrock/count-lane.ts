import type { CountTokensInput } from '@aws-sdk/client-bedrock-runtime';
import type { Door } from '../../core/chat/dialect.ts';
import type { Prepared, UpstreamCall, UpstreamResult } from '../../core/routing/upstream.ts';
import { familyOf, withoutProfile } from '../../dialects/converse/families.ts';
import type { ImageFetch } from '../../transport/image-fetch.ts';
import type { Connect } from './connection/client.ts';
import { writeConverse } from './converse-lane.ts';
import { garbledFailure } from './errors/errors.ts';
import { writeMessages } from './messages-lane.ts';

/** Whether the provider speaks the door's own format for this model. */
export function isNative({ dialect }: Door, { model, baseModel = model }: UpstreamCall): boolean {
  return dialect === 'anthropic-messages' && familyOf(baseModel).maker === 'anthropic';
}

/** Bedrock's own count of a request (API_runtime_CountTokens). Throws `Refusal`. */
export async function prepareCount(
  call: UpstreamCall,
  door: Door,
  fetchImage: ImageFetch,
  connect: Connect,
): Promise<Prepared> {
  const countable = withoutProfile(call.baseModel ?? call.model);
  const { input, ...prepared } = await (isNative(door, call)
    ? countedMessages(call, door, fetchImage)
    : countedConverse(call, fetchImage));
  return {
    type: 'ready',
    ...prepared,
    async send(signal): Promise<UpstreamResult> {
      const connection = await connect(signal);
      try {
        // Profiles are refused, although they lead to a model that can be counted for:
        // https://github.com/pydantic/pydantic-ai/pull/3367.
        const output = await connection.countTokens({ modelId: countable, input }, signal);
        const providerRequestId = output.$metadata.requestId ?? null;
        if (typeof output.inputTokens !== 'number')
          return { type: 'failure', failure: garbledFailure(null, providerRequestId) };
        const body = { input_tokens: output.inputTokens };
        return { type: 'json', answer: { body, usage: null, finishReason: null }, providerRequestId };
      } catch (error) {
        if (isUncountable(error, countable !== call.model)) return { type: 'uncountable' };
        throw error;
      }
    },
  };
}

async function countedMessages(call: UpstreamCall, { native }: Door, fetchImage: ImageFetch) {
  const { body, text, dropped } = await writeMessages(call, fetchImage);
  const input: CountTokensInput = { invokeModel: { body: Buffer.from(text) } };
  return { input, dropped, bounds: native.bounds(body, Buffer.byteLength(text)) };
}

async function countedConverse(call: UpstreamCall, fetchImage: ImageFetch) {
  const { body, dropped, bounds } = await writeConverse(call.conversation(), call, fetchImage);
  const { messages, system, toolConfig } = body;
  const input: CountTokensInput = {
    converse: { messages, ...(system && { system }), ...(toolConfig && { toolConfig }) },
  };
  return { input, dropped, bounds };
}

/**
 * "The provided model doesn't support counting tokens" (https://github.com/maximhq/bifrost/pull/2169), "Document
 * input not supported for token counting" (https://github.com/aws/aws-sdk-java-v2/issues/6370), a model that is only
 * served through a profile (https://github.com/BerriAI/litellm/issues/34272).
 */
function isUncountable(error: unknown, otherModel: boolean): boolean {
  const { name, message } = (error ?? {}) as { name?: unknown; message?: unknown };
  if (name !== 'ValidationException') return false;
  const text = String(message);
  if (/support counting|token counting|on-demand throughput|operation is not supported/i.test(text)) return true;
  // The caller's own id may be fine where that of the model behind it is not.
  return otherModel && /model identifier is invalid/i.test(text);
}
