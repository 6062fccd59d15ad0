import type { InvokeModelCommandInput, ResponseStream, Trace } from '@aws-sdk/client-bedrock-runtime';
import type { Door } from '../../core/chat/dialect.ts';
import { isObject, type JsonObject } from '../../core/json.ts';
import type { Prepared, UpstreamCall, UpstreamResult } from '../../core/routing/upstream.ts';
import { countRequest } from '../../dialects/anthropic-messages/count.ts';
import { editRequest } from '../../dialects/anthropic-messages/edit-request.ts';
import { sniffImage } from '../../dialects/converse/content-blocks.ts';
import { takeGuardrail } from '../../dialects/converse/write-request.ts';
import type { ImageFetch } from '../../transport/image-fetch.ts';
import type { Connection } from './client.ts';
import type { ErrorContext } from './error-rules.ts';
import { garbledFailure, toFailure } from './errors.ts';
import { relayStream } from './relay-stream.ts';
import { fetchImages } from './remote-images.ts';

/**
 * The caller's Messages body as Claude takes it on Bedrock: everything as it is, but for pictures behind addresses,
 * which Bedrock does not fetch, and the guardrail, which is asked for beside the body. Throws `Refusal`.
 */
export async function writeMessages(
  { body: given, headers, model, stream, signal, operation }: UpstreamCall,
  fetchImage: ImageFetch,
): Promise<{ body: JsonObject; input: InvokeModelCommandInput; text: string }> {
  const { guardrail, rest } = takeGuardrail(given);
  const wanted = new Map<string, string>();
  mapImages(rest.messages, 'messages', (url, at) => {
    if (!wanted.has(url)) wanted.set(url, at);
    return null;
  });
  const images = await fetchImages(wanted, fetchImage, signal);
  const complete =
    wanted.size === 0 ? rest : { ...rest, messages: mapImages(rest.messages, 'messages', inline(images)) };
  const betaHeader = headers['anthropic-beta'];
  const host = { host: 'bedrock', model, ...(betaHeader !== undefined && { betaHeader }) } as const;
  const { body } = operation === 'count' ? countRequest(complete, host) : editRequest(complete, { ...host, stream });
  const text = JSON.stringify(body);
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
  return { body, input, text };
}

/** Claude in its own words. Throws `Refusal`. */
export async function prepareMessages(
  call: UpstreamCall,
  { native }: Door,
  fetchImage: ImageFetch,
  connect: () => Promise<Connection>,
  context: ErrorContext,
): Promise<Prepared> {
  const { body, input, text } = await writeMessages(call, fetchImage);

  const stream = async (signal: AbortSignal): Promise<UpstreamResult> => {
    const leaving = new AbortController();
    const connection = await connect();
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
    const connection = await connect();
    const { output } = await connection.invoke(input, signal);
    const providerRequestId = output.$metadata.requestId ?? null;
    const answer = native.readAnswer(Buffer.from(output.body).toString(), call.head);
    return answer === null
      ? { type: 'failure', failure: garbledFailure(null, providerRequestId) }
      : { type: 'json', answer, providerRequestId };
  };

  return {
    type: 'ready',
    dropped: [],
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

type Replace = (url: string, at: string) => JsonObject | null;

/**
 * Contents, with the sources of pictures behind https addresses replaced. `replace` gives null where a source stays.
 */
function mapImages(value: unknown, at: string, replace: Replace): unknown {
  if (!Array.isArray(value)) return value;
  return value.map((block: unknown, index) => {
    if (!isObject(block)) return block;
    const here = `${at}.${index}`;
    const { source } = block;
    if (block.type === 'image' && isObject(source) && source.type === 'url' && typeof source.url === 'string') {
      const replaced = /^https?:/i.test(source.url) ? replace(source.url, `${here}.source`) : null;
      return replaced === null ? block : { ...block, source: replaced };
    }
    return Array.isArray(block.content) && here.length < 120
      ? { ...block, content: mapImages(block.content, `${here}.content`, replace) }
      : block;
  });
}

function inline(images: Map<string, Uint8Array>): Replace {
  return (url) => {
    const bytes = images.get(url);
    if (bytes === undefined) return null;
    const data = Buffer.from(bytes).toString('base64');
    return { type: 'base64', media_type: `image/${sniffImage(bytes) ?? 'png'}`, data };
  };
}
