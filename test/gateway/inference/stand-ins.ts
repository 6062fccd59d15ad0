import type { RequestBounds } from '../../../functions/core/chat/bounds.ts';
import type { Frame } from '../../../functions/core/chat/frame.ts';
import type { JsonObject } from '../../../functions/core/json.ts';
import type { Failure } from '../../../functions/core/routing/failure.ts';
import type { UpstreamResult } from '../../../functions/core/routing/upstream.ts';

/** A hand-made stream: batches of frames, a wait for the call to be aborted, or an error that an adapter must not throw. */
export type Step = Frame[] | 'hang' | 'throw';

function event(data: string, content: boolean, closing = false): Frame {
  return { type: 'event', text: `data: ${data}\n\n`, content, closing };
}

export function words(text: string): Frame {
  return event(JSON.stringify({ said: text }), true);
}

export const role: Frame = event('{"role":"assistant"}', false);
export const finish: Frame = event('{"finished":"stop"}', true, true);
export const finished: Frame = { type: 'finish', reason: 'stop' };
export const end: Frame = { type: 'end', text: 'data: [THE END]\n\n' };

export function broken(failure: Failure): Frame {
  return { type: 'failure', failure };
}

/** Remembers whether the adapter could clean up. */
export interface Trace {
  cleaned: boolean;
}

export function stream(steps: Step[], signal: AbortSignal, trace: Trace = { cleaned: false }): UpstreamResult {
  async function* frames(): AsyncGenerator<Frame[]> {
    try {
      for (const step of steps) {
        if (step === 'throw') throw new Error('sk-FAKE-must-not-be-seen');
        if (step === 'hang') await aborted(signal);
        else yield step;
      }
    } finally {
      trace.cleaned = true;
    }
  }
  return { type: 'stream', frames: frames(), providerRequestId: 'provider-1' };
}

export function json(body: JsonObject = { said: 'it' }): UpstreamResult {
  return { type: 'json', answer: { body, usage: null, finishReason: null }, providerRequestId: 'provider-1' };
}

export function failed(failure: Failure): UpstreamResult {
  return { type: 'failure', failure };
}

export function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    signal.addEventListener('abort', () => resolve(), { once: true });
  });
}

export async function collect(frames: AsyncIterable<Frame[]>): Promise<Frame[]> {
  const all: Frame[] = [];
  for await (const batch of frames) all.push(...batch);
  return all;
}

/** What nearly every request of the tests may cost. */
export const smallBounds: RequestBounds = {
  textBytes: 100,
  images: 0,
  audioChars: 0,
  mediaChars: 0,
  remoteMedia: 0,
  maxOutputTokens: 100,
  choices: 1,
  audioOut: false,
};
