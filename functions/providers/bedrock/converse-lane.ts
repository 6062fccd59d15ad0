import type { ConverseCommandInput } from '@aws-sdk/client-bedrock-runtime';
import type { ChatRequest } from '../../core/chat/conversation.ts';
import type { Door, WrittenRequest } from '../../core/chat/dialect.ts';
import type { Prepared, UpstreamCall, UpstreamResult } from '../../core/routing/upstream.ts';
import { remoteImages } from '../../dialects/converse/content-blocks.ts';
import { converse } from '../../dialects/converse/upstream.ts';
import { translate } from '../../dialects/translate.ts';
import type { ImageFetch } from '../../transport/image-fetch.ts';
import { fetchImages } from '../inline-images.ts';
import type { Connect } from './connection/client.ts';
import type { ErrorContext } from './errors/error-rules.ts';
import { garbledFailure, toFailure } from './errors/errors.ts';
import { relayStream } from './relay-stream.ts';

/** The request as Converse takes it, its pictures fetched. Throws `Refusal`. */
export async function writeConverse(
  request: ChatRequest,
  { model, baseModel, signal }: UpstreamCall,
  fetchImage: ImageFetch,
): Promise<WrittenRequest<ConverseCommandInput>> {
  const images = await fetchImages(remoteImages(request), 'Bedrock', fetchImage, signal);
  return converse.writeRequest(request, { model, ...(baseModel !== undefined && { baseModel }), images });
}

/** Every model by way of the conversation. Throws `Refusal`. */
export async function prepareConverse(
  call: UpstreamCall,
  door: Door,
  fetchImage: ImageFetch,
  connect: Connect,
  context: ErrorContext,
): Promise<Prepared> {
  const request = call.conversation();
  const written = await writeConverse(request, call, fetchImage);
  const translation = translate(converse, written, door, call.head, request);

  const stream = async (signal: AbortSignal): Promise<UpstreamResult> => {
    const leaving = new AbortController();
    const connection = await connect(signal);
    const output = await connection.converseStream(written.body, AbortSignal.any([signal, leaving.signal]));
    const known = { ...context, providerRequestId: output.$metadata.requestId ?? null };
    if (output.stream === undefined) return { type: 'failure', failure: garbledFailure(null, known.providerRequestId) };
    const relay = translation.createRelay((error) => toFailure(error, known));
    return relayStream(output.stream, relay, leaving, known);
  };

  const whole = async (signal: AbortSignal): Promise<UpstreamResult> => {
    const connection = await connect(signal);
    const output = await connection.converse(written.body, signal);
    const providerRequestId = output.$metadata.requestId ?? null;
    const answer = translation.readAnswer(output);
    return answer === null
      ? { type: 'failure', failure: garbledFailure(output.stopReason ?? null, providerRequestId) }
      : { type: 'json', answer, providerRequestId };
  };

  const { dropped, bounds } = written;
  return { type: 'ready', dropped, bounds, send: call.stream ? stream : whole };
}
