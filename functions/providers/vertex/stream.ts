import type { ProviderStream, StreamPart } from '../../core/routing/provider.ts';
import { createSseReader } from '../../transport/sse-reader.ts';
import type { StreamTranslator } from './dialect.ts';
import { readBreak } from './errors.ts';

/**
 * The parts of a streamed answer, one batch per read. It ends without `end` when the provider broke off.
 * `controller` ends the upstream call, so that a consumer who leaves does not wait for the next bytes; `signal` tells that
 * somebody ended it.
 */
export function streamParts(
  body: ReadableStream<Uint8Array>,
  translator: StreamTranslator,
  controller: AbortController,
  signal: AbortSignal,
): ProviderStream['parts'] {
  return {
    [Symbol.asyncIterator]() {
      const batches = read(body, translator, signal);
      return {
        next: () => batches.next(),
        return() {
          controller.abort();
          return batches.return(undefined);
        },
      };
    },
  };
}

async function* read(
  body: ReadableStream<Uint8Array>,
  translator: StreamTranslator,
  signal: AbortSignal,
): AsyncGenerator<StreamPart[], undefined> {
  const decoder = new TextDecoder();
  const events = createSseReader();
  try {
    for await (const bytes of body) {
      const batch = translate(translator, events.push(decoder.decode(bytes, { stream: true })));
      if (batch.length > 0) yield batch;
      if (batch.at(-1)?.type === 'failure') return;
      if (translator.done()) break;
    }
    const rest = translator.done() ? null : events.rest();
    const last = rest === null ? [] : translate(translator, [rest]);
    const failed = last.find((part) => part.type === 'failure');
    // Half an event makes no sense, and says no more than that the stream was cut.
    if (last.length > 0 && !failed?.failure.garbled) yield last;
    if (failed) return;
  } catch (error) {
    if (!translator.complete()) {
      yield [{ type: 'failure', failure: readBreak(error, signal) }];
      return;
    }
  }
  if (translator.complete()) yield translator.finish();
}

function translate(translator: StreamTranslator, events: string[]): StreamPart[] {
  const batch: StreamPart[] = [];
  for (const data of events) {
    batch.push(...translator.read(data));
    if (batch.at(-1)?.type === 'failure') break;
  }
  return batch;
}
