import type { ChatRequest } from '../../core/chat/conversation.ts';
import { refuse } from '../../core/chat/refusal.ts';
import { isPresent, type JsonObject } from '../../core/json.ts';
import { readSettings } from '../openai-chat/request/read-request.ts';

/** A prompt as the one turn of a conversation. Throws `Refusal` for what a chat cannot do: to go on from a text, or to repeat it. */
export function readRequest(body: JsonObject): ChatRequest {
  const { prompt, suffix, echo, best_of: bestOf, logprobs, ...settings } = body;
  refuseForeign({ suffix, echo, best_of: bestOf, logprobs });
  return {
    turns: [{ role: 'user', blocks: [{ type: 'text', text: readPrompt(prompt), at: 'prompt' }], at: 'prompt' }],
    ...readSettings(settings),
  };
}

const unprocessable = {
  unprocessable: true,
  hint: 'This model answers chats only: use POST /v1/chat/completions.',
};

function refuseForeign({ suffix, echo, best_of: bestOf, logprobs }: JsonObject): void {
  if (isPresent(suffix) && suffix !== '') refuse('suffix', 'This model cannot fill in a text.', unprocessable);
  if (isPresent(echo) && echo !== false) refuse('echo', 'This model cannot repeat the prompt.', unprocessable);
  if (isPresent(bestOf) && bestOf !== 1) refuse('best_of', 'This model gives one answer at a time.', unprocessable);
  if (isPresent(logprobs)) refuse('logprobs', 'This model gives no log probabilities here.', unprocessable);
}

function readPrompt(prompt: unknown): string {
  const only: unknown = Array.isArray(prompt) && prompt.length === 1 ? prompt[0] : prompt;
  if (typeof only === 'string') return only;
  return Array.isArray(prompt) && prompt.every((each) => typeof each === 'string')
    ? refuse('prompt', 'This model takes one prompt at a time.', unprocessable)
    : refuse(
        'prompt',
        'The prompt must be one text: token ids of a tokenizer mean nothing to this model.',
        unprocessable,
      );
}
