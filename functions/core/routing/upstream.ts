import type { RequestBounds } from '../chat/bounds.ts';
import type { ChatRequest } from '../chat/conversation.ts';
import type { AnswerHead, Door, WholeAnswer } from '../chat/dialect.ts';
import type { Frame } from '../chat/frame.ts';
import type { JsonObject } from '../json.ts';
import type { Secret } from '../secret.ts';
import type { Failure } from './failure.ts';

/** The port between the policy and one upstream provider. */
export interface Upstream {
  /**
   * Writes the request for the provider, by the native lane where it speaks the door's format for this model, else translated.
   * Nothing is sent to the provider, so that what the request may cost is known before. Never throws.
   */
  prepare(call: UpstreamCall): Promise<Prepared>;
  /** The model behind an id that hides it, as the provider tells the owner of the credential; null: it does not tell. Absent: no id hides one. */
  modelBehind?(call: HiddenModel): Promise<string | null>;
}

export type HiddenModel = Pick<
  UpstreamCall,
  'model' | 'credential' | 'credentialKey' | 'region' | 'authenticated' | 'signal'
>;

export interface UpstreamCall {
  /** `count`: how many input tokens the request has. */
  operation: 'answer' | 'embed' | 'count';
  /** Null for embeddings, which have one format. */
  door: Door | null;
  /** The caller's JSON body, checked for shape only as far as http/schemas.ts goes. Not to be changed in place. */
  body: JsonObject;
  /** The JSON text that `body` was parsed from, for the native lane; absent when `body` is no longer what it was parsed from. */
  bodyText?: string;
  /** The caller's JSON text, whatever became of `body`: its long strings need not be written anew (core/json-text.ts). */
  sourceText?: string;
  /** The caller's body as the door reads it, once for all targets; never called on the native lane. Throws `Refusal`. */
  conversation(): ChatRequest;
  head: AnswerHead;
  /** The model's id at this provider, without the provider prefix. */
  model: string;
  /** The model that `model` stands for, where its id hides that. */
  baseModel?: string;
  stream: boolean;
  /** What the provider's own `CredentialForm.parse` made of the stored secret. */
  credential: Secret<JsonObject>;
  /** `<key id>@<version>`: the only thing that a client, token or session may be cached under. */
  credentialKey: string;
  /** Where to call, for providers with regions. */
  region: string | null;
  /** Headers of the caller that belong to the door's format, such as `anthropic-beta`; names in lower case. */
  headers: Record<string, string>;
  /** Tells of a credential that was derived from the stored one (an access token, a session): its traces are removed from answers and log, too. */
  authenticated(derived: Secret<string>): void;
  /** Aborted when the caller leaves or time is up. */
  signal: AbortSignal;
}

export type Prepared =
  | {
      type: 'ready';
      /** The caller's names of the fields that the provider could not take, sorted. */
      dropped: string[];
      bounds: RequestBounds;
      /** Makes the one call. The adapter must end it when the signal is aborted; the reason is dispatch's business. Never rejects. */
      send(signal: AbortSignal): Promise<UpstreamResult>;
    }
  /** `count` alone: the provider cannot count, the gateway estimates. */
  | { type: 'uncountable' }
  | { type: 'failure'; failure: Failure };

export type UpstreamResult =
  | UpstreamAnswer
  | UpstreamStream
  /** `count` alone: the provider says that it cannot count for this model, the gateway estimates. */
  | { type: 'uncountable' }
  | { type: 'failure'; failure: Failure };

export interface UpstreamAnswer {
  type: 'json';
  /** In the door's words; for `count` a body of `{input_tokens}`, for `embed` the OpenAI list. */
  answer: WholeAnswer;
  providerRequestId: string | null;
}

export interface UpstreamStream {
  type: 'stream';
  /**
   * Batches of frames, one batch per upstream read, so that a network read costs one turn of the loop.
   * Must not throw: trouble is a last `failure` frame. Ends after `end` or `failure`; an iterable that just ends was cut.
   * `return()` on the iterator aborts the upstream call.
   */
  frames: AsyncIterable<Frame[]>;
  providerRequestId: string | null;
}
