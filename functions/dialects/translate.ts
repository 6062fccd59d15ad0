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
  return {
    readAnswer(answer) {
      const read = dialect.readAnswer(answer, written);
      return read && door.writeAnswer(read, head, request);
    },
    createRelay(readError) {
      const reader = dialect.createStreamReader(written, readError);
      const write = door.createStreamWriter(head, request);
      return {
        push: (event) => write(reader.push(event)),
        finish: () => write(reader.finish()),
        done: () => reader.done(),
      };
    },
  };
}
