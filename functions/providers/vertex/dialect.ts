import type { JsonObject } from '../../core/json.ts';
import type { ProviderCall, StreamPart } from '../../core/routing/provider.ts';
import type { VertexModel } from './address.ts';
import type { Place } from './error-rules.ts';

/** One of the formats that models on Vertex AI speak: two pure translations and the names of its operations. */
export interface Dialect {
  operation(stream: boolean): string;
  /** Throws `Refusal` for what cannot be said in this format. */
  toRequest(call: ProviderCall, model: VertexModel): TranslatedRequest;
  /** The OpenAI answer, or null when the provider's makes no sense. */
  fromAnswer(answer: JsonObject, call: ProviderCall, request: TranslatedRequest): TranslatedAnswer | null;
  fromStream(call: ProviderCall, request: TranslatedRequest, place: Place): StreamTranslator;
}

export interface TranslatedRequest {
  body: JsonObject;
  droppedParams: string[];
  /** The forced tool whose input is the structured answer, where the format has no other way to one. */
  answerTool?: string;
}

export interface TranslatedAnswer {
  body: JsonObject;
  providerRequestId: string | null;
}

export interface StreamTranslator {
  /** The data of one event. A `failure` part is the last one. */
  read(data: string): StreamPart[];
  /** Whether the provider has said everything. */
  complete(): boolean;
  /** Whether reading on is useless. */
  done(): boolean;
  /** Finish, usage and `end`; only called when complete. */
  finish(): StreamPart[];
}
