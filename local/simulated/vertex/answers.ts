import { createHash } from 'node:crypto';
import type { JsonObject } from '../../../functions/core/json.ts';
import { answerChat } from '../openai/chat.ts';
import { deltasOf, messageOf } from '../openai/chat-answer.ts';
import { type Answer, list, object, tokens } from '../values.ts';
import { vertexClaude } from './claude.ts';
import { countGemini, gemini } from './gemini.ts';

export type Operation =
  | 'generateContent'
  | 'streamGenerateContent'
  | 'countTokens'
  | 'predict'
  | 'embedContent'
  | 'rawPredict'
  | 'streamRawPredict'
  | 'completions';

/** What each operation answers to a request body for a model. */
export const answers: Record<Operation, (body: JsonObject, model: string, betas: string[]) => Answer> = {
  generateContent: (body, model) => gemini(body, model, false),
  streamGenerateContent: (body, model) => gemini(body, model, true),
  countTokens: countGemini,
  predict,
  embedContent: (body) => {
    const text = list(object(body.content).parts)[0]?.text;
    if (typeof text !== 'string') return { refused: 'The content has no text.' };
    return {
      json: {
        embedding: { values: vector(text, body.outputDimensionality) },
        usageMetadata: { promptTokenCount: tokens(text), totalTokenCount: tokens(text) },
      },
    };
  },
  rawPredict: (body, model, betas) => vertexClaude(body, model, false, betas),
  streamRawPredict: (body, model, betas) => vertexClaude(body, model, true, betas),
  completions,
};

function predict(body: JsonObject, model: string): Answer {
  const instances = list(body.instances);
  if (instances.length === 0) return { refused: 'The request has no instances.' };
  if (instances.length > (model.startsWith('gemini-') ? 1 : 250))
    return { refused: 'The request has too many instances.' };
  const predictions = instances.map((instance) => {
    const content = String(instance.content);
    return {
      embeddings: {
        values: vector(content, object(body.parameters).outputDimensionality),
        statistics: { token_count: tokens(content), truncated: false },
      },
    };
  });
  return { json: { predictions } };
}

/** Open models, which answer as OpenAI's do. */
function completions(body: JsonObject): Answer {
  const said = answerChat(body);
  const answer = { ...said, content: said.content?.replace(/^You said: /, '') ?? null };
  const { promptTokens: prompt_tokens, completionTokens: completion_tokens } = answer;
  const usage = { prompt_tokens, completion_tokens, total_tokens: prompt_tokens + completion_tokens };
  const head = { id: 'simulated', created: 0, model: body.model };
  const reason = answer.finishReason;
  if (body.stream !== true)
    return {
      json: {
        ...head,
        object: 'chat.completion',
        choices: [{ index: 0, message: messageOf(answer), logprobs: null, finish_reason: reason }],
        usage,
      },
    };
  const chunk = (delta: JsonObject, finish: string | null) => ({
    ...head,
    object: 'chat.completion.chunk',
    choices: [{ index: 0, delta, finish_reason: finish }],
  });
  const chunks: JsonObject[] = [
    ...deltasOf(answer).map((delta) => chunk(delta, null)),
    { ...chunk({}, reason), usage },
  ];
  return { events: [...chunks.map((value) => `data: ${JSON.stringify(value)}\n\n`), 'data: [DONE]\n\n'] };
}

/** The same text gives the same vector of length one. */
function vector(text: string, dimensions: unknown): number[] {
  const length = typeof dimensions === 'number' ? dimensions : 768;
  const bytes = createHash('sha512').update(text).digest();
  const values = Array.from({ length }, (_, i) => (bytes[i % bytes.length] ?? 0) - 127.5);
  const norm = Math.hypot(...values);
  return values.map((value) => value / norm);
}
