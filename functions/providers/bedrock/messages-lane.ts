import type { InvokeModelCommandInput, ResponseStream, Trace } from '@aws-sdk/client-bedrock-runtime';
import type { Door } from '../../core/chat/dialect.ts';
import { isObject, type JsonObject } from '../../core/json.ts';
import { writeWithSource } from '../../core/json-text.ts';
import type { Prepared, UpstreamCall, UpstreamResult } from '../../core/routing/upstream.ts';
import { countRequest } from '../../dialects/anthropic-messages/count.ts';
import { editRequest } from '../../dialects/anthropic-messages/edit-request.ts';
import { takeGuardrail } from '../../dialects/converse/write-request.ts';
import type { ImageFetch } from '../../transport/image-fetch.ts';
import { inlineMessageImages } from '../inline-images.ts';
import type { Connect } from './connection/client.ts';
import type { ErrorContext } from './errors/error-rules.ts';
import { garbledFailure, toFailure } from './errors/errors.ts';
import { relayStream } from './relay-stream.ts';

interface WrittenMessages {
  body: JsonObject;
  input: InvokeModelCommandInput;
  text: string;
  dropped: string[];
}

/**
 * The caller's Messages body as Claude takes it on Bedrock: everything as it is, but for pictures behind addresses, which it does
 * not take, and the guardrail, which is asked for beside the body. Throws `Refusal`.
 */
export async function writeMessages(call: UpstreamCall, fetchImage: ImageFetch): Promise<WrittenMessages> {
  const { sourceText, headers, model, stream, operation, signal } = call;
  const { guardrail, rest: given } = takeGuardrail(call.body);
  const rest = await inlineMessageImages(given, fetchImage, signal);
  const betaHeader = headers['anthropic-beta'];
  const host = { host: 'bedrock', model, ...(betaHeader !== undefined && { betaHeader }) } as const;
  const { body, dropped } = operation === 'count' ? countRequest(rest, host) : editRequest(rest, { ...host, stream });
  const text = writeWithSource(body, sourceText);
  const input: InvokeModelCommandInput = {
    modelId: model,
    contentType: 'application/json',
    accept: 'application/json',
    body: text,
    ...(guardrail !== null && {
      guardrailIdentifier: guardrail.guardrailIdentifier,
      guardrailVersion: guardrail.guardrailVersion,
      ...(guardrail.trace !== undefined && { trace: guardrail.trace.toUpperCase() as Trace }),
    }),
  };
  return { body, input, text, dropped };
}

/** Claude in its own words. Throws `Refusal`. */
export async function prepareMessages(
  call: UpstreamCall,
  { native }: Door,
  fetchImage: ImageFetch,
  connect: Connect,
  context: ErrorContext,
): Promise<Prepared> {
  const { body, input, text, dropped } = await writeMessages(call, fetchImage);

  const stream = async (signal: AbortSignal): Promise<UpstreamResult> => {
    const leaving = new AbortController();
    const connection = await connect(signal);
    const output = await connection.invokeStream(input, AbortSignal.any([signal, leaving.signal]));
    const known = { ...context, providerRequestId: output.$metadata.requestId ?? null };
    if (output.body === undefined) return { type: 'failure', failure: garbledFailure(null, known.providerRequestId) };
    const relay = native.createRelay(call.head, (error) => toFailure(asException(error), known));
    return relayStream<ResponseStream>(
      output.body,
      {
        push: ({ chunk }) => (chunk?.bytes === undefined ? [] : relay.push(Buffer.from(chunk.bytes).toString())),
        finish: () => [],
        done: () => relay.ended(),
      },
      leaving,
      known,
    );
  };

  const whole = async (signal: AbortSignal): Promise<UpstreamResult> => {
    const connection = await connect(signal);
    const { output } = await connection.invoke(input, signal);
    const providerRequestId = output.$metadata.requestId ?? null;
    const answer = native.readAnswer(Buffer.from(output.body).toString(), call.head);
    return answer === null
      ? { type: 'failure', failure: garbledFailure(null, providerRequestId) }
      : { type: 'json', answer, providerRequestId };
  };

  return {
    type: 'ready',
    dropped,
    bounds: native.bounds(body, Buffer.byteLength(text)),
    send: call.stream ? stream : whole,
  };
}

/** Anthropic's own words for what Bedrock has exceptions for (https://docs.anthropic.com/en/api/errors). */
const exceptions: Record<string, string | undefined> = {
  invalid_request_error: 'ValidationException',
  authentication_error: 'UnrecognizedClientException',
  permission_error: 'AccessDeniedException',
  not_found_error: 'ResourceNotFoundException',
  rate_limit_error: 'ThrottlingException',
  timeout_error: 'ModelTimeoutException',
  api_error: 'InternalServerException',
  overloaded_error: 'ServiceUnavailableException',
};

function asException(error: unknown): unknown {
  if (!isObject(error) || typeof error.type !== 'string') return error;
  return { name: exceptions[error.type] ?? error.type, message: error.message };
}
