import { completionCeiling, likelyUsage } from '../../core/billing/hold.ts';
import { formatUsd } from '../../core/billing/money.ts';
import type { WholeAnswer } from '../../core/chat/dialect.ts';
import type { TokenUsage } from '../../core/chat/usage.ts';
import { type GatewayError, toWire } from '../../core/errors.ts';
import type { JsonObject } from '../../core/json.ts';
import type { AttemptRecord } from '../../core/log-record.ts';
import { beginningRepeatsCredential, repeatsCredential } from '../../core/redaction/answer-traces.ts';
import { redacted } from '../../core/routing/attempt-record.ts';
import { explain } from '../../core/routing/explain.ts';
import type { Failure } from '../../core/routing/failure.ts';
import { isOwn } from '../../core/routing/policy.ts';
import type { UpstreamAnswer } from '../../core/routing/upstream.ts';
import { answerHeaders } from './answer-headers.ts';
import type { CommittedStream } from './attempt.ts';
import type { Dispatched, Served } from './dispatched.ts';
import { createMeter, createTextWriter, estimateDelivered, type Meter } from './meter.ts';
import type { InferenceDeps, InferenceRequest, Reply } from './request.ts';
import { costsOf, type Ending, settle } from './settle.ts';

/** A dispatched request that was served. */
export type Delivery<Answer> = Dispatched & { served: Served & { answer: Answer } };

const jsonType = { 'content-type': 'application/json' };

/** A whole answer: settled and logged, then told. */
export async function toJson(
  request: InferenceRequest,
  dispatched: Delivery<UpstreamAnswer>,
  deps: InferenceDeps,
): Promise<Reply> {
  const { answer } = dispatched.served.answer;
  const usage = answer.usage ?? estimatedUsage(dispatched, estimateAnswer(request, answer));
  const body = {
    ...answer.body,
    usage: { ...(answer.body.usage as JsonObject | null), ...extras(dispatched, usage, deps) },
  };
  await settle(
    request,
    dispatched,
    { ...served(dispatched), usage, usageEstimated: answer.usage === null, finishReason: answer.finishReason },
    deps,
  );
  return {
    status: 200,
    headers: { ...jsonType, ...answerHeaders(request.started, dispatched) },
    body: told(toText(answer, body), body, dispatched),
  };
}

/** Embeddings hold numbers, and their beginning no names. */
function told(text: string, body: JsonObject, { served: { redact } }: Delivery<UpstreamAnswer>): string {
  return repeatsCredential(body, redact) ? redact(text) : text;
}

/** The provider's count of input tokens, or an estimate that says so. */
export async function toCount(
  request: InferenceRequest,
  dispatched: Delivery<Served['answer']>,
  deps: InferenceDeps,
): Promise<Reply> {
  const { answer } = dispatched.served;
  await settle(request, dispatched, served(dispatched), deps);
  const headers: Record<string, string> = { ...jsonType, ...answerHeaders(request.started, dispatched) };
  if (answer.type === 'json') return { status: 200, headers, body: JSON.stringify(answer.answer.body) };
  const bounds = request.door?.native.bounds(request.body, Buffer.byteLength(request.bodyText));
  const input_tokens = bounds === undefined ? 0 : likelyUsage(bounds, 0).prompt;
  return { status: 200, headers: { ...headers, 'x-keyway-estimated': 'true' }, body: JSON.stringify({ input_tokens }) };
}

function toText({ preface }: WholeAnswer, body: JsonObject): string {
  return preface === undefined ? JSON.stringify(body) : `${preface},${JSON.stringify(body).slice(1)}`;
}

/** No estimate is above what the request may have been answered with at most: that was set aside. */
function estimatedUsage({ served: { bounds }, verdict }: Delivery<Served['answer']>, completion: number): TokenUsage {
  const possible = verdict.type === 'served' ? (verdict.target.offer?.maxOutputTokens ?? null) : null;
  return likelyUsage(bounds, Math.min(completion, completionCeiling(bounds, possible)));
}

/** What an answer without counts is taken to say, at four characters of JSON per token. Embeddings say nothing. */
function estimateAnswer({ operation }: InferenceRequest, { body }: WholeAnswer): number {
  return operation === 'embed' ? 0 : Math.ceil(JSON.stringify(body).length / 4);
}

/** A stream: the record is written before its last text leaves. */
export async function toStream(
  request: InferenceRequest,
  dispatched: Delivery<CommittedStream>,
  deps: InferenceDeps,
): Promise<Reply> {
  const body = relay(request, dispatched, deps);
  // Entered now: a generator that nobody has begun to read runs no `finally` when the caller leaves, and nothing would be settled.
  await body.next();
  return {
    status: 200,
    headers: {
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-cache',
      ...answerHeaders(request.started, dispatched),
    },
    body,
  };
}

/** The first text is empty. */
async function* relay(
  request: InferenceRequest,
  dispatched: Delivery<CommittedStream>,
  deps: InferenceDeps,
): AsyncGenerator<string> {
  const meter = createMeter();
  const started = performance.now();
  const { redact, answer } = dispatched.served;
  const tell = (failure: Failure) => {
    if (dispatched.verdict.type !== 'served') throw new Error('A stream without a target.');
    return explain(dispatched.verdict.target, redacted(failure, redact), []);
  };
  const write = createTextWriter(meter, {
    usageExtras: (usage) => extras(dispatched, usage, deps),
    errorEvent: (failure) => errorEvent(request, tell(failure), meter.next),
  });
  let last = '';
  let clean: ((text: string) => string) | null = null;
  try {
    yield '';
    // The last text is kept back until the record is written: who sees the end finds the log.
    for await (const batch of answer.frames) {
      const given = write(batch);
      if (given === '') continue;
      clean ??= beginningRepeatsCredential(given, redact) ? redact : (text) => text;
      const text = clean(given);
      if (meter.complete || meter.failure !== null) {
        last = text;
        break;
      }
      yield text;
    }
  } finally {
    const ending = endingOf(dispatched, meter, tell);
    await settle(request, dispatched, { ...ending, streamedMs: performance.now() - started }, deps);
  }
  if (last !== '') yield last;
}

function errorEvent({ door, requestId }: InferenceRequest, error: GatewayError, sequence?: number): string {
  return door?.writeErrorEvent(error, requestId, sequence) ?? `data: ${JSON.stringify(toWire(error, requestId))}\n\n`;
}

function endingOf(
  dispatched: Delivery<CommittedStream>,
  meter: Meter,
  tell: (failure: Failure) => GatewayError,
): Ending {
  const failure = meter.complete ? null : (meter.failure ?? left);
  const { redact } = dispatched.served;
  const ending = served(dispatched);
  return {
    ...ending,
    ...(failure !== null && {
      error: tell(failure),
      attempts: withFailure(ending.attempts, redacted(failure, redact)),
    }),
    usage: meter.usage ?? estimatedUsage(dispatched, estimateDelivered(meter)),
    usageEstimated: meter.usage === null,
    finishReason: failure === null ? meter.finishReason : null,
  };
}

const left: Failure = {
  kind: 'cancelled',
  status: null,
  code: null,
  message: 'The caller left in the middle of the answer.',
  providerRequestId: null,
};

/** The last attempt served until it failed. */
function withFailure(attempts: AttemptRecord[], { kind, code, message }: Failure): AttemptRecord[] {
  return attempts.map((record, i) =>
    i === attempts.length - 1 ? { ...record, kind, code, message: message.slice(0, 1000) } : record,
  );
}

function served({ served: { droppedParams }, tried }: Delivery<Served['answer']>): Ending {
  return {
    error: null,
    usage: null,
    usageEstimated: false,
    finishReason: null,
    droppedParams,
    attempts: tried.map(({ record }) => record),
  };
}

function extras(dispatched: Dispatched, usage: TokenUsage | null, deps: InferenceDeps): JsonObject {
  const { verdict } = dispatched;
  return {
    byok_used: verdict.type === 'served' && isOwn(verdict.target),
    fallback_triggered: verdict.type === 'served' && verdict.fallback,
    cost: formatUsd(costsOf(dispatched, usage, deps.feePercent).charged),
  };
}
