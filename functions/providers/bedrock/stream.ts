import type { ConverseStreamOutput } from '@aws-sdk/client-bedrock-runtime';
import type { Failure } from '../../core/routing/failure.ts';
import type { ProviderResult, StreamPart } from '../../core/routing/provider.ts';
import type { Connection } from './client.ts';
import type { ErrorContext } from './error-rules.ts';
import { garbledFailure, toFailure } from './errors.ts';
import type { AnswerContext } from './from-converse.ts';
import { createStreamReader, type StreamReader } from './stream-parts.ts';

/** Opens a ConverseStream. Throws whatever the SDK throws before the first event. */
export async function openStream(
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

async function* readStream(
  events: AsyncIterable<ConverseStreamOutput>,
  reader: StreamReader,
  leaving: AbortController,
  context: ErrorContext,
): AsyncGenerator<StreamPart[]> {
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
  return {
    kind: 'network',
    status: null,
    code: null,
    message: 'The stream from Bedrock ended before the answer was complete.',
    providerRequestId,
  };
}
