import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import type { IExportMetricsServiceResponse, IExportTraceServiceResponse } from '@opentelemetry/otlp-transformer';
import { nameOf } from '../core/errors.ts';

/** One POST's fate. `refused`: these very bytes will never be taken. `unavailable`: they may be, later. */
export type Delivered =
  | { type: 'taken'; rejected: number; message: string }
  | { type: 'refused'; why: string }
  | { type: 'unavailable'; why: string };

/** A collector, by OTLP/HTTP in binary protobuf: the one encoding that all of them take (docs/export.md). */
export interface Collector {
  post(signal: Signal, body: Uint8Array, remainingMs: number): Promise<Delivered>;
}

export type Signal = 'traces' | 'metrics';

export interface CollectorDeps {
  /** Base address, without `/v1/traces`. */
  endpoint: string;
  /** The operator's own headers. `anew`: not from memory, since the collector refused those. */
  headers(anew: boolean): Promise<Record<string, string>>;
  /** Reads the collector's answer to a signal. Throws when it is none. */
  read(signal: Signal, answer: Uint8Array): IExportTraceServiceResponse | IExportMetricsServiceResponse;
  parseRetryAfter(header: string | null): number | undefined;
  wait(ms: number): Promise<void>;
  fetch: typeof fetch;
}

const compress = promisify(gzip);

/** What a collector gets to answer. */
const timeoutMs = 10_000;
const tries = 3;
/** Before another try, where the collector names no time: doubled each time. */
const pauseMs = 1000;
/** Whoever wants more time than this gets it: the batch comes again by itself. */
const longestPauseMs = 60_000;
/** An answer is a few bytes; whoever sends more is no collector. */
const longestAnswer = 64 * 1024;

/** opentelemetry.io/docs/specs/otlp/#retryable-response-codes */
const passing = [429, 502, 503, 504];
/** About the body, not about the way to the collector. */
const refusals = [400, 413, 422];

export function createCollector(deps: CollectorDeps): Collector {
  return {
    async post(signal, body, remainingMs) {
      const end = performance.now() + remainingMs;
      const packed = await compress(body);
      let anew = false;
      for (let attempt = 1; ; attempt++) {
        const answer = await ask(signal, packed, anew, deps);
        if (answer.delivered !== null) return answer.delivered;
        const pause = answer.retryAfterMs ?? pauseMs * 2 ** (attempt - 1);
        if (attempt === tries || pause > longestPauseMs || performance.now() + pause + timeoutMs > end)
          return { type: 'unavailable', why: answer.why };
        anew ||= answer.unauthorized;
        await deps.wait(pause);
      }
    },
  };
}

type Answer =
  | { delivered: Delivered }
  | { delivered: null; why: string; retryAfterMs?: number | undefined; unauthorized: boolean };

async function ask(
  signal: Signal,
  body: Buffer,
  anew: boolean,
  { endpoint, headers, read, fetch, parseRetryAfter }: CollectorDeps,
): Promise<Answer> {
  try {
    const own = await headers(anew);
    const response = await fetch(`${endpoint}/v1/${signal}`, {
      method: 'POST',
      headers: { ...own, 'content-type': 'application/x-protobuf', 'content-encoding': 'gzip' },
      body: new Uint8Array(body),
      // The headers are for this address alone.
      redirect: 'manual',
      signal: AbortSignal.timeout(timeoutMs),
    });
    if (response.ok) return { delivered: taken(signal, new Uint8Array(await response.arrayBuffer()), read) };
    await response.body?.cancel();
    const why = `status ${response.status}`;
    if (refusals.includes(response.status)) return { delivered: { type: 'refused', why } };
    if (response.status === 401 || response.status === 403)
      return { delivered: null, why, retryAfterMs: 0, unauthorized: true };
    if (passing.includes(response.status)) {
      const retryAfterMs = parseRetryAfter(response.headers.get('retry-after'));
      return { delivered: null, why, retryAfterMs, unauthorized: false };
    }
    return { delivered: { type: 'unavailable', why } };
  } catch (error) {
    // `fetch` hides the reason, and the address in its message is in the settings.
    const cause = error instanceof Error && error.cause !== undefined ? error.cause : error;
    return { delivered: null, why: codeOf(cause) ?? nameOf(error), unauthorized: false };
  }
}

/** A partial success is final: what the collector rejected must not be sent again (opentelemetry.io/docs/specs/otlp/#partial-success-1). */
function taken(signal: Signal, answer: Uint8Array, read: CollectorDeps['read']): Delivered {
  const nothing = { type: 'taken' as const, rejected: 0, message: '' };
  if (answer.length === 0 || answer.length > longestAnswer) return nothing;
  try {
    const { partialSuccess } = read(signal, answer);
    if (!partialSuccess) return nothing;
    const { errorMessage } = partialSuccess;
    const rejected = 'rejectedSpans' in partialSuccess ? partialSuccess.rejectedSpans : undefined;
    const points = 'rejectedDataPoints' in partialSuccess ? partialSuccess.rejectedDataPoints : undefined;
    return { ...nothing, rejected: Number(rejected ?? points ?? 0), message: (errorMessage ?? '').slice(0, 300) };
  } catch {
    // Some answer with JSON, or a page: a success all the same.
    return nothing;
  }
}

function codeOf(error: unknown): string | null {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : null;
}
