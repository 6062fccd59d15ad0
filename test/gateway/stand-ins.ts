import type { JsonObject } from '../../functions/core/json.ts';
import type { Failure } from '../../functions/core/routing/failure.ts';
import type { ProviderResult, StreamPart } from '../../functions/core/routing/provider.ts';

/** A hand-made stream: batches of parts, a wait for the call to be aborted, or an error that an adapter must not throw. */
export type Step = StreamPart[] | 'hang' | 'throw';

export function words(text: string): StreamPart {
  return {
    type: 'chunk',
    json: JSON.stringify({ choices: [{ index: 0, delta: { content: text }, finish_reason: null }] }),
    content: true,
    finishReason: null,
  };
}

export const role: StreamPart = {
  type: 'chunk',
  json: '{"choices":[{"index":0,"delta":{"role":"assistant"},"finish_reason":null}]}',
  content: false,
  finishReason: null,
};
export const finish: StreamPart = {
  type: 'chunk',
  json: '{"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}',
  content: true,
  finishReason: 'stop',
};
export const end: StreamPart = { type: 'end' };

export function broken(failure: Failure): StreamPart {
  return { type: 'failure', failure };
}

/** Remembers whether the adapter could clean up. */
export interface Trace {
  cleaned: boolean;
}

export function stream(steps: Step[], signal: AbortSignal, trace: Trace = { cleaned: false }): ProviderResult {
  async function* parts(): AsyncGenerator<StreamPart[]> {
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
  return { type: 'stream', parts: parts(), providerRequestId: 'provider-1', droppedParams: [] };
}

export function json(body: JsonObject = { choices: [] }): ProviderResult {
  return { type: 'json', body, providerRequestId: 'provider-1', droppedParams: [] };
}

export function failed(failure: Failure): ProviderResult {
  return { type: 'failure', failure };
}

export function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    signal.addEventListener('abort', () => resolve(), { once: true });
  });
}

export async function collect(parts: AsyncIterable<StreamPart[]>): Promise<StreamPart[]> {
  const all: StreamPart[] = [];
  for await (const batch of parts) all.push(...batch);
  return all;
}
