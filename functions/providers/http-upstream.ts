import type { Agent, IncomingHttpHeaders, IncomingMessage } from 'node:http';
import type { AnswerHead, NativeLane, StreamErrorReader, WholeAnswer } from '../core/chat/dialect.ts';
import type { Frame } from '../core/chat/frame.ts';
import { Refusal, refusalFailure } from '../core/chat/refusal.ts';
import { isObject, type JsonObject, parseJson } from '../core/json.ts';
import type { Failure } from '../core/routing/failure.ts';
import type { Prepared, UpstreamResult } from '../core/routing/upstream.ts';
import type { TranslatedRelay, Translation } from '../dialects/translate.ts';
import { readBody } from '../transport/body-reader.ts';
import { AddressRefused } from '../transport/checked-address.ts';
import { dismiss, type HttpAnswer, headerText, readText, send, wasRepeated } from '../transport/http-client.ts';
import { createSseReader, type SseReader } from '../transport/sse-reader.ts';

/** How one provider that is called with JSON over HTTP speaks of itself and of its troubles. */
export interface HttpProvider {
  /** As callers read it in messages: `OpenAI`. */
  name: string;
  /** The header with the provider's own id of the request; null: it has none. */
  requestIdHeader: string | null;
  /** An answer with an error status. */
  readErrorAnswer(status: number, headers: IncomingHttpHeaders, text: string): Failure;
  /** The error that a parsed answer or event holds, for `readError`; undefined when it holds none. */
  findError(parsed: unknown): unknown;
  /** An error from inside an answer of status 200, or from inside a stream. */
  readError: StreamErrorReader;
}

/** How answers become the door's: as they are, or translated. */
export interface AnswerLane {
  /** Null: it makes no sense, or it is an error. `providerRequestId`: where the answer itself tells it. */
  readAnswer(text: string): { answer: WholeAnswer; providerRequestId?: string | null } | null;
  createRelay(readError: StreamErrorReader): TranslatedRelay<string>;
}

export function nativeLane(native: NativeLane, head: AnswerHead): AnswerLane {
  return {
    readAnswer(text) {
      const answer = native.readAnswer(text, head);
      return answer && { answer };
    },
    createRelay(readError) {
      const relay = native.createRelay(head, readError);
      return { push: relay.push, finish: () => [], done: relay.ended };
    },
  };
}

export function translatedLane(
  translation: Translation<JsonObject, string>,
  requestIdOf?: (answer: JsonObject) => string | null,
): AnswerLane {
  return {
    readAnswer(text) {
      const parsed = parseJson(text);
      const answer = isObject(parsed) ? translation.readAnswer(parsed) : null;
      if (!isObject(parsed) || answer === null) return null;
      return requestIdOf ? { answer, providerRequestId: requestIdOf(parsed) } : { answer };
    },
    createRelay: translation.createRelay,
  };
}

export interface HttpRequest {
  url: URL;
  headers: Record<string, string>;
  body: string | Buffer;
  /** Connections of its own, where not every address may be reached. */
  agent?: Agent;
}

/** Makes the call and reads its answer. Never rejects. */
export async function exchange(
  provider: HttpProvider,
  request: HttpRequest,
  lane: AnswerLane,
  stream: boolean,
  signal: AbortSignal,
): Promise<UpstreamResult> {
  const answer = await post(provider, request, signal);
  return 'failure' in answer ? answer : receive(provider, answer, lane, stream);
}

/** The answer, its body unread. Never rejects. */
async function post(
  provider: HttpProvider,
  { url, headers, body, agent }: HttpRequest,
  signal: AbortSignal,
): Promise<HttpAnswer | { type: 'failure'; failure: Failure }> {
  try {
    return await send(url, 'POST', headers, body, signal, agent);
  } catch (error) {
    if (error instanceof AddressRefused) return { type: 'failure', failure: refusedAddress(error) };
    const broken = brokenOff(`The connection to ${provider.name} failed.`, null);
    return wasRepeated(error) ? { ...broken, failure: { ...broken.failure, repeated: true } } : broken;
  }
}

/** Larger answers than Lambda could pass on anyway. */
const answerLimit = 200 * 1024 * 1024;

/** What an answer that has begun means. Never rejects. */
export async function receive(
  provider: HttpProvider,
  answer: HttpAnswer,
  lane: AnswerLane,
  stream: boolean,
): Promise<UpstreamResult> {
  const headerId = provider.requestIdHeader === null ? null : headerText(answer.headers, provider.requestIdHeader);
  try {
    if (answer.status !== 200) {
      const text = await readText(answer.body, answerLimit);
      const failure = provider.readErrorAnswer(answer.status, answer.headers, text);
      return { type: 'failure', failure: { ...failure, providerRequestId: failure.providerRequestId ?? headerId } };
    }
    if (stream && headerText(answer.headers, 'content-type')?.startsWith('text/event-stream'))
      return {
        type: 'stream',
        frames: readFrames(answer.body, lane.createRelay(provider.readError), provider.name),
        providerRequestId: headerId,
      };
    const text = await readText(answer.body, answerLimit);
    const read = stream ? null : lane.readAnswer(text);
    if (read !== null)
      return { type: 'json', answer: read.answer, providerRequestId: read.providerRequestId ?? headerId };
    const error = provider.findError(parseJson(text));
    const failure = error === undefined ? nonsense(provider.name) : provider.readError(error);
    return { type: 'failure', failure: { ...failure, providerRequestId: headerId } };
  } catch {
    return brokenOff(`The connection to ${provider.name} broke before the answer was complete.`, headerId);
  }
}

/** The frames of a streamed answer, one batch per read; `return()` ends the call although the next bytes have not come. */
function readFrames(body: IncomingMessage, relay: TranslatedRelay<string>, name: string): AsyncIterable<Frame[]> {
  return {
    [Symbol.asyncIterator]() {
      const batches = readBatches(body, relay, name);
      return {
        next: () => batches.next(),
        return() {
          if (!relay.done()) body.destroy();
          return batches.return(undefined);
        },
      };
    },
  };
}

async function* readBatches(
  body: IncomingMessage,
  relay: TranslatedRelay<string>,
  name: string,
): AsyncGenerator<Frame[], undefined> {
  const pieces = readBody(body);
  const reader = createSseReader();
  const decoder = new TextDecoder();
  try {
    for (let piece = await pieces.next(); piece !== null; piece = await pieces.next()) {
      const frames = pushAll(relay, reader.push(decoder.decode(piece, { stream: true })));
      if (frames.length > 0) yield frames;
      if (isFailed(frames)) return;
      if (relay.done()) break;
    }
    const last = relay.done() ? [] : lastFrames(relay, reader);
    if (last.length > 0) yield last;
    if (isFailed(last)) return;
  } catch {
    // What breaks behind the end takes nothing from the answer.
    const rest = relay.finish();
    yield rest.some(({ type }) => type === 'end')
      ? rest
      : [brokenOff(`The connection to ${name} broke in the middle of the answer.`, null)];
    return;
  } finally {
    pieces.release();
    dismiss(body, relay.done());
  }
  const rest = relay.finish();
  if (rest.length > 0) yield rest;
}

function pushAll(relay: TranslatedRelay<string>, events: string[]): Frame[] {
  const frames: Frame[] = [];
  for (const data of events) {
    frames.push(...relay.push(data));
    if (isFailed(frames) || relay.done()) break;
  }
  return frames;
}

/** An event whose closing blank line never came. Half an event makes no sense, and says no more than that the stream was cut. */
function lastFrames(relay: TranslatedRelay<string>, reader: SseReader): Frame[] {
  const rest = reader.rest();
  const frames = rest === null ? [] : relay.push(rest);
  return frames.some((frame) => frame.type === 'failure' && frame.failure.garbled) ? [] : frames;
}

function isFailed(frames: Frame[]): boolean {
  return frames.at(-1)?.type === 'failure';
}

/** A preparation whose refusals are failures. */
export async function refusing(prepare: () => Prepared | Promise<Prepared>): Promise<Prepared> {
  try {
    return await prepare();
  } catch (error) {
    if (error instanceof Refusal) return { type: 'failure', failure: refusalFailure(error) };
    throw error;
  }
}

function brokenOff(message: string, providerRequestId: string | null): { type: 'failure'; failure: Failure } {
  return { type: 'failure', failure: { kind: 'network', status: null, code: null, message, providerRequestId } };
}

/** Nobody was called: the host stands where calls do not go. */
function refusedAddress({ message }: AddressRefused): Failure {
  return { kind: 'permission', status: null, code: null, message, hint: message, providerRequestId: null, local: true };
}

function nonsense(name: string): Failure {
  return {
    kind: 'overloaded',
    status: 200,
    code: null,
    message: `${name} answered with something that makes no sense.`,
    providerRequestId: null,
    garbled: true,
  };
}
