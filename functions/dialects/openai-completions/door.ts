import type { Door } from '../../core/chat/dialect.ts';
import { operatorsThing } from '../../core/chat/operator-fields.ts';
import type { JsonObject } from '../../core/json.ts';
import { createNativeLane } from '../openai-chat/native/lane.ts';
import { forPlatform } from '../openai-chat/platform.ts';
import { writeError, writeErrorEvent } from '../openai-chat/write-error.ts';
import { readRequest } from './read-request.ts';
import { createStreamWriter, writeAnswer } from './write-answer.ts';

/** `POST /v1/completions`, OpenAI's format from before there were chats (https://platform.openai.com/docs/api-reference/completions). */
export const openaiCompletions: Door = {
  dialect: 'openai-completions',
  readRequest,
  writeAnswer,
  createStreamWriter,
  writeError,
  writeErrorEvent,
  native: createNativeLane('cmpl-'),
  forPlatform(given, workspaceTag) {
    const { body, dropped } = forPlatform(given, workspaceTag);
    // This format has the older name for it alone, and keeps nothing.
    const { safety_identifier: user, store: _store, ...rest }: JsonObject = body;
    return { body: { ...rest, user }, dropped };
  },
  storedThing: operatorsThing,
};
