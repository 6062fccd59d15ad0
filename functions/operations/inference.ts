import { GatewayError } from '../core/errors.ts';
import type { JsonObject } from '../core/json.ts';
import { admit, type Principal, requireScope } from '../gateway/admit.ts';
import { logRefusal } from '../gateway/inference.ts';
import type { Asked } from '../gateway/journal.ts';
import { check, readBody } from '../http/check.ts';
import { createRouter, type Match } from '../http/router.ts';
import { chatRequest, embeddingsRequest, inferenceHeaders, providerKeyTest } from '../http/schemas.ts';
import type { inferenceRuntime } from '../runtime.ts';
import { type Call, createServe, json } from './serve.ts';

/** Time that is kept for writing the log before Lambda ends the function. */
const closingMs = 5_000;

export function serveInference(runtime: ReturnType<typeof inferenceRuntime>) {
  const infer = async ({ incoming, caller }: Call<Principal>, kind: 'chat' | 'embeddings') => {
    const asked: Asked = {
      requestId: incoming.requestId,
      at: incoming.at,
      started: incoming.started,
      endpoint: kind === 'chat' ? '/v1/chat/completions' : '/v1/embeddings',
      model: null,
      stream: false,
      client: incoming.client,
    };
    try {
      requireScope(caller, 'inference');
      const body: JsonObject =
        kind === 'chat' ? readBody(incoming.body, chatRequest) : readBody(incoming.body, embeddingsRequest);
      asked.model = String(body.model);
      asked.stream = kind === 'chat' && body.stream === true;
      const options = check(incoming.headers, inferenceHeaders);
      return await runtime.infer({
        ...asked,
        principal: caller,
        kind,
        body,
        bodyBytes: incoming.body.length,
        bodyText: incoming.body,
        choice: options['x-keyway-credentials'],
        pinnedKey: options['x-keyway-provider-key'] ?? null,
        timeoutMs: Math.min(
          options['x-keyway-timeout-ms'] ?? Number.POSITIVE_INFINITY,
          Math.max(1, incoming.remainingMs - closingMs),
        ),
        callerLeft: incoming.callerLeft,
      });
    } catch (error) {
      if (error instanceof GatewayError) await logRefusal(asked, caller, error, runtime.journal);
      throw error;
    }
  };

  return createServe(
    createRouter('inference'),
    async (incoming, match: Match) => {
      // Once a minute the prices are read, beside the read that each request needs.
      const prices = runtime.prices();
      const principal = await admit(
        incoming.bearer,
        match.endpoint.access === 'manage' ? 'manage' : 'any',
        runtime.directory,
        Date.now,
      );
      await prices;
      return principal;
    },
    {
      createChatCompletion: (call) => infer(call, 'chat'),
      createEmbeddings: (call) => infer(call, 'embeddings'),
      testProviderKey: async ({ incoming, params, caller }) => {
        const { model } = incoming.body.trim() === '' ? {} : readBody(incoming.body, providerKeyTest);
        return json(
          200,
          await runtime.testKey(caller, params.id ?? '', model ?? null, incoming.requestId, incoming.callerLeft),
        );
      },
    },
  );
}
