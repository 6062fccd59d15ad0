import type { ProviderCall, ProviderResult } from '../../core/provider.ts';
import type { Connection } from './client.ts';
import { planEmbeddings, readAnswer, toEmbeddingList } from './embeddings.ts';
import { garbledFailure } from './errors.ts';

/** Some families take one text per call; so many are under way at once. */
const mostParallelCalls = 8;

/** Runs the calls of an embeddings request side by side; the first failure ends them all. Throws whatever the SDK throws. */
export async function embed(connection: Connection, call: ProviderCall): Promise<ProviderResult> {
  const plan = planEmbeddings(call.body, call.model);
  const vectors: number[][][] = [];
  let tokens = 0;
  let providerRequestId: string | null = null;
  const failed = new AbortController();
  const signal = AbortSignal.any([call.signal, failed.signal]);
  const waiting = plan.calls.entries();
  const work = async () => {
    for (const [index, { body, read }] of waiting) {
      const { output, headers } = await connection.invoke({ modelId: call.model, contentType: 'application/json', accept: 'application/json', body: JSON.stringify(body) }, signal);
      providerRequestId ??= output.$metadata.requestId ?? null;
      const { answer, tokens: counted } = readAnswer(output.body, headers);
      const found = read(answer);
      if (found === null) return { type: 'failure', failure: garbledFailure(null, output.$metadata.requestId ?? null) } as const;
      vectors[index] = found;
      tokens += counted;
    }
    return null;
  };
  try {
    const failure = (await Promise.all(Array.from({ length: Math.min(mostParallelCalls, plan.calls.length) }, work))).find((result) => result !== null);
    return failure ?? { type: 'json', body: toEmbeddingList(vectors.flat(), tokens, plan.encoding, call.callerModel), providerRequestId, droppedParams: plan.droppedParams };
  } finally {
    failed.abort();
  }
}
