import type { ProviderCall, ProviderResult } from '../../core/routing/provider.ts';
import { embedAll, toEmbeddingList } from '../embedding-list.ts';
import type { Connection } from './client.ts';
import { planEmbeddings, readAnswer } from './embeddings.ts';
import { garbledFailure } from './errors.ts';

/** Runs the calls of an embeddings request. Throws `Refusal`, and whatever the SDK throws. */
export async function embed(connection: Connection, call: ProviderCall): Promise<ProviderResult> {
  const plan = planEmbeddings(call.body, call.model);
  let providerRequestId: string | null = null;
  const embedded = await embedAll(plan.calls, call.signal, async ({ body, read }, signal) => {
    const { output, headers } = await connection.invoke(
      { modelId: call.model, contentType: 'application/json', accept: 'application/json', body: JSON.stringify(body) },
      signal,
    );
    const requestId = output.$metadata.requestId ?? null;
    providerRequestId ??= requestId;
    const { answer, tokens } = readAnswer(output.body, headers);
    const vectors = read(answer);
    return vectors === null ? { failure: garbledFailure(null, requestId) } : { vectors, tokens };
  });
  if ('failure' in embedded) return { type: 'failure', failure: embedded.failure };
  return {
    type: 'json',
    body: toEmbeddingList(embedded, plan.encoding, call.callerModel),
    providerRequestId,
    droppedParams: plan.droppedParams,
  };
}
