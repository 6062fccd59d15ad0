import type { JsonObject } from '../json.ts';
import type { Secret } from '../secret.ts';
import type { Failure } from './failure.ts';

/**
 * The port between the policy and one upstream provider. The OpenAI wire shape is the domain type:
 * an adapter takes an OpenAI request and gives an OpenAI answer, whatever the provider speaks.
 */
export interface Provider {
  /** Chat completions. Never throws: every trouble is a `Failure`. */
  chat(call: ProviderCall): Promise<ProviderResult>;
  /** Embeddings. Answers `ProviderJson` only. Never throws. */
  embeddings(call: ProviderCall): Promise<ProviderResult>;
}

export interface ProviderCall {
  /** The caller's JSON body, checked for shape only as far as http/schemas.ts goes. Not to be changed in place. */
  body: JsonObject;
  /** The JSON text that `body` was parsed from, for adapters that pass large requests on as they are. */
  bodyText?: string;
  /** The model's id at this provider, without the provider prefix. */
  model: string;
  /** The id that the caller sent: it stands in every answer and chunk. */
  callerModel: string;
  stream: boolean;
  /** Whether the caller asked for the usage chunk of a stream. The adapter asks upstream for it either way. */
  includeUsage: boolean;
  /** What the provider's own `CredentialForm.parse` made of the stored secret. */
  credential: Secret<JsonObject>;
  /** `<key id>@<version>`: the only thing that a client, token or session may be cached under. */
  credentialKey: string;
  /** Where to call, for providers with regions. */
  region: string | null;
  /** `chatcmpl-…`, for answers whose provider gives no id of its own. */
  mintedId: string;
  /** Epoch seconds, for answers whose provider gives no time of its own. */
  created: number;
  /** Aborted when the caller leaves or time is up. The adapter must end the upstream call then; the reason is dispatch's business. */
  signal: AbortSignal;
}

export type ProviderResult = ProviderJson | ProviderStream | { type: 'failure'; failure: Failure };

export interface ProviderJson {
  type: 'json';
  /** The whole OpenAI answer, `model` already the caller's, `usage` the plain OpenAI one (absent when the provider gave none). */
  body: JsonObject;
  /**
   * The beginning of the answer as JSON text, from the opening brace to before a comma, when it is too large to be parsed for
   * nothing; `body` then holds the fields that follow.
   */
  preface?: string;
  providerRequestId: string | null;
  /** Request fields that the provider could not take, sorted. */
  droppedParams: string[];
}

export interface ProviderStream {
  type: 'stream';
  /**
   * Batches of parts, one batch per upstream read, so that a network read costs one turn of the loop.
   * Must not throw: trouble is a last `failure` part. Ends after `end` or `failure`; an iterable that just ends was cut.
   * `return()` on the iterator aborts the upstream call.
   */
  parts: AsyncIterable<StreamPart[]>;
  providerRequestId: string | null;
  droppedParams: string[];
}

export type StreamPart =
  /** One `chat.completion.chunk` as JSON text, without usage, ready to be sent. */
  | { type: 'chunk'; json: string; content: boolean; finishReason: string | null }
  /** The usage chunk (`choices: []`, `usage` the plain OpenAI one). At most one; sent last, and only if the caller asked. */
  | { type: 'usage'; chunk: JsonObject }
  /** The provider said that the answer is complete. */
  | { type: 'end' }
  | { type: 'failure'; failure: Failure };
