import { createHash } from 'node:crypto';
import type { JsonObject } from '../../../functions/core/json.ts';
import { type Answer, list, object, tokens, words } from '../values.ts';
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

function completions(body: JsonObject): Answer {
  const last = list(body.messages).findLast(({ role }) => role === 'user');
  const text =
    typeof last?.content === 'string'
      ? last.content
      : String(list(last?.content).find(({ type }) => type === 'text')?.text ?? 'pong');
  const usage = {
    prompt_tokens: tokens(JSON.stringify(body.messages)),
    completion_tokens: tokens(text),
    total_tokens: tokens(JSON.stringify(body.messages)) + tokens(text),
  };
  const head = { id: 'simulated', created: 0, model: body.model };
  if (body.stream !== true)
    return {
      json: {
        ...head,
        object: 'chat.completion',
        choices: [{ index: 0, message: { role: 'assistant', content: text }, logprobs: null, finish_reason: 'stop' }],
        usage,
      },
    };
  const chunk = (delta: JsonObject, finish: string | null) => ({
    ...head,
    object: 'chat.completion.chunk',
    choices: [{ index: 0, delta, finish_reason: finish }],
  });
  const chunks: JsonObject[] = [
    ...words(text).map((word, i) => chunk({ ...(i === 0 && { role: 'assistant' }), content: word }, null)),
    { ...chunk({}, 'stop'), usage },
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
