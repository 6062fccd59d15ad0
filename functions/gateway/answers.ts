import { estimateUsage } from '../core/billing/hold.ts';
import { formatUsd } from '../core/billing/money.ts';
import { readUsage, type TokenUsage } from '../core/chat/usage.ts';
import { type GatewayError, toWire } from '../core/errors.ts';
import type { JsonObject } from '../core/json.ts';
import { redacted } from '../core/routing/attempt-record.ts';
import { explain } from '../core/routing/explain.ts';
import type { Failure } from '../core/routing/failure.ts';
import { isOwn } from '../core/routing/policy.ts';
import type { ProviderJson } from '../core/routing/provider.ts';
import { answerHeaders } from './answer-headers.ts';
import type { CommittedStream } from './attempt.ts';
import type { Dispatched } from './dispatch.ts';
import { type InferenceDeps, type InferenceRequest, type Reply, wantsUsage } from './inference-request.ts';
import { close, costsOf, type Ending } from './journal.ts';
import { createMeter, estimateAnswer, estimateDelivered, type Meter, toEvents } from './meter.ts';

/** A whole answer: settled and logged, then told. */
export async function toJson(
  request: InferenceRequest,
  dispatched: Dispatched,
  answer: ProviderJson,
  deps: InferenceDeps,
): Promise<Reply> {
  const { body } = answer;
  const reported = readUsage(body.usage);
  const usage = reported ?? estimateUsage(request.body, request.bodyBytes, estimateAnswer(body));
  body.usage = { ...(body.usage as JsonObject | undefined), ...usageExtras(dispatched, usage, deps) };
  const ending: Ending = {
    error: null,
    usage,
    usageEstimated: reported === null,
    finishReason: finishReasonOf(body),
    droppedParams: answer.droppedParams,
  };
  await close(request, request.principal, dispatched, ending, deps);
  return {
    status: 200,
    headers: { 'content-type': 'application/json', ...answerHeaders(request.started, dispatched, answer) },
    body: toText(answer),
  };
}

function toText({ preface, body }: ProviderJson): string {
  return preface === undefined ? JSON.stringify(body) : `${preface},${JSON.stringify(body).slice(1)}`;
}

/** A stream: the record is written before its last text leaves. */
export async function toStream(
  request: InferenceRequest,
  dispatched: Dispatched,
  answer: CommittedStream,
  deps: InferenceDeps,
): Promise<Reply> {
  const body = relay(request, dispatched, answer, deps);
  // Entered now: a generator that nobody has begun to read runs no `finally` when the caller leaves, and nothing would be settled.
  await body.next();
  return {
    status: 200,
    headers: {
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-cache',
      ...answerHeaders(request.started, dispatched, answer),
    },
    body,
  };
}

/** The first text is empty. */
async function* relay(
  request: InferenceRequest,
  dispatched: Dispatched,
  answer: CommittedStream,
  deps: InferenceDeps,
): AsyncGenerator<string> {
  const meter = createMeter();
  const started = performance.now();
  const told = (failure: Failure) => {
    if (dispatched.verdict.type !== 'served') throw new Error('A stream without a target.');
    return explain(dispatched.verdict.target, redacted(failure, dispatched.redact), []);
  };
  const events = toEvents(answer.parts, meter, {
    includeUsage: wantsUsage(request),
    usageExtras: (usage) => usageExtras(dispatched, usage, deps),
    errorFrame: (failure) => toWire(told(failure), request.requestId),
  });
  let last = '';
  try {
    yield '';
    // The last text is kept back until the record is written: who sees the end finds the log.
    for await (const text of events) {
      if (last !== '') yield last;
      last = '';
      if (meter.complete || meter.failure !== null) last = text;
      else yield text;
    }
  } finally {
    dispatched.providerMs += performance.now() - started;
    await close(request, request.principal, dispatched, endingOf(request, dispatched, answer, meter, told), deps);
  }
  if (last !== '') yield last;
}

function endingOf(
  request: InferenceRequest,
  dispatched: Dispatched,
  answer: CommittedStream,
  meter: Meter,
  told: (failure: Failure) => GatewayError,
): Ending {
  const left: Failure = {
    kind: 'cancelled',
    status: null,
    code: null,
    message: 'The caller left in the middle of the answer.',
    providerRequestId: null,
  };
  const failure = meter.complete ? null : (meter.failure ?? left);
  const record = dispatched.attempts.at(-1);
  if (failure !== null && record) {
    const clean = redacted(failure, dispatched.redact);
    Object.assign(record, { kind: clean.kind, code: clean.code, message: clean.message.slice(0, 1000) });
  }
  return {
    error: failure && told(failure),
    usage: meter.usage ?? estimateUsage(request.body, request.bodyBytes, estimateDelivered(meter)),
    usageEstimated: meter.usage === null,
    finishReason: failure === null ? meter.finishReason : null,
    droppedParams: answer.droppedParams,
  };
}

function usageExtras(dispatched: Dispatched, usage: TokenUsage | null, deps: InferenceDeps): JsonObject {
  const { verdict } = dispatched;
  return {
    byok_used: verdict.type === 'served' && isOwn(verdict.target),
    fallback_triggered: verdict.type === 'served' && verdict.fallback,
    cost: formatUsd(costsOf(dispatched, usage, deps.feePercent).charged),
  };
}

function finishReasonOf(body: JsonObject): string | null {
  const choice = Array.isArray(body.choices) ? (body.choices[0] as JsonObject | undefined) : undefined;
  return typeof choice?.finish_reason === 'string' ? choice.finish_reason : null;
}
