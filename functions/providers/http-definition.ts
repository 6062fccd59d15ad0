import type { Agent, IncomingHttpHeaders } from 'node:http';
import type { DialectName } from '../core/chat/conversation.ts';
import type { JsonObject } from '../core/json.ts';
import type { Failure, FailureKind } from '../core/routing/failure.ts';
import type { UpstreamCall } from '../core/routing/upstream.ts';
import type { ClaudeHost } from '../dialects/anthropic-messages/claude-models.ts';
import type { OpenAiTraits } from '../dialects/openai-chat/upstream/traits.ts';
import type { FieldQuirks } from './openai-compatible/field-quirks.ts';

/** A provider that is called with JSON over HTTP and speaks formats that the gateway knows: all of it, as data. */
export interface HttpDefinition {
  /** Without a slash at its end. A function where the credential says it: it is then as safe as the credential form made it. */
  baseUrl: string | ((credential: JsonObject) => string);
  /** The headers that prove who calls, from what the credential form kept. */
  authenticate(credential: JsonObject): Record<string, string>;
  /** The doors' formats that the provider speaks for a model, with the path of each behind the base URL. */
  lanes(model: string, credential: JsonObject): Partial<Record<DialectName, string>>;
  /** What the other doors' requests are translated to. */
  translated: TranslatedFormat;
  /** Where it embeds, in OpenAI's format; absent: it does not. */
  embeddings?: string | ((model: string, credential: JsonObject) => string);
  /** Where it counts the tokens of a body of the Messages format; absent: the gateway estimates. */
  countTokens?: string;
  /** The header with the provider's own id of the request; absent: it has none. */
  requestIdHeader?: string;
  errors: ErrorTable;
  /** What the provider calls a model that the caller names; absent: the same. */
  modelName?(model: string, credential: JsonObject): string;
  /** Where its chat completions differ from OpenAI's. */
  quirks?: FieldQuirks;
  /** Why it may not be called with this credential, which was in order when it was stored; null: it may. */
  refuse?(credential: JsonObject): Failure | null;
  /** Headers that prove who calls, in place of `authenticate`, where a credential must be exchanged first. Never rejects. */
  exchange?(call: UpstreamCall, signal: AbortSignal): Promise<Exchanged>;
  /** Through which connections it is called, where not every address may be reached. */
  agent?(url: URL): Agent;
}

/** `refused`: the provider turned down what was exchanged: true when another exchange may do better. */
export type Exchanged = { headers: Record<string, string>; refused?(): boolean } | { failure: Failure };

export type TranslatedFormat =
  | { dialect: 'openai-chat'; path: string; traits(model: string): OpenAiTraits }
  | { dialect: 'anthropic-messages'; path: string; host(model: string): ClaudeHost };

/** From the provider's errors to the failure kinds. The first that matches: words, code, type, status. */
export interface ErrorTable {
  /** For codes and statuses that mean several things. All that are given must match. */
  words?: { when: RegExp; status?: number; code?: RegExp; kind: FailureKind; hint?: string }[];
  /** By `error.code`, then `error.type`, then `error.status`. */
  kinds: Record<string, FailureKind>;
  /** Beside what these statuses mean everywhere (http-errors.ts). */
  statuses?: Record<number, FailureKind>;
  /** How long to wait, where the headers do not say it as https://www.rfc-editor.org/rfc/rfc9110#field.retry-after has it. */
  retryAfterMs?(headers: IncomingHttpHeaders, now: number): number | undefined;
  /** What a tenant can do about it. */
  hints?: Partial<Record<FailureKind, string>>;
}
