import { Refusal, refusalFailure } from '../../core/chat/refusal.ts';
import type { Failure } from '../../core/routing/failure.ts';
import type { Provider, ProviderCall } from '../../core/routing/provider.ts';
import { createImageFetch, type ImageFetch, ImageFetchError } from '../../transport/image-fetch.ts';
import { createConnections } from './client.ts';
import type { FetchedImages } from './content-blocks.ts';
import { type BedrockCredential, isRegion, readShortTermKey } from './credential.ts';
import { embed } from './embed.ts';
import type { ErrorContext } from './error-rules.ts';
import { garbledFailure, toFailure } from './errors.ts';
import { type AnswerContext, fromConverse } from './from-converse.ts';
import { openStream } from './stream.ts';
import { remoteImages, toConverse } from './to-converse.ts';

export interface BedrockSettings {
  /** Null: the SDK's own endpoint of the region. */
  endpoint: string | null;
  defaultRegion: string;
  /** How pictures behind addresses are fetched; tests put their own in. */
  fetchImage?: ImageFetch;
}

const mostRemoteImages = 20;

/** AWS Bedrock behind the OpenAI shape: chat through Converse, embeddings through InvokeModel. */
export function createBedrock({ endpoint, defaultRegion, fetchImage = createImageFetch() }: BedrockSettings): Provider {
  const connections = createConnections(endpoint);

  const prepare = (call: ProviderCall) => {
    const credential = call.credential.reveal() as BedrockCredential;
    const region = call.region ?? defaultRegion;
    const context: ErrorContext = {
      region,
      model: call.model,
      credential: kindOfCredential(credential),
      providerRequestId: null,
    };
    return { credential, region, context, failure: refuseUnusable(credential, region) };
  };

  return {
    async chat(call) {
      const { credential, region, context, failure } = prepare(call);
      if (failure !== null) return { type: 'failure', failure };
      try {
        const request = toConverse(call.body, call.model, await fetchImages(call, fetchImage));
        if ('refusal' in request) return { type: 'failure', failure: request.refusal };
        const { input, droppedParams, family, jsonTool } = request;
        const answerContext: AnswerContext = {
          mintedId: call.mintedId,
          created: call.created,
          callerModel: call.callerModel,
          family,
          jsonTool,
        };
        const connection = await connections.get(credential, call.credentialKey, region);
        if (call.stream) return await openStream(connection, input, call.signal, answerContext, context, droppedParams);
        const output = await connection.converse(input, call.signal);
        const providerRequestId = output.$metadata.requestId ?? null;
        const body = fromConverse(output, answerContext);
        return body === null
          ? { type: 'failure', failure: garbledFailure(output.stopReason ?? null, providerRequestId) }
          : { type: 'json', body, providerRequestId, droppedParams };
      } catch (error) {
        return {
          type: 'failure',
          failure: error instanceof Refusal ? refusalFailure(error) : toFailure(error, context),
        };
      }
    },

    async embeddings(call) {
      const { credential, region, context, failure } = prepare(call);
      if (failure !== null) return { type: 'failure', failure };
      try {
        return await embed(await connections.get(credential, call.credentialKey, region), call);
      } catch (error) {
        return {
          type: 'failure',
          failure: error instanceof Refusal ? refusalFailure(error) : toFailure(error, context),
        };
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
  if (!isRegion(region))
    return { ...local, message: 'The region of this credential is not the name of an AWS region.' };
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
  if (wanted.length > mostRemoteImages)
    throw new Refusal(
      'messages',
      `Bedrock takes no image addresses: the gateway fetches up to ${mostRemoteImages} of them.`,
    );
  const fetched = wanted.map(async ([url, param]): Promise<[string, Uint8Array]> => {
    try {
      return [url, await fetchImage(url, call.signal)];
    } catch (error) {
      throw error instanceof ImageFetchError ? new Refusal(param, error.message) : error;
    }
  });
  return new Map(await Promise.all(fetched));
}
