import { isObject, type JsonObject, parseJson } from '../../../functions/core/json.ts';
import { decide } from '../brain/decide.ts';
import { reportOf, type Said, sinceAsked } from '../brain/said.ts';
import { sampleOf } from '../brain/schema-sample.ts';
import { list, object } from '../values.ts';
import { converseClaude } from './converse-claude.ts';
import { converseProblem } from './converse-refusals.ts';

/** A Converse answer to a Converse request, or the words of the ValidationException that the real service has for it. */
export function converse(model: string, request: JsonObject): { answer: JsonObject } | { refusal: string } {
  const refusal = converseProblem(request);
  if (refusal !== null) return { refusal };
  if (model.includes('anthropic.')) return converseClaude(model, request);
  const turns = list(request.messages);
  const said = turns.flatMap(saidIn);
  const calls = callsOf(request, said);
  const text = structured(request) ?? reportOf(said) ?? (sinceAsked(said).asked || 'pong');
  const content = calls.length === 0 ? [{ text }] : calls.map((toolUse) => ({ toolUse }));
  const counted = (value: unknown) => Math.ceil(JSON.stringify(value).length / 4);
  const usage = { inputTokens: counted(request.messages), outputTokens: counted(content) };
  return {
    answer: {
      metrics: { latencyMs: 1 },
      output: { message: { role: 'assistant', content } },
      stopReason: calls.length === 0 ? 'end_turn' : 'tool_use',
      usage: { ...usage, totalTokens: usage.inputTokens + usage.outputTokens },
    },
  };
}

function callsOf(request: JsonObject, said: Said[]): JsonObject[] {
  const { tools, toolChoice } = object(request.toolConfig);
  const { tool: wanted, any: forced } = object(toolChoice);
  const turns = list(request.messages);
  const texts = [...list(request.system), ...turns.flatMap(({ content }) => list(content))].map(({ text }) => text);
  const called = decide({
    tools: list(tools).flatMap(({ toolSpec }) => {
      if (!isObject(toolSpec)) return [];
      return [{ name: String(toolSpec.name), input: object(toolSpec.inputSchema).json }];
    }),
    said,
    environment: texts.join('\n'),
    choice: isObject(wanted) ? { name: String(wanted.name) } : forced !== undefined ? 'required' : 'free',
    parallel: true,
  });
  const before = turns.flatMap(({ content }) => list(content)).filter((block) => block.toolUse !== undefined).length;
  return called.map(({ name, input }, i) => ({ toolUseId: `tooluse_simulated${before + i + 1}`, name, input }));
}

function saidIn({ role, content }: JsonObject): Said[] {
  const blocks = list(content);
  if (role !== 'user')
    return blocks.flatMap(({ toolUse }) => (isObject(toolUse) ? [{ called: String(toolUse.name) }] : []));
  const results = blocks.flatMap(({ toolResult }) => (isObject(toolResult) ? [{ result: resultOf(toolResult) }] : []));
  const texts = blocks.flatMap(({ text }) => (typeof text === 'string' ? [text] : []));
  return [...results, ...(texts.length > 0 ? [{ user: texts.join('\n') }] : [])];
}

function resultOf({ content, status }: JsonObject): string {
  const texts = list(content).map(({ text, json }) => (typeof text === 'string' ? text : JSON.stringify(json ?? '')));
  return `${status === 'error' ? 'error: ' : ''}${texts.join('\n')}`;
}

function structured(request: JsonObject): string | null {
  const { structure } = object(object(request.outputConfig).textFormat);
  const { schema } = object(object(structure).jsonSchema);
  return typeof schema === 'string' ? JSON.stringify(sampleOf(parseJson(schema))) : null;
}
