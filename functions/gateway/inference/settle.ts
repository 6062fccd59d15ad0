import type { ApiKey } from '../../core/accounts/workspace.ts';
import { costOf } from '../../core/billing/cost.ts';
import { leastCharge } from '../../core/billing/hold.ts';
import { formatUsd, type NanoUsd, roundUpToCharge } from '../../core/billing/money.ts';
import type { Hold } from '../../core/billing/spend-caps.ts';
import type { TokenUsage } from '../../core/chat/usage.ts';
import { type GatewayError, nameOf } from '../../core/errors.ts';
import type { AttemptRecord, InvocationIds, LogRecord } from '../../core/log-record.ts';
import type { ApiKeys, Ledger, RequestLog } from '../../core/ports.ts';
import { inShort } from '../../core/routing/attempt-record.ts';
import { isOwn } from '../../core/routing/policy.ts';
import type { UpstreamCall } from '../../core/routing/upstream.ts';
import type { Principal } from '../access/authenticate.ts';
import type { RateLimiter } from '../accounts/rate-limiter.ts';
import type { Lease, WorkspaceLimiter } from '../accounts/workspace-limiter.ts';
import { type HealthNoteDeps, noteHealth } from '../keys/health-notes.ts';
import { providerTime, toldRequestId } from './answer-headers.ts';
import type { Dispatched } from './dispatched.ts';

export interface SettleDeps extends HealthNoteDeps {
  log: RequestLog;
  ledger: Ledger;
  feePercent: number;
  limiter: RateLimiter;
  workspaceLimiter: WorkspaceLimiter;
  apiKeys: Pick<ApiKeys, 'touch'>;
}

export interface Asked {
  requestId: string;
  /** Epoch ms and `performance.now()` of the request's arrival. */
  at: number;
  started: number;
  endpoint: string;
  model: string | null;
  stream: boolean;
  /** Absent: it never came so far. */
  operation?: UpstreamCall['operation'];
  client: { user_agent: string | null; ip: string | null };
  /** The caller's trace. */
  traceparent: string | null;
  ids: InvocationIds;
  /** What it counts in of the workspace's limits. */
  lease?: Lease | null;
}

export interface Ending {
  /** Null: served. */
  error: GatewayError | null;
  usage: TokenUsage | null;
  usageEstimated: boolean;
  /** In the words of chat completions. */
  finishReason: string | null;
  droppedParams: string[];
  /** The calls as the log keeps them. */
  attempts: AttemptRecord[];
  /** Milliseconds that a stream went on after its commit point. */
  streamedMs?: number;
}

/** What this request costs the workspace, and what it costs whoever pays the provider. Platform use is charged; BYOK only bears the fee. */
export function costsOf(
  dispatched: Dispatched,
  usage: TokenUsage | null,
  feePercent: number,
): { charged: NanoUsd; upstream: NanoUsd | null } {
  const unanswered = unansweredCost(dispatched);
  if (dispatched.verdict.type !== 'served') return { charged: unanswered, upstream: null };
  const { target } = dispatched.verdict;
  const price = target.offer?.price;
  if (!price || usage === null) return { charged: unanswered, upstream: null };
  const upstream = costOf(usage, price);
  return {
    charged: unanswered + (isOwn(target) ? roundUpToCharge((upstream * feePercent) / 100) : upstream),
    upstream: upstream + unanswered,
  };
}

/**
 * Platform calls that nobody waited for to the end: the provider works on them and is paid for the input at least. One that says
 * itself that it ran out of time has answered, with an error, and bills nothing.
 */
function unansweredCost({ tried, verdict }: Dispatched): NanoUsd {
  return tried.reduce((sum, { target, sent, record }) => {
    if (sent === null || isOwn(target) || record.status !== null) return sum;
    if (record.kind !== 'timeout' && record.kind !== 'cancelled') return sum;
    if (verdict.type === 'served' && verdict.target === target) return sum;
    return target.offer.price ? sum + leastCharge(sent, target.offer.price) : sum;
  }, 0);
}

/** Settles credit, notes how the keys fared and writes the one log record: everything that must be done before the response ends. */
export async function settle(
  asked: Asked & { principal: Principal },
  dispatched: Dispatched | null,
  ending: Ending,
  deps: SettleDeps,
): Promise<void> {
  const { principal } = asked;
  const costs =
    dispatched === null ? { charged: 0, upstream: null } : costsOf(dispatched, ending.usage, deps.feePercent);
  // The log comes after the balance, because it says whether the balance is settled: the sweep goes by that.
  const [settled] = await Promise.all([
    charge(principal.workspace.id, asked.requestId, dispatched?.held ?? null, costs.charged, deps),
    dispatched === null ? null : noteHealth(asked, principal, dispatched, costs.charged, deps),
    noteUse(asked, principal.apiKey, ending, deps),
  ]);
  const record = toRecord(asked, dispatched, ending, { ...costs, settled }, deps.now());
  await write('log_write_failed', record, () => deps.log.write(record), deps);
}

/** An authenticated request that was refused before anything was done for it: the record alone. */
export async function noteRefusal(
  asked: Asked & { principal: Principal },
  error: GatewayError,
  deps: Pick<SettleDeps, 'log' | 'now' | 'report'>,
): Promise<void> {
  const record = toRecord(asked, null, refusedEnding(error), { charged: 0, upstream: null, settled: true }, deps.now());
  await write('log_write_failed', record, () => deps.log.write(record), deps);
  error.recorded = true;
}

/** How a request ends that was refused. */
export function refusedEnding(error: GatewayError, attempts: AttemptRecord[] = []): Ending {
  return { error, usage: null, usageEstimated: false, finishReason: null, droppedParams: [], attempts };
}

/** How old an API key's `last_used_at` may get: the hot path writes nothing meanwhile. */
const lastUsedResolution = 3_600_000;

async function noteUse(asked: Asked, apiKey: ApiKey, { usage }: Ending, deps: SettleDeps): Promise<void> {
  const tokens = usage === null ? 0 : usage.prompt + usage.completion;
  const stale = apiKey.lastUsedAt == null || asked.at - Date.parse(apiKey.lastUsedAt) > lastUsedResolution;
  const about = { api_key_id: apiKey.id, request_id: asked.requestId };
  await Promise.all([
    stale && deps.recent.begin(`${apiKey.id} used`, asked.at - lastUsedResolution, asked.at)
      ? write('last_use_not_noted', about, () => deps.apiKeys.touch(apiKey, asked.at), deps)
      : null,
    usage && write('tokens_not_counted', about, () => deps.limiter.countTokens(apiKey, tokens), deps),
    asked.lease?.end(tokens),
  ]);
}

/** Whether nothing is left to charge. A fee of a BYOK request is taken without a hold: it is served whatever the balance. */
function charge(
  workspaceId: string,
  requestId: string,
  held: Hold | null,
  cost: NanoUsd,
  deps: SettleDeps,
): Promise<boolean> {
  if (held === null && cost === 0) return Promise.resolve(true);
  const run = () =>
    held === null
      ? deps.ledger.charge(workspaceId, requestId, cost)
      : deps.ledger.settle(workspaceId, requestId, held, cost);
  return write(
    'settle_failed',
    { workspace_id: workspaceId, request_id: requestId, held: held?.amount ?? null, cost },
    run,
    deps,
  );
}

/** A store that fails never fails the answer: what it should have kept goes to the function's log, whole. */
async function write(
  event: string,
  details: object,
  run: () => Promise<void>,
  deps: Pick<SettleDeps, 'report'>,
): Promise<boolean> {
  try {
    await run();
    return true;
  } catch (error) {
    deps.report(event, { error: nameOf(error), ...details });
    return false;
  }
}

function toRecord(
  asked: Asked & { principal: Principal },
  dispatched: Dispatched | null,
  ending: Ending,
  costs: { charged: NanoUsd; upstream: NanoUsd | null; settled: boolean },
  now: number,
): LogRecord {
  const target = dispatched?.verdict.type === 'nothing' || dispatched == null ? null : dispatched.verdict.target;
  const { principal } = asked;
  const total = performance.now() - asked.started;
  const providerMs = (dispatched === null ? 0 : providerTime(dispatched)) + (ending.streamedMs ?? 0);
  const { usage } = ending;
  return {
    request_id: asked.requestId,
    ...asked.ids,
    workspace_id: principal.workspace.id,
    api_key_id: principal.apiKey.id,
    at: new Date(asked.at).toISOString(),
    endpoint: asked.endpoint,
    model: asked.model,
    stream: asked.stream,
    status: ending.error?.status ?? 200,
    error_code: ending.error?.code ?? null,
    ...inShort(dispatched, ending.attempts, ending.error?.message ?? null),
    credential: target?.type ?? null,
    provider: target?.provider ?? null,
    provider_key_id: target !== null && isOwn(target) ? target.key.id : null,
    provider_model: target?.model ?? null,
    provider_request_id: dispatched && toldRequestId(dispatched),
    fallback_triggered: dispatched?.verdict.type === 'served' && dispatched.verdict.fallback,
    attempts: ending.attempts,
    usage: usage && {
      prompt_tokens: usage.prompt,
      completion_tokens: usage.completion,
      cached_tokens: usage.cached,
      reasoning_tokens: usage.reasoning,
    },
    usage_estimated: ending.usageEstimated,
    cost: formatUsd(costs.charged),
    settled: costs.settled,
    upstream_cost: costs.upstream === null ? null : formatUsd(costs.upstream),
    first_byte_ms: dispatched?.served == null ? null : Math.round(dispatched.served.firstByteMs),
    total_ms: Math.round(total),
    gateway_ms: Math.max(0, Math.round(total - providerMs)),
    finish_reason: ending.finishReason,
    dropped_params: ending.droppedParams,
    client: asked.client,
    ...(asked.traceparent !== null && { traceparent: asked.traceparent }),
    expires_at: Math.floor(now / 1000) + principal.workspace.retentionDays * 86_400,
  };
}
