import type { Catalogue } from '../../core/catalogue/models.ts';
import type { Door } from '../../core/chat/dialect.ts';
import type { JsonObject } from '../../core/json.ts';
import type { CredentialChoice } from '../../core/routing/plan.ts';
import type { Upstream } from '../../core/routing/upstream.ts';
import type { Principal } from '../access/authenticate.ts';
import type { ActiveHours } from '../accounts/active-hours.ts';
import type { ShardChoice } from '../credit/shard-choice.ts';
import type { BaseModels } from '../keys/base-models.ts';
import type { CredentialSource } from '../keys/credentials.ts';
import type { Asked, SettleDeps } from './settle.ts';

export interface InferenceDeps extends SettleDeps {
  /** With the operator's prices. */
  catalogue(): Promise<Catalogue>;
  /** Loads an adapter on first use. */
  upstream(name: string): Promise<Upstream>;
  credentials: CredentialSource;
  baseModels: BaseModels;
  shardChoice: ShardChoice;
  activeHours: ActiveHours;
  /** Until a stream's first content. */
  firstByteTimeoutMs: number;
  /** Until a whole answer that is not streamed. */
  answerTimeoutMs: number;
  /** All attempts together. */
  deadlineMs: number;
}

export interface InferenceRequest extends Asked {
  principal: Principal;
  /** `count`: how many tokens the input has. */
  operation: 'answer' | 'embed' | 'count';
  /** The format that the caller speaks; null for embeddings, which have one. */
  door: Door | null;
  /** Checked for shape: `model` is text. */
  body: JsonObject;
  bodyText: string;
  /** Headers of the door's format that go on to the provider. */
  headers: Record<string, string>;
  choice: CredentialChoice;
  pinnedKey: string | null;
  timeoutMs: number | null;
  callerLeft: AbortSignal;
}

/** Whether the caller wants the usage chunk of a stream. */
export function wantsUsage({ body }: InferenceRequest): boolean {
  return (body.stream_options as JsonObject | undefined)?.include_usage === true;
}

export interface Reply {
  status: number;
  headers: Record<string, string>;
  body: string | AsyncIterable<string>;
}
