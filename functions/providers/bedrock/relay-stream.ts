import type { Frame } from '../../core/chat/frame.ts';
import type { UpstreamStream } from '../../core/routing/upstream.ts';
import type { ErrorContext } from './errors/error-rules.ts';
import { toFailure } from './errors/errors.ts';

/** What makes frames of a stream's events, in either lane. */
export interface EventRelay<Event> {
  push(event: Event): Frame[];
  /** What is due when the provider's stream ends. */
  finish(): Frame[];
  /** Whether everything has come that comes: what breaks afterwards takes nothing from the answer. */
  done(): boolean;
}

/** `leaving` ends the call: the SDK's iterator does not close the connection when it is left early; aborting does. */
export function relayStream<Event>(
  events: AsyncIterable<Event>,
  relay: EventRelay<Event>,
  leaving: AbortController,
  context: ErrorContext,
): UpstreamStream {
  const frames = leavable(readStream(events, relay, leaving, context), leaving);
  return { type: 'stream', frames, providerRequestId: context.providerRequestId };
}

/**
 * A generator is deaf to `return()` while it waits for the next event, and before it has begun: so leaving aborts
 * first.
 */
function leavable(frames: AsyncGenerator<Frame[]>, leaving: AbortController): AsyncIterable<Frame[]> {
  return {
    [Symbol.asyncIterator]: () => ({
      next: () => frames.next(),
      return: () => {
        leaving.abort();
        return frames.return(undefined);
      },
    }),
  };
}

async function* readStream<Event>(
  events: AsyncIterable<Event>,
  relay: EventRelay<Event>,
  leaving: AbortController,
  context: ErrorContext,
): AsyncGenerator<Frame[]> {
  let over = false;
  let ended = false;
  try {
    for await (const event of events) {
      const frames = relay.push(event).map((frame) => withRequestId(frame, context));
      const last = frames.at(-1)?.type;
      ended ||= last === 'end';
      if (frames.length > 0) yield frames;
      if (last === 'failure') return;
    }
    over = true;
  } catch (error) {
    if (!relay.done()) {
      yield [{ type: 'failure', failure: toFailure(error, context) }];
      return;
    }
  } finally {
    if (!over) leaving.abort();
  }
  const closing = relay.finish().map((frame) => withRequestId(frame, context));
  if (closing.length > 0) yield closing;
  else if (!ended) yield [{ type: 'failure', failure: cutShort(context) }];
}

function withRequestId(frame: Frame, { providerRequestId }: ErrorContext): Frame {
  if (frame.type !== 'failure' || frame.failure.providerRequestId !== null) return frame;
  return { ...frame, failure: { ...frame.failure, providerRequestId } };
}

function cutShort({ providerRequestId }: ErrorContext): Extract<Frame, { type: 'failure' }>['failure'] {
  return {
    kind: 'network',
    status: null,
    code: null,
    message: 'The stream from Bedrock ended before the answer was complete.',
    providerRequestId,
  };
}
