import type { Hold, SpendCap } from '../../core/billing/spend-caps.ts';
import type { Candidate } from '../../core/catalogue/models.ts';
import type { RequestBounds } from '../../core/chat/bounds.ts';
import type { AttemptRecord } from '../../core/log-record.ts';
import type { Hop, Verdict } from '../../core/routing/policy.ts';
import type { OwnTarget, PlatformBar, PlatformTarget, Target } from '../../core/routing/target.ts';
import type { Upstream, UpstreamAnswer, UpstreamCall } from '../../core/routing/upstream.ts';
import type { CredentialSource } from '../keys/credentials.ts';
import type { PlatformCircuit } from '../keys/platform-circuit.ts';
import type { CommittedStream, Uncountable } from './attempt.ts';

/* What dispatch is given and what it gives. */

export interface DispatchDeps {
  /** Loads an adapter on first use. */
  upstream(name: string): Promise<Upstream>;
  credentials: CredentialSource;
  /** Sets credit aside before the first platform attempt, once for all of them. */
  funds: Funds;
  locate(candidate: Candidate, region: string | null): Candidate;
  /** Whether this request may try an own key whose cooldown is just over. */
  claim(target: OwnTarget): Promise<boolean>;
  circuit: Pick<PlatformCircuit, 'enter'>;
  /** Between 0 and 1. */
  random(): number;
}

/** Credit for one request. */
export interface Funds {
  /** What is in the way, or null. `bounds`: what the written request may cost at most. */
  place(target: PlatformTarget, bounds: RequestBounds): Promise<{ bar: PlatformBar; cap: SpendCap | null } | null>;
  /** What was set aside, or may have been: to be settled whatever became of the request. */
  held(): Hold | null;
}

export interface DispatchRequest {
  workspaceId: string;
  /** The parts of the provider call that are the same for every target. */
  call: Pick<UpstreamCall, 'operation' | 'door' | 'body' | 'bodyText' | 'conversation' | 'head' | 'stream' | 'headers'>;
  /** How long one attempt may take until its content (of a stream), or as a whole. */
  contentTimeoutMs: number;
  /** When the request came, and when it must be over, in terms of `performance.now()`. */
  started: number;
  deadline: number;
  callerLeft: AbortSignal;
}

export interface Served {
  answer: UpstreamAnswer | CommittedStream | Uncountable;
  droppedParams: string[];
  /** Milliseconds from the call to its first content-bearing event. */
  firstByteMs: number;
  bounds: RequestBounds;
  redact(text: string): string;
}

export interface Tried {
  target: Target;
  record: AttemptRecord;
  /** What a call that went out may cost; null when none did. */
  sent: RequestBounds | null;
  ms: number;
}

export interface Dispatched {
  verdict: Verdict;
  hops: Hop[];
  tried: Tried[];
  /** Null unless the verdict says served. */
  served: Served | null;
  held: Hold | null;
  /** The spend cap that kept the platform out. */
  cap: SpendCap | null;
  /** What broke inside the gateway itself; undefined when nothing did. */
  crash: unknown;
}
