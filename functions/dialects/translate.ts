import type { ChatPart } from '../core/chat/answer.ts';
import type { ChatRequest } from '../core/chat/conversation.ts';
import type {
  AnswerHead,
  Door,
  StreamErrorReader,
  UpstreamDialect,
  WholeAnswer,
  WrittenRequest,
} from '../core/chat/dialect.ts';
import type { Frame } from '../core/chat/frame.ts';
import { createJsonFilter, onlyJson } from './json-answer.ts';

/** The translated lane: a provider's dialect on one side, a door's on the other, the conversation between them. */
export interface Translation<Answer, Event> {
  /** Null: the provider's answer makes no sense. */
  readAnswer(answer: Answer): WholeAnswer | null;
  createRelay(readError: StreamErrorReader): TranslatedRelay<Event>;
}

export interface TranslatedRelay<Event> {
  push(event: Event): Frame[];
  /** What is due when the provider's stream ends. */
  finish(): Frame[];
  done(): boolean;
}

export function translate<Traits, Body, Answer, Event>(
  dialect: UpstreamDialect<Traits, Body, Answer, Event>,
  written: WrittenRequest<Body>,
  door: Door,
  head: AnswerHead,
  request: ChatRequest,
): Translation<Answer, Event> {
  const { json } = written;
  return {
    readAnswer(answer) {
      const read = dialect.readAnswer(answer, written);
      return read && door.writeAnswer(json === undefined ? read : onlyJson(read, json.begun), head, request);
    },
    createRelay(readError) {
      const reader = dialect.createStreamReader(written, readError);
      const writer = door.createStreamWriter(head, request);
      const filter = json && createJsonFilter(json.begun);
      const write = (parts: ChatPart[]) => writer(filter === undefined ? parts : filter(parts));
      return {
        push: (event) => write(reader.push(event)),
        finish: () => write(reader.finish()),
        done: () => reader.done(),
      };
    },
  };
}
