import { isObject, isPresent, type JsonObject, parseJson } from '../../core/json.ts';
import type { StreamPart } from '../../core/routing/provider.ts';
import type { Dialect } from './dialect.ts';
import { findError, readError, readNonsense } from './errors.ts';

/** Open models, which Vertex AI serves in OpenAI's own format (https://cloud.google.com/vertex-ai/generative-ai/docs/partner-models/use-partner-models). */
export const openModels: Dialect = {
  operation: () => 'chat/completions',

  toRequest(call, model) {
    const { stream_options: options, ...body } = call.body;
    const streaming = { stream: true, stream_options: { ...(isObject(options) && options), include_usage: true } };
    return {
      body: { ...body, model: `${model.publisher}/${model.id}`, stream: false, ...(call.stream && streaming) },
      droppedParams: [],
    };
  },

  fromAnswer(answer, call) {
    if (!Array.isArray(answer.choices)) return null;
    const body = {
      ...answer,
      id: call.mintedId,
      object: 'chat.completion',
      created: call.created,
      model: call.callerModel,
    };
    return { body, providerRequestId: typeof answer.id === 'string' && answer.id !== '' ? answer.id : null };
  },

  fromStream(call, _request, place) {
    const finished = new Map<unknown, boolean>();
    let usage: JsonObject | null = null;
    let done = false;

    function readChoice(head: JsonObject, choice: JsonObject): StreamPart {
      const delta = isObject(choice.delta) ? choice.delta : {};
      const reason =
        typeof choice.finish_reason === 'string' && choice.finish_reason !== '' ? choice.finish_reason : null;
      finished.set(choice.index, finished.get(choice.index) === true || reason !== null);
      return {
        type: 'chunk',
        json: JSON.stringify({ ...head, choices: [{ ...choice, finish_reason: reason }] }),
        content: hasContent(delta),
        finishReason: reason,
      };
    }

    return {
      read(data) {
        if (data === '[DONE]') {
          done = true;
          return [];
        }
        const chunk = parseJson(data);
        const error = findError(chunk);
        if (error) return [{ type: 'failure', failure: readError(error, place, 200) }];
        if (!isObject(chunk)) return [{ type: 'failure', failure: readNonsense(200) }];
        const { usage: counts, choices, ...rest } = chunk;
        if (isObject(counts)) usage = counts;
        const head = {
          ...rest,
          id: call.mintedId,
          object: 'chat.completion.chunk',
          created: call.created,
          model: call.callerModel,
        };
        return Array.isArray(choices) ? choices.filter(isObject).map((choice) => readChoice(head, choice)) : [];
      },
      complete: () => finished.size > 0 && [...finished.values()].every(Boolean),
      done: () => done,
      finish() {
        const head = {
          id: call.mintedId,
          object: 'chat.completion.chunk',
          created: call.created,
          model: call.callerModel,
        };
        return [
          ...(usage ? [{ type: 'usage', chunk: { ...head, choices: [], usage } } as const] : []),
          { type: 'end' },
        ];
      },
    };
  },
};

const contentFields = ['content', 'reasoning_content', 'reasoning', 'refusal', 'tool_calls'];

function hasContent(delta: JsonObject): boolean {
  return contentFields.some(
    (name) => isPresent(delta[name]) && delta[name] !== '' && !(Array.isArray(delta[name]) && delta[name].length === 0),
  );
}
