import type { inferenceRuntime } from '../composition/runtime.ts';
import type { Door } from '../core/chat/dialect.ts';
import { GatewayError } from '../core/errors.ts';
import type { JsonObject } from '../core/json.ts';
import { authenticate, type Principal, requireScope } from '../gateway/access/authenticate.ts';
import type { InferenceRequest } from '../gateway/inference/request.ts';
import { logRefusal } from '../gateway/inference/serve.ts';
import type { Asked } from '../gateway/inference/settle.ts';
import { refusal } from '../http/answer.ts';
import { check, readBody } from '../http/check.ts';
import type { Incoming } from '../http/incoming.ts';
import type { Serve } from '../http/reply.ts';
import { createRouter, type Match } from '../http/router.ts';
import {
  chatRequest,
  completionRequest,
  countRequest,
  embeddingsRequest,
  inferenceHeaders,
  messagesRequest,
  providerKeyTest,
  responsesRequest,
} from '../http/schemas.ts';
import { doorHeaders, doors } from './doors.ts';
import { type Call, createServe, json, workspaceAudit } from './serve.ts';

/** Time that is kept for writing the log before Lambda ends the function. */
const closingMs = 5_000;

/** What an inference endpoint is made of. */
interface Inference {
  /** The path that the log tells. */
  endpoint: string;
  operation: InferenceRequest['operation'];
  /** Null for embeddings, which have one format. */
  door: (() => Promise<Door>) | null;
  read(body: string): JsonObject & { model: string };
}

const inferences = {
  createChatCompletion: {
    endpoint: '/v1/chat/completions',
    operation: 'answer',
    door: doors.chat,
    read: (body) => readBody(body, chatRequest),
  },
  createCompletion: {
    endpoint: '/v1/completions',
    operation: 'answer',
    door: doors.completions,
    read: (body) => readBody(body, completionRequest),
  },
  createResponse: {
    endpoint: '/v1/responses',
    operation: 'answer',
    door: doors.responses,
    read: (body) => readBody(body, responsesRequest),
  },
  createMessage: {
    endpoint: '/v1/messages',
    operation: 'answer',
    door: doors.messages,
    read: (body) => readBody(body, messagesRequest),
  },
  countMessageTokens: {
    endpoint: '/v1/messages/count_tokens',
    operation: 'count',
    door: doors.messages,
    // Counting needs no limit, which the format otherwise asks for.
    read: (body) => ({ max_tokens: 1, ...readBody(body, countRequest) }),
  },
  createEmbeddings: {
    endpoint: '/v1/embeddings',
    operation: 'embed',
    door: null,
    read: (body) => readBody(body, embeddingsRequest),
  },
} satisfies Record<string, Inference>;

export function serveInference(runtime: ReturnType<typeof inferenceRuntime>): Serve {
  const infer = async ({ incoming, caller }: Call<Principal>, inference: Inference) => {
    const asked: Asked = {
      requestId: incoming.requestId,
      at: incoming.at,
      started: incoming.started,
      endpoint: inference.endpoint,
      model: null,
      stream: false,
      client: incoming.client,
      traceparent: incoming.traceparent,
      ids: incoming.ids,
    };
    try {
      requireScope(caller, 'inference');
      incoming.admit(caller.workspace.id);
      const body = inference.read(incoming.body);
      asked.model = body.model;
      asked.stream = inference.operation === 'answer' && body.stream === true;
      const options = check(incoming.headers, inferenceHeaders);
      return await runtime.infer({
        ...asked,
        principal: caller,
        operation: inference.operation,
        door: inference.door && (await inference.door()),
        body,
        bodyText: incoming.body,
        headers: doorHeaders(incoming.headers),
        choice: options['x-keyway-credentials'],
        pinnedKey: options['x-keyway-provider-key'] ?? null,
        timeoutMs: Math.min(
          options['x-keyway-timeout-ms'] ?? Number.POSITIVE_INFINITY,
          Math.max(1, incoming.remainingMs - closingMs),
        ),
        callerLeft: incoming.callerLeft,
      });
    } catch (error) {
      if (error instanceof GatewayError) await logRefusal({ ...asked, principal: caller }, error, runtime.settling);
      throw error;
    }
  };

  const router = createRouter('inference');
  const serve = createServe(
    router,
    async (incoming, match: Match) => {
      // Once a minute the prices are read, beside the read that each request needs.
      const prices = runtime.prices();
      const scope = match.endpoint.access === 'manage' ? 'manage' : 'any';
      const principal = await authenticate(incoming.bearer, scope, runtime.directory, Date.now);
      await prices;
      return principal;
    },
    {
      createChatCompletion: (call) => infer(call, inferences.createChatCompletion),
      createCompletion: (call) => infer(call, inferences.createCompletion),
      createResponse: (call) => infer(call, inferences.createResponse),
      createMessage: (call) => infer(call, inferences.createMessage),
      countMessageTokens: (call) => infer(call, inferences.countMessageTokens),
      createEmbeddings: (call) => infer(call, inferences.createEmbeddings),
      testProviderKey: async ({ incoming, params, caller }) => {
        incoming.admit(caller.workspace.id);
        const { model } = incoming.body.trim() === '' ? {} : readBody(incoming.body, providerKeyTest);
        const { requestId, callerLeft } = incoming;
        const result = await runtime.testKey(caller, params.id ?? '', model ?? null, requestId, callerLeft);
        // What changed is what is known of the key.
        return { reply: json(200, result), before: null, after: { state: result.state } };
      },
    },
    workspaceAudit(runtime.auditTrail, runtime.changes, runtime.report),
  );

  return async (incoming) => {
    try {
      return await serve(incoming);
    } catch (error) {
      const door = await doorOf(incoming);
      if (door === null) throw error;
      return refusal(error, incoming, runtime, door.writeError);
    }
  };

  /** The format in which a refusal is told; null: the usual one. */
  async function doorOf({ method, path }: Incoming): Promise<Door | null> {
    const operation = router(method, path).endpoint.operation;
    const inference: Inference | undefined = inferences[operation as keyof typeof inferences];
    return (await inference?.door?.()) ?? null;
  }
}
