import type { IncomingMessage } from 'node:http';
import { isObject, parseJson } from '../../core/json.ts';
import type { Failure } from '../../core/routing/failure.ts';
import type { Provider, ProviderCall, ProviderResult, StreamPart } from '../../core/routing/provider.ts';
import { dismiss, type HttpAnswer, headerText, readText, send } from '../../transport/http-client.ts';
import { fromErrorAnswer, fromErrorObject } from './errors.ts';
import { requestText } from './request-text.ts';
import { createChunkRelay } from './stream.ts';
import { splitVectors } from './vectors.ts';

/** Larger answers than Lambda could pass on anyway. */
const answerLimit = 200 * 1024 * 1024;

export function createOpenAi(settings: { baseUrl: string; now: () => number }): Provider {
  const chatUrl = new URL(`${settings.baseUrl}/chat/completions`);
  const embeddingsUrl = new URL(`${settings.baseUrl}/embeddings`);

  const call = async (url: URL, given: ProviderCall): Promise<ProviderResult> => {
    let answer: HttpAnswer;
    try {
      answer = await send(url, 'POST', headersOf(given), requestText(given), given.signal);
    } catch {
      return { type: 'failure', failure: connectionFailure('The connection to OpenAI failed.', null) };
    }
    const providerRequestId = headerText(answer.headers, 'x-request-id');
    try {
      if (answer.status !== 200)
        return {
          type: 'failure',
          failure: fromErrorAnswer(
            answer.status,
            answer.headers,
            await readText(answer.body, answerLimit),
            settings.now(),
          ),
        };
      if (given.stream && isEventStream(answer))
        return { type: 'stream', parts: readParts(answer.body, given), providerRequestId, droppedParams: [] };
      const text = await readText(answer.body, answerLimit);
      const split = given.stream ? null : splitVectors(text);
      const body = split === null ? parseJson(text) : split.body;
      if (isObject(body) && isObject(body.error))
        return { type: 'failure', failure: { ...fromErrorObject(body.error, null), providerRequestId } };
      if (!isObject(body) || given.stream) return { type: 'failure', failure: { ...nonsense, providerRequestId } };
      body.model = given.callerModel;
      return { type: 'json', body, ...(split && { preface: split.preface }), providerRequestId, droppedParams: [] };
    } catch {
      return {
        type: 'failure',
        failure: connectionFailure('The connection to OpenAI broke before the answer was complete.', providerRequestId),
      };
    }
  };

  return { chat: (given) => call(chatUrl, given), embeddings: (given) => call(embeddingsUrl, given) };
}

function headersOf({ credential, stream }: ProviderCall): Record<string, string> {
  const { apiKey, organization, project } = credential.reveal();
  return {
    authorization: `Bearer ${String(apiKey)}`,
    'content-type': 'application/json',
    accept: stream ? 'text/event-stream' : 'application/json',
    ...(typeof organization === 'string' && { 'openai-organization': organization }),
    ...(typeof project === 'string' && { 'openai-project': project }),
  };
}

function isEventStream(answer: HttpAnswer): boolean {
  return headerText(answer.headers, 'content-type')?.startsWith('text/event-stream') === true;
}

async function* readParts(
  body: IncomingMessage,
  { callerModel, includeUsage, mintedId, created }: ProviderCall,
): AsyncGenerator<StreamPart[]> {
  const relay = createChunkRelay(callerModel, includeUsage, { id: mintedId, created });
  const decoder = new TextDecoder();
  try {
    for await (const piece of body.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
      const parts = relay.push(decoder.decode(piece, { stream: true }));
      if (parts.length > 0) yield parts;
      if (relay.ended()) return;
    }
  } catch {
    yield [
      {
        type: 'failure',
        failure: connectionFailure('The connection to OpenAI broke in the middle of the answer.', null),
      },
    ];
  } finally {
    dismiss(body, relay.ended());
  }
}

const nonsense: Failure = {
  kind: 'overloaded',
  status: 200,
  code: null,
  message: 'OpenAI answered with something that is no JSON.',
  providerRequestId: null,
  garbled: true,
};

function connectionFailure(message: string, providerRequestId: string | null): Failure {
  return { kind: 'network', status: null, code: null, message, providerRequestId };
}
