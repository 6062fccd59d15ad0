import { readUsage } from '../../core/chat/usage.ts';
import type { Prepared, UpstreamCall, UpstreamResult } from '../../core/routing/upstream.ts';
import { embedAll, toEmbeddingList } from '../embedding-list.ts';
import type { Connect } from './connection/client.ts';
import { planEmbeddings, readAnswer } from './embeddings.ts';
import { garbledFailure } from './errors/errors.ts';

/** The calls of an embeddings request. Throws `Refusal`. */
export function prepareEmbed(call: UpstreamCall, connect: Connect): Prepared {
  const { calls, droppedParams, encoding } = planEmbeddings(call.body, call.baseModel ?? call.model);
  const batches = calls.map(({ body, read }) => ({ text: JSON.stringify(body), read }));

  const send = async (signal: AbortSignal): Promise<UpstreamResult> => {
    const connection = await connect(signal);
    let providerRequestId: string | null = null;
    const embedded = await embedAll(batches, signal, async ({ text, read }, abort) => {
      const { output, headers } = await connection.invoke(
        { modelId: call.model, contentType: 'application/json', accept: 'application/json', body: text },
        abort,
      );
      const requestId = output.$metadata.requestId ?? null;
      providerRequestId ??= requestId;
      const { answer, tokens } = readAnswer(output.body, headers);
      const vectors = read(answer);
      return vectors === null ? { failure: garbledFailure(null, requestId) } : { vectors, tokens };
    });
    if ('failure' in embedded) return { type: 'failure', failure: embedded.failure };
    const body = toEmbeddingList(embedded, encoding, call.head.callerModel);
    return { type: 'json', answer: { body, usage: readUsage(body.usage), finishReason: null }, providerRequestId };
  };

  const none = { images: 0, audioChars: 0, mediaChars: 0, remoteMedia: 0, audioOut: false };
  const textBytes = batches.reduce((sum, { text }) => sum + Buffer.byteLength(text), 0);
  const bounds = { ...none, textBytes, maxOutputTokens: 0, choices: 1 };
  return { type: 'ready', dropped: droppedParams, bounds, send };
}
