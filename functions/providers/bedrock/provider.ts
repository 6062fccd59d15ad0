import type { ConverseStreamOutput } from '@aws-sdk/client-bedrock-runtime';
import type { Failure } from '../../core/failure.ts';
import type { Provider, ProviderCall, ProviderResult, StreamPart } from '../../core/provider.ts';
import { createImageFetch, type ImageFetch, ImageFetchError } from '../image-fetch.ts';
import { type Connection, createConnections } from './client.ts';
import type { FetchedImages } from './content-blocks.ts';
import { type BedrockCredential, isRegion, readShortTermKey } from './credential.ts';
import { planEmbeddings, readAnswer, toEmbeddingList } from './embeddings.ts';
import { type ErrorContext, garbledFailure, toFailure } from './errors.ts';
import { familyOf } from './families.ts';
import { type AnswerContext, fromConverse } from './from-converse.ts';
import { Refusal, refusalFailure } from './refusal.ts';
import { createStreamReader, type StreamReader } from './stream-parts.ts';
import { remoteImages, toConverse } from './to-converse.ts';

export interface BedrockSettings {
  /** Null: the SDK's own endpoint of the region. */
  endpoint: string | null;
  defaultRegion: string;
  /** How pictures behind addresses are fetched; tests put their own in. */
  fetchImage?: ImageFetch;
}

/** Embeddings of one text per call are fanned out this wide. */
const mostParallelCalls = 8;
const mostRemoteImages = 20;

/** AWS Bedrock behind the OpenAI shape: chat through Converse, embeddings through InvokeModel. */
export function createBedrock({ endpoint, defaultRegion, fetchImage = createImageFetch() }: BedrockSettings): Provider {
  const connections = createConnections(endpoint);

  const prepare = (call: ProviderCall) => {
    const credential = call.credential.reveal() as BedrockCredential;
    const region = call.region ?? defaultRegion;
    const context: ErrorContext = { region, model: call.model, credential: kindOfCredential(credential), providerRequestId: null };
    return { credential, region, context, failure: refuseUnusable(credential, region) };
  };

  return {
    async chat(call) {
      const { credential, region, context, failure } = prepare(call);
      if (failure !== null) return { type: 'failure', failure };
      try {
        const request = toConverse(call.body, call.model, await fetchImages(call, fetchImage));
        if ('refusal' in request) return { type: 'failure', failure: request.refusal };
        const answerContext: AnswerContext = {
          mintedId: call.mintedId,
          created: call.created,
          callerModel: call.callerModel,
          family: familyOf(call.model),
          jsonTool: request.jsonTool,
        };
        const connection = await connections.get(credential, call.credentialKey, region);
        const { input, droppedParams } = request;
        if (call.stream) return await openStream(connection, input, call.signal, answerContext, context, droppedParams);
        const output = await connection.converse(input, call.signal);
        const providerRequestId = output.$metadata.requestId ?? null;
        const body = fromConverse(output, answerContext);
        return body === null
          ? { type: 'failure', failure: garbledFailure(output.stopReason ?? null, providerRequestId) }
          : { type: 'json', body, providerRequestId, droppedParams };
      } catch (error) {
        return { type: 'failure', failure: error instanceof Refusal ? refusalFailure(error) : toFailure(error, context) };
      }
    },

    async embeddings(call) {
      const { credential, region, context, failure } = prepare(call);
      if (failure !== null) return { type: 'failure', failure };
      try {
        return await embed(await connections.get(credential, call.credentialKey, region), call);
      } catch (error) {
        return { type: 'failure', failure: error instanceof Refusal ? refusalFailure(error) : toFailure(error, context) };
      }
    },
  };
}

function kindOfCredential(credential: BedrockCredential): ErrorContext['credential'] {
  if ('ambient' in credential) return 'role';
  return 'apiKey' in credential ? 'api_key' : 'aws_credentials';
}

/** What can be known without asking. A key that looks alive may still be dead: the session that signed it may have ended. */
function refuseUnusable(credential: BedrockCredential, region: string): Failure | null {
  const local = { kind: 'credential', status: null, code: null, providerRequestId: null, local: true } as const;
  if (!isRegion(region)) return { ...local, message: 'The region of this credential is not the name of an AWS region.' };
  const shortTerm = 'apiKey' in credential ? readShortTermKey(credential.apiKey) : null;
  if (shortTerm === null || shortTerm.expiresAt > Date.now()) return null;
  const at = new Date(shortTerm.expiresAt).toISOString();
  return {
    ...local,
    code: 'ExpiredTokenException',
    message: `The short-term Bedrock API key expired at ${at}.`,
    hint: `This short-term Bedrock API key expired at ${at}: store a new one, or a long-term key.`,
  };
}

async function fetchImages(call: ProviderCall, fetchImage: ImageFetch): Promise<FetchedImages> {
  const wanted = [...remoteImages(call.body)];
  if (wanted.length > mostRemoteImages) throw new Refusal('messages', `Bedrock takes no image addresses: the gateway fetches up to ${mostRemoteImages} of them.`);
  const fetched = wanted.map(async ([url, param]): Promise<[string, Uint8Array]> => {
    try {
      return [url, await fetchImage(url, call.signal)];
    } catch (error) {
      throw error instanceof ImageFetchError ? new Refusal(param, error.message) : error;
    }
  });
  return new Map(await Promise.all(fetched));
}

async function openStream(
  connection: Connection,
  input: Parameters<Connection['converseStream']>[0],
  signal: AbortSignal,
  answerContext: AnswerContext,
  context: ErrorContext,
  droppedParams: string[],
): Promise<ProviderResult> {
  // The SDK's iterator does not close the connection when it is left early; aborting does.
  const leaving = new AbortController();
  const output = await connection.converseStream(input, AbortSignal.any([signal, leaving.signal]));
  const providerRequestId = output.$metadata.requestId ?? null;
  if (output.stream === undefined) return { type: 'failure', failure: garbledFailure(null, providerRequestId) };
  const reader = createStreamReader(answerContext, providerRequestId);
  const parts = leavable(readStream(output.stream, reader, leaving, { ...context, providerRequestId }), leaving);
  return { type: 'stream', parts, providerRequestId, droppedParams };
}

/** A generator is deaf to `return()` while it waits for the next event, and before it has begun: so leaving aborts first. */
function leavable(parts: AsyncGenerator<StreamPart[]>, leaving: AbortController): AsyncIterable<StreamPart[]> {
  return {
    [Symbol.asyncIterator]: () => ({
      next: () => parts.next(),
      return: () => {
        leaving.abort();
        return parts.return(undefined);
      },
    }),
  };
}

async function* readStream(events: AsyncIterable<ConverseStreamOutput>, reader: StreamReader, leaving: AbortController, context: ErrorContext): AsyncGenerator<StreamPart[]> {
  let over = false;
  try {
    for await (const event of events) {
      const parts = reader.read(event);
      if (parts.length > 0) yield parts;
      if (parts.at(-1)?.type === 'failure') return;
    }
    over = true;
  } catch (error) {
    if (!reader.complete) {
      yield [{ type: 'failure', failure: toFailure(error, context) }];
      return;
    }
  } finally {
    if (!over) leaving.abort();
  }
  const closing = reader.close();
  yield closing.length > 0 ? closing : [{ type: 'failure', failure: cutShort(context) }];
}

function cutShort({ providerRequestId }: ErrorContext): Failure {
  return { kind: 'network', status: null, code: null, message: 'The stream from Bedrock ended before the answer was complete.', providerRequestId };
}

async function embed(connection: Connection, call: ProviderCall): Promise<ProviderResult> {
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
