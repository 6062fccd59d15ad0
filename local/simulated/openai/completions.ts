import { randomBytes } from 'node:crypto';
import type { JsonObject } from '../../../functions/core/json.ts';
import { list, object, words } from '../values.ts';
import { cut, tokens } from './chat.ts';
import { streamProblem } from './chat-problems.ts';
import { invalid, missing, type OpenAiError } from './failures.ts';
import { completes } from './models.ts';

/** `POST /v1/completions`: goes on with each prompt by repeating it. What was asked to be streamed comes as events. */
export function answerCompletion(request: JsonObject): { json: JsonObject } | { events: string[] } | OpenAiError {
  if (!completes(String(request.model)))
    return {
      ...invalid(
        'This is a chat model and not supported in the v1/completions endpoint. Did you mean to use v1/chat/completions?',
        'model',
      ),
      status: 404,
    };
  const prompts = [request.prompt].flat().filter((prompt) => typeof prompt === 'string');
  if (prompts.length === 0) return missing('prompt');
  const problem = streamProblem(request);
  if (problem !== null) return problem;
  const count = typeof request.n === 'number' ? request.n : 1;
  const limited = { ...request, max_tokens: request.max_tokens ?? 16 };
  const choices = prompts.flatMap((prompt) =>
    Array.from({ length: count }, () => {
      const { text, reason } = cut(`You said: ${prompt}`, limited);
      return { text: request.echo === true ? `${prompt}${text}` : text, finish_reason: reason };
    }),
  );
  const head = {
    id: `cmpl-${randomBytes(12).toString('hex')}`,
    object: 'text_completion',
    created: Math.floor(Date.now() / 1000),
    model: request.model,
  };
  const prompt_tokens = tokens(prompts.join(''));
  const completion_tokens = tokens(choices.map(({ text }) => text).join(''));
  const usage = { prompt_tokens, completion_tokens, total_tokens: prompt_tokens + completion_tokens };
  const choice = (index: number, text: string, finish_reason: string | null) => ({
    text,
    index,
    logprobs: null,
    finish_reason,
  });
  if (request.stream !== true)
    return {
      json: { ...head, choices: choices.map(({ text, finish_reason }, i) => choice(i, text, finish_reason)), usage },
    };
  const counted = object(request.stream_options).include_usage === true;
  const chunks = choices.flatMap(({ text, finish_reason }, i) => [
    ...words(text).map((word) => choice(i, word, null)),
    choice(i, '', finish_reason),
  ]);
  const sent: JsonObject[] = chunks.map((one) => ({ ...head, choices: [one], ...(counted && { usage: null }) }));
  if (counted) sent.push({ ...head, choices: list([]), usage });
  return { events: [...sent.map((one) => `data: ${JSON.stringify(one)}\n\n`), 'data: [DONE]\n\n'] };
}
