import type { Frame } from '../../core/chat/frame.ts';
import type { TokenUsage } from '../../core/chat/usage.ts';
import type { JsonObject } from '../../core/json.ts';
import type { Failure } from '../../core/routing/failure.ts';

/** What is known of a stream while it flows. */
export interface Meter {
  usage: TokenUsage | null;
  finishReason: string | null;
  failure: Failure | null;
  /** Whether the provider said that the answer is complete. */
  complete: boolean;
  /** Events with content that were passed on, and their length. */
  events: number;
  chars: number;
  shortest: number;
  /** The number of the next event, in formats that count their events. */
  next?: number;
}

export function createMeter(): Meter {
  return {
    usage: null,
    finishReason: null,
    failure: null,
    complete: false,
    events: 0,
    chars: 0,
    shortest: Number.POSITIVE_INFINITY,
  };
}

/**
 * Makes text of the frames of a committed stream, batch by batch; nothing follows once the meter says `complete` or `failure`. Closing
 * events are kept back until the provider has said that the answer is complete: a cut stream never looks complete. `usageExtras` is
 * what the gateway adds to `usage`.
 */
export function createTextWriter(
  meter: Meter,
  told: { usageExtras(usage: TokenUsage): JsonObject; errorEvent(failure: Failure): string },
): (batch: Frame[]) => string {
  let closing = '';
  return (batch) => {
    let text = '';
    for (const frame of batch) {
      if (frame.type === 'event') {
        if (frame.closing) closing += frame.text;
        else {
          text += frame.text;
          if (frame.next !== undefined) meter.next = frame.next;
        }
        if (frame.content) count(meter, frame.text);
      } else if (frame.type === 'finish') {
        meter.finishReason ??= frame.reason;
      } else if (frame.type === 'usage') {
        meter.usage = frame.usage;
        closing += frame.write(told.usageExtras(frame.usage)) ?? '';
      } else if (frame.type === 'end') {
        meter.complete = true;
        text += closing + frame.text;
      } else {
        meter.failure = frame.failure;
        meter.finishReason = null;
        text += told.errorEvent(frame.failure);
      }
      // Whatever follows in the same batch (servers do send more after an error) must not reach the caller.
      if (meter.complete || meter.failure !== null) break;
    }
    return text;
  };
}

function count(meter: Meter, text: string): void {
  meter.events++;
  meter.chars += text.length;
  if (text.length < meter.shortest) meter.shortest = text.length;
}

/**
 * How many tokens were delivered when the provider does not say: at least one per event, and one per four characters
 * beyond what the events have in common.
 */
export function estimateDelivered(meter: Meter): number {
  if (meter.events === 0) return 0;
  const beyond = meter.chars - meter.events * meter.shortest;
  return meter.events + Math.ceil(beyond / 4);
}
