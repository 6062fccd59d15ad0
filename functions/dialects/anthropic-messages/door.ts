import type { Door } from '../../core/chat/dialect.ts';
import { writeAnswer } from './answer/write-answer.ts';
import { createStreamWriter } from './answer/write-stream.ts';
import { native } from './native.ts';
import { forPlatform, storedThing } from './platform.ts';
import { readRequest } from './request/read-request.ts';
import { writeError, writeErrorEvent } from './write-error.ts';

/** Anthropic's Messages format, as `/v1/messages` speaks it: https://docs.anthropic.com/en/api/messages */
export const anthropicMessages: Door = {
  dialect: 'anthropic-messages',
  readRequest,
  writeAnswer,
  createStreamWriter,
  writeError,
  writeErrorEvent,
  native,
  forPlatform,
  storedThing,
};
