import { createHash } from 'node:crypto';
import { isObject, type JsonObject } from '../../functions/core/json.ts';

export type Answer = { json: JsonObject } | { events: string[] } | { refused: string };
export type Operation = 'generateContent' | 'streamGenerateContent' | 'predict' | 'embedContent' | 'rawPredict' | 'streamRawPredict' | 'completions';

/** What each operation answers to a request body for a model. */
export const answers: Record<Operation, (body: JsonObject, model: string) => Answer> = {
  generateContent: (body, model) => gemini(body, model, false),
  streamGenerateContent: (body, model) => gemini(body, model, true),
  predict,
  embedContent: (body) => {
    const text = list(object(body.content).parts)[0]?.text;
    if (typeof text !== 'string') return { refused: 'The content has no text.' };
    return { json: { embedding: { values: vector(text, body.outputDimensionality) }, usageMetadata: { promptTokenCount: tokens(text), totalTokenCount: tokens(text) } } };
  },
  rawPredict: (body, model) => claude(body, model, false),
  streamRawPredict: (body, model) => claude(body, model, true),
  completions,
};

function gemini(body: JsonObject, model: string, stream: boolean): Answer {
  const turns = list(body.contents);
  const parts = turns.flatMap((turn) => list(turn.parts));
  const problem = geminiProblem(turns, model);
  if (problem !== null) return { refused: problem };
  const texts = parts.map((part) => part.text).filter((text) => typeof text === 'string');
  const config = object(body.generationConfig);
  const functions = object(object(body.toolConfig).functionCallingConfig);
  const declared = list(body.tools).flatMap((tool) => list(tool.functionDeclarations));
  const wanted = Array.isArray(functions.allowedFunctionNames) ? declared.find(({ name }) => name === list0(functions.allowedFunctionNames)) : declared[0];
  const answered = parts.some((part) => part.functionResponse !== undefined);
  const called = functions.mode === 'ANY' && wanted && !answered ? wanted : null;
  const json = config.responseMimeType === 'application/json' ? JSON.stringify(sample(config.responseJsonSchema ?? { type: 'object' })) : null;
  const text = json ?? (texts.at(-1) || 'pong');
  const prompt = texts.reduce((sum, piece) => sum + tokens(piece), 0);
  const usageMetadata = { promptTokenCount: prompt, candidatesTokenCount: tokens(text), totalTokenCount: prompt + tokens(text), trafficType: 'ON_DEMAND' };
  const rest = { modelVersion: model, responseId: 'simulated' };
  const signature = model.startsWith('gemini-3') ? { thoughtSignature: Buffer.from('simulated signature').toString('base64') } : {};
  const callPart = called && { functionCall: { name: called.name, args: sample(called.parametersJsonSchema ?? {}) }, ...signature };
  const candidate = (content: JsonObject[], last: boolean) => ({ content: { role: 'model', parts: content }, ...(last && { finishReason: 'STOP' }) });
  if (!stream) return { json: { candidates: [candidate([callPart ?? { text }], true)], usageMetadata, ...rest } };
  const pieces = callPart ? [callPart] : words(text).map((word) => ({ text: word }));
  return {
    events: pieces.map((piece, i) => {
      const last = i === pieces.length - 1;
      return `data: ${JSON.stringify({ candidates: [candidate([piece], last)], usageMetadata: last ? usageMetadata : { trafficType: 'ON_DEMAND' }, ...rest })}\r\n\r\n`;
    }),
  };
}

/** What the real service refuses most often. */
function geminiProblem(turns: JsonObject[], model: string): string | null {
  if (turns.length === 0) return 'Unable to submit request because at least one contents field is required.';
  for (const [i, turn] of turns.entries()) {
    const calls = list(turn.parts).filter((part) => part.functionCall !== undefined);
    const results = list(turns[i + 1]?.parts).filter((part) => part.functionResponse !== undefined);
    if (calls.length !== results.length) return 'Please ensure that the number of function response parts is equal to the number of function call parts of the function call turn.';
    if (calls[0] && model.startsWith('gemini-3') && calls[0].thoughtSignature === undefined) {
      return `Unable to submit request because function call \`default_api:${String(object(calls[0].functionCall).name)}\` in the ${i + 1}. content block is missing a \`thought_signature\`.`;
    }
  }
  return null;
}

function predict(body: JsonObject, model: string): Answer {
  const instances = list(body.instances);
  if (instances.length === 0) return { refused: 'The request has no instances.' };
  if (instances.length > (model.startsWith('gemini-') ? 1 : 250)) return { refused: 'The request has too many instances.' };
  const predictions = instances.map((instance) => {
    const content = String(instance.content);
    return { embeddings: { values: vector(content, object(body.parameters).outputDimensionality), statistics: { token_count: tokens(content), truncated: false } } };
  });
  return { json: { predictions } };
}

function claude(body: JsonObject, model: string, stream: boolean): Answer {
  if (body.anthropic_version !== 'vertex-2023-10-16') return { refused: 'anthropic_version: Field required' };
  if (typeof body.max_tokens !== 'number') return { refused: 'max_tokens: Field required' };
  const last = list(body.messages).at(-1);
  const blocks: JsonObject[] = typeof last?.content === 'string' ? [{ type: 'text', text: last.content }] : list(last?.content);
  const choice = object(body.tool_choice);
  const tool = list(body.tools).find(({ name }) => choice.name === undefined || name === choice.name);
  const forced = (choice.type === 'any' || choice.type === 'tool') && tool && !blocks.some(({ type }) => type === 'tool_result') ? tool : null;
  const text = String(blocks.findLast((block) => block.type === 'text')?.text ?? 'pong');
  const block = forced ? { type: 'tool_use', id: 'toolu_vrtx_simulated', name: forced.name, input: sample(forced.input_schema) } : { type: 'text', text };
  const usage = { input_tokens: tokens(JSON.stringify(body.messages)), output_tokens: tokens(text) };
  const message = {
    id: 'msg_vrtx_simulated',
    type: 'message',
    role: 'assistant',
    model,
    content: [block],
    stop_reason: forced ? 'tool_use' : 'end_turn',
    stop_sequence: null,
    usage,
  };
  if (!stream) return { json: message };
  const deltas = forced ? [{ type: 'input_json_delta', partial_json: JSON.stringify(block.input) }] : words(text).map((word) => ({ type: 'text_delta', text: word }));
  const events: JsonObject[] = [
    { type: 'message_start', message: { ...message, content: [], stop_reason: null } },
    { type: 'content_block_start', index: 0, content_block: forced ? { ...block, input: {} } : { type: 'text', text: '' } },
    ...deltas.map((delta) => ({ type: 'content_block_delta', index: 0, delta })),
    { type: 'content_block_stop', index: 0 },
    { type: 'message_delta', delta: { stop_reason: message.stop_reason, stop_sequence: null }, usage },
    { type: 'message_stop' },
  ];
  return { events: events.map((event) => `event: ${String(event.type)}\ndata: ${JSON.stringify(event)}\n\n`) };
}

function completions(body: JsonObject): Answer {
  const last = list(body.messages).findLast(({ role }) => role === 'user');
  const text = typeof last?.content === 'string' ? last.content : String(list(last?.content).find(({ type }) => type === 'text')?.text ?? 'pong');
  const usage = { prompt_tokens: tokens(JSON.stringify(body.messages)), completion_tokens: tokens(text), total_tokens: tokens(JSON.stringify(body.messages)) + tokens(text) };
  const head = { id: 'simulated', created: 0, model: body.model };
  if (body.stream !== true)
    return { json: { ...head, object: 'chat.completion', choices: [{ index: 0, message: { role: 'assistant', content: text }, logprobs: null, finish_reason: 'stop' }], usage } };
  const chunk = (delta: JsonObject, finish: string | null) => ({ ...head, object: 'chat.completion.chunk', choices: [{ index: 0, delta, finish_reason: finish }] });
  const chunks: JsonObject[] = [...words(text).map((word, i) => chunk({ ...(i === 0 && { role: 'assistant' }), content: word }, null)), { ...chunk({}, 'stop'), usage }];
  return { events: [...chunks.map((value) => `data: ${JSON.stringify(value)}\n\n`), 'data: [DONE]\n\n'] };
}

/** The smallest value that fits a schema well enough to be read. */
function sample(schema: unknown): unknown {
  const { type, properties, enum: choices, items, anyOf } = object(schema);
  if (Array.isArray(choices) && choices.length > 0) return choices[0];
  if (Array.isArray(anyOf)) return sample(anyOf[0]);
  if (type === 'string') return 'simulated';
  if (type === 'number' || type === 'integer') return 1;
  if (type === 'boolean') return true;
  if (type === 'null') return null;
  if (type === 'array') return [sample(items)];
  return Object.fromEntries(Object.entries(object(properties)).map(([name, property]) => [name, sample(property)]));
}

/** The same text gives the same vector of length one. */
function vector(text: string, dimensions: unknown): number[] {
  const length = typeof dimensions === 'number' ? dimensions : 768;
  const bytes = createHash('sha512').update(text).digest();
  const values = Array.from({ length }, (_, i) => (bytes[i % bytes.length] ?? 0) - 127.5);
  const norm = Math.hypot(...values);
  return values.map((value) => value / norm);
}

function words(text: string): string[] {
  return text.split(/(?<= )/);
}

function tokens(text: string): number {
  return Math.max(1, Math.ceil(text.length / 4));
}

function object(value: unknown): JsonObject {
  return isObject(value) ? value : {};
}

function list(value: unknown): JsonObject[] {
  return Array.isArray(value) ? value.filter(isObject) : [];
}

function list0(value: unknown): unknown {
  return Array.isArray(value) ? value[0] : undefined;
}
