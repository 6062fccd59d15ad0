import type { Door } from '../../core/chat/dialect.ts';
import { native } from './native.ts';
import { forPlatform, storedThing } from './platform.ts';
import { readRequest } from './read-request.ts';
import { writeAnswer } from './write-answer.ts';
import { writeError, writeErrorEvent } from './write-error.ts';
import { createStreamWriter } from './write-stream.ts';

/** The OpenAI Responses API. */
export const openaiResponses: Door = {
  dialect: 'openai-responses',
  readRequest,
  writeAnswer,
  createStreamWriter,
  writeError,
  writeErrorEvent,
  native,
  forPlatform,
  storedThing,
};
