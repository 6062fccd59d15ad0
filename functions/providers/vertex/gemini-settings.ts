import { refuse } from '../../core/chat/refusal.ts';
import { isObject, isPresent, type JsonObject } from '../../core/json.ts';
import { answerFormatOf, refuseOtherModalities, stopsOf, toolsOf } from './chat-request.ts';
import { thinkingFor } from './gemini-models.ts';

/** Request fields that go into generationConfig under another name, as they are. */
const renamed: Record<string, string> = {
  temperature: 'temperature',
  top_p: 'topP',
  top_k: 'topK',
  seed: 'seed',
  presence_penalty: 'presencePenalty',
  frequency_penalty: 'frequencyPenalty',
};

export const settingFields = [
  ...Object.keys(renamed),
  'max_tokens',
  'max_completion_tokens',
  'stop',
  'n',
  'logprobs',
  'top_logprobs',
  'response_format',
  'modalities',
  'audio',
];

/** https://cloud.google.com/vertex-ai/generative-ai/docs/model-reference/inference#generationconfig; null when nothing was set. */
export function generationConfig(body: JsonObject, model: string): { config: JsonObject | null; dropped: string[] } {
  const config: JsonObject = {};
  for (const [from, to] of Object.entries(renamed)) if (isPresent(body[from])) config[to] = body[from];
  const limit = body.max_completion_tokens ?? body.max_tokens;
  if (isPresent(limit)) config.maxOutputTokens = limit;
  const stops = stopsOf(body);
  if (stops.length > 0) config.stopSequences = stops;
  if (isPresent(body.n) && body.n !== 1) config.candidateCount = body.n;
  if (body.logprobs === true) {
    config.responseLogprobs = true;
    if (typeof body.top_logprobs === 'number' && body.top_logprobs > 0) config.logprobs = body.top_logprobs;
  }
  const format = answerFormatOf(body);
  if (format !== null) config.responseMimeType = 'application/json';
  if (isObject(format)) config.responseJsonSchema = geminiSchema(format);
  refuseOtherModalities(body);
  const dropped: string[] = [];
  const effort = body.reasoning_effort;
  if (isPresent(effort)) {
    const thinking =
      typeof effort === 'string'
        ? thinkingFor(model, effort)
        : refuse('reasoning_effort', 'reasoning_effort must be text.');
    if (thinking) config.thinkingConfig = thinking;
    else dropped.push('reasoning_effort');
  }
  return { config: Object.keys(config).length > 0 ? config : null, dropped };
}

/** `tools` and `toolConfig`. With `none` the declarations stay: the history may hold calls of them. */
export function toolSettings(body: JsonObject): JsonObject {
  const { tools, choice } = toolsOf(body);
  if (tools.length === 0) return {};
  const functionDeclarations = tools.map(({ name, description, parameters }) => ({
    name,
    ...(description !== null && { description }),
    ...(parameters !== null && { parametersJsonSchema: geminiSchema(parameters) }),
  }));
  const mode = { auto: 'AUTO', none: 'NONE', required: 'ANY' }[choice?.mode ?? 'auto'];
  // VALIDATED is AUTO with arguments that are made to follow the schema, which is what `strict` means.
  const strict = mode === 'AUTO' && tools.some((tool) => tool.strict);
  const functionCallingConfig = {
    mode: strict ? 'VALIDATED' : mode,
    ...(choice?.name && { allowedFunctionNames: [choice.name] }),
  };
  return {
    tools: [{ functionDeclarations }],
    ...((choice !== null || strict) && { toolConfig: { functionCallingConfig } }),
  };
}

const schemaLists = new Set(['anyOf', 'oneOf', 'allOf', 'prefixItems']);
const schemaMaps = new Set(['properties', '$defs', 'definitions', 'patternProperties']);

/** JSON Schema as Google takes it: without `$schema`, and `const`, which it does not know, as an enum of one. */
function geminiSchema(schema: JsonObject): JsonObject {
  const result: JsonObject = {};
  for (const [keyword, value] of Object.entries(schema)) {
    if (keyword === '$schema') continue;
    if (keyword === 'const' && (typeof value === 'string' || typeof value === 'number')) result.enum = [value];
    else if (schemaLists.has(keyword) && Array.isArray(value))
      result[keyword] = value.map((entry: unknown) => (isObject(entry) ? geminiSchema(entry) : entry));
    else if (schemaMaps.has(keyword) && isObject(value))
      result[keyword] = Object.fromEntries(
        Object.entries(value).map(([name, entry]) => [name, isObject(entry) ? geminiSchema(entry) : entry]),
      );
    else if ((keyword === 'items' || keyword === 'additionalProperties') && isObject(value))
      result[keyword] = geminiSchema(value);
    else result[keyword] = value;
  }
  return result;
}
