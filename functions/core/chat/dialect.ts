import type { GatewayError } from '../errors.ts';
import type { JsonObject } from '../json.ts';
import type { ChatAnswer, ChatPart } from './answer.ts';
import type { RequestBounds } from './bounds.ts';
import type { ChatRequest, DialectName } from './conversation.ts';
import type { Frame } from './frame.ts';
import type { TokenUsage } from './usage.ts';

/** What all answers to one request have in common. */
export interface AnswerHead {
  /** ULID of the request: for ids that the provider does not give. */
  mintedId: string;
  /** Epoch seconds. */
  created: number;
  /** The id that the caller sent: it stands in every answer and event. */
  callerModel: string;
  /**
   * What native answers are to say at their top in place of what the provider was sent with platform credentials: the caller's own
   * values of fields that the provider repeats.
   */
  told?: JsonObject;
  /** Whether the caller asked for the usage chunk of a stream (chat completions alone leave it out). */
  includeUsage: boolean;
}

/** A whole answer in a door's words. */
export interface WholeAnswer {
  /** `model` is the caller's; `usage` is the door's own object, absent when the provider gave none. */
  body: JsonObject;
  /**
   * The beginning of the answer as JSON text, from the opening brace to before a comma, when it is too large to be parsed for
   * nothing; `body` then holds the fields that follow.
   */
  preface?: string;
  usage: TokenUsage | null;
  /** In the words of chat completions; null when there is none. */
  finishReason: string | null;
}

/** The caller's side of a wire format. Pure. */
export interface Door {
  dialect: DialectName;
  /** Throws `Refusal` for what makes no sense in this format. */
  readRequest(body: JsonObject): ChatRequest;
  writeAnswer(answer: ChatAnswer, head: AnswerHead, request: ChatRequest): WholeAnswer;
  /** One writer for each stream; it is given the parts of one upstream read at a time. */
  createStreamWriter(head: AnswerHead, request: ChatRequest): (parts: ChatPart[]) => Frame[];
  /** A refusal's body. `userAgent`: the caller's program, where some need their own words. */
  writeError(error: GatewayError, requestId: string, userAgent?: string | null): JsonObject;
  /** What ends a stream that broke off. `sequence`: the last `next` of the frames that were sent, where they had one. */
  writeErrorEvent(error: GatewayError, requestId: string, sequence?: number): string;
  /** The native lane of this format. */
  native: NativeLane;
  /**
   * The body as platform credentials may serve it, the same object when nothing had to go, and the names of the fields that
   * went: what has no price, what would be kept in the operator's account, and what names the tenant to the provider.
   * `workspaceTag` stands in for the caller's own abuse and cache identifiers. `told`: see `AnswerHead`. Throws `Refusal` when what
   * has to go is what the request is about, such as a hosted tool that is forced.
   */
  forPlatform(body: JsonObject, workspaceTag: string): { body: JsonObject; dropped: string[]; told?: JsonObject };
  /** The field that names something stored with the provider, which platform credentials would open in the operator's name; null: none does. */
  storedThing(body: JsonObject): string | null;
}

/** How requests and answers pass when the provider speaks the door's own format: as the text they are, edited where they must be. */
export interface NativeLane {
  /** What the written request may cost at most. */
  bounds(body: JsonObject, bodyBytes: number): RequestBounds;
  /** Null: it makes no sense, or it holds an error object (which the provider's error table reads). */
  readAnswer(text: string, head: AnswerHead): WholeAnswer | null;
  /** Watches a stream event by event. */
  createRelay(head: AnswerHead, readError: StreamErrorReader): NativeRelay;
}

export interface NativeRelay {
  /** The frames of one event; `data` is its payload, one line or more. */
  push(data: string): Frame[];
  /** Whether the stream has come to its end, a good one or a bad one; what comes after it is not looked at. */
  ended(): boolean;
}

/** The failure that an error in a stream tells of: the provider's error table. */
export type StreamErrorReader = (error: unknown) => Extract<Frame, { type: 'failure' }>['failure'];

/** A provider's side of a wire format. Pure. `Traits` is what the provider knows of the model. */
export interface UpstreamDialect<Traits, Body = JsonObject, Answer = JsonObject, Event = string> {
  /** Throws `Refusal` for what cannot be said without changing its meaning. */
  writeRequest(request: ChatRequest, traits: Traits): WrittenRequest<Body>;
  /** Null: the answer makes no sense. */
  readAnswer(answer: Answer, written: WrittenRequest<Body>): ChatAnswer | null;
  createStreamReader(written: WrittenRequest<Body>, readError: StreamErrorReader): StreamReader<Event>;
}

export interface WrittenRequest<Body = JsonObject> {
  body: Body;
  /** The caller's names of what was left out, sorted. */
  dropped: string[];
  bounds: RequestBounds;
  /** The model that the body's id stands for, where the id hides it. */
  baseModel?: string;
  /** The forced tool whose input is the structured answer, where the format has no other way to one. */
  answerTool?: string;
  /** The functions that stand for `custom` tools: their calls are read as calls of these. */
  customTools?: string[];
  /** The caller's names of tools that the format could not take, by the names that were sent in their place. */
  toolNames?: ReadonlyMap<string, string>;
  /** The answer is to be JSON, and nothing but the model's good will makes it so: texts are reduced to it. `begun`: what the model was made to begin with. */
  json?: { begun: string };
  /** `AnswerHead.mintedId`, set by the adapter: readers whose provider gives no ids of tool calls make them of it. */
  idSeed?: string;
}

export interface StreamReader<Event = string> {
  /** The parts of one event, which is the payload of a server-sent event where the transport gives no objects. A `failure` is the last one. */
  push(event: Event): ChatPart[];
  /** The parts that are due when the provider's stream ends: `finish`, `usage`, `end` if it was complete, nothing otherwise. */
  finish(): ChatPart[];
  /** Whether reading on is useless. */
  done(): boolean;
}
