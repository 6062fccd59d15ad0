import type { Door } from '../../core/chat/dialect.ts';
import { createNativeLane } from './native/lane.ts';
import { forPlatform, storedThing } from './platform.ts';
import { readRequest } from './request/read-request.ts';
import { writeAnswer } from './write-answer.ts';
import { writeError, writeErrorEvent } from './write-error.ts';
import { createStreamWriter } from './write-stream.ts';

/** `POST /v1/chat/completions` (https://platform.openai.com/docs/api-reference/chat). */
export const openaiChat: Door = {
  dialect: 'openai-chat',
  readRequest,
  writeAnswer,
  createStreamWriter,
  writeError,
  writeErrorEvent,
  native: createNativeLane('chatcmpl-'),
  forPlatform,
  storedThing,
};
