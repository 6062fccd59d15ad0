import { createHash } from 'node:crypto';
import { isObject, type JsonObject, parseJson } from '../../../functions/core/json.ts';
import type { Said } from '../brain/said.ts';
import { sampleOf } from '../brain/schema-sample.ts';
import { nextTools } from '../brain/tool-calls.ts';
import { eventFrame } from './event-stream.ts';

/** A Converse answer to a Converse request, or the ValidationException that the real service has for it. */
export function converse(request: JsonObject): { answer: JsonObject } | { refusal: string } {
  const turns = list(request.messages).filter(isObject);
  const blocks = turns.flatMap((turn) => list(turn.content)).filter(isObject);
  const config = isObject(request.toolConfig) ? request.toolConfig : null;
  if (turns.length === 0 || turns[0]?.role !== 'user')
    return {
      refusal:
        'A conversation must start with a user message. Try again with a conversation that starts with a user message.',
    };
  if (config === null && blocks.some((block) => block.toolUse !== undefined || block.toolResult !== undefined)) {
    return { refusal: 'The toolConfig field must be defined when using toolUse and toolResult content blocks.' };
  }
  if (blocks.some((block) => typeof block.text === 'string' && block.text.trim() === '')) {
    return {
      refusal: 'The text field in the ContentBlock object is blank. Add text to the text field, and try again.',
    };
  }
  const calls = callsOf(config, blocks, turns);
  const content =
    calls.length === 0 ? [{ text: structured(request) ?? lastText(turns) }] : calls.map((toolUse) => ({ toolUse }));
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

function list(value: unknown): unknown[] {
  return Array.isArray(value) ? value : [];
}

/** Repeats what the user, or a tool for the user, said last. */
function lastText(turns: JsonObject[]): string {
  for (const turn of turns.toReversed()) {
    if (turn.role !== 'user') continue;
    const texts = list(turn.content).flatMap((block) => {
      if (!isObject(block)) return [];
      if (typeof block.text === 'string') return [block.text];
      return isObject(block.toolResult)
        ? list(block.toolResult.content).flatMap((item) =>
            isObject(item) && typeof item.text === 'string' ? [item.text] : [],
          )
        : [];
    });
    if (texts.length > 0) return texts.join(' ');
  }
  return 'pong';
}

function callsOf(config: JsonObject | null, blocks: JsonObject[], turns: JsonObject[]): JsonObject[] {
  const choice = isObject(config?.toolChoice) ? config.toolChoice : {};
  const specs = list(config?.tools).flatMap((tool) =>
    isObject(tool) && isObject(tool.toolSpec) ? [tool.toolSpec] : [],
  );
  const called = nextTools(
    specs.map(({ name }) => String(name)),
    turns.flatMap(saidIn),
    {
      choice: isObject(choice.tool)
        ? { name: String(choice.tool.name) }
        : choice.any !== undefined
          ? 'required'
          : 'free',
      parallel: true,
    },
  );
  const before = blocks.filter((block) => block.toolUse !== undefined).length;
  return called.map((name, i) => {
    const schema = specs.find((spec) => spec.name === name)?.inputSchema;
    return {
      toolUseId: `tooluse_simulated${before + i + 1}`,
      name,
      input: sampleOf(isObject(schema) ? schema.json : {}),
    };
  });
}

function saidIn({ role, content }: JsonObject): Said[] {
  const blocks = list(content).filter(isObject);
  if (role !== 'user')
    return blocks.flatMap(({ toolUse }) => (isObject(toolUse) ? [{ called: String(toolUse.name) }] : []));
  const texts = blocks.flatMap(({ text }) => (typeof text === 'string' ? [text] : []));
  return texts.length > 0 ? [{ user: texts.join(' ') }] : [];
}

function structured(request: JsonObject): string | null {
  const format =
    isObject(request.outputConfig) && isObject(request.outputConfig.textFormat) ? request.outputConfig.textFormat : {};
  const described =
    isObject(format.structure) && isObject(format.structure.jsonSchema) ? format.structure.jsonSchema : null;
  return typeof described?.schema === 'string' ? JSON.stringify(sampleOf(parseJson(described.schema))) : null;
}

/** The same answer as frames of a stream, a word each. */
export function converseFrames(answer: JsonObject): Uint8Array[] {
  const { output, stopReason, usage, metrics } = answer as {
    output: { message: { content: JsonObject[] } };
    stopReason: string;
    usage: unknown;
    metrics: unknown;
  };
  const frames = [eventFrame('messageStart', { role: 'assistant' })];
  for (const [contentBlockIndex, block] of output.message.content.entries()) {
    const delta = (value: JsonObject) =>
      frames.push(eventFrame('contentBlockDelta', { contentBlockIndex, delta: value }));
    if (isObject(block.toolUse)) {
      const { input, ...start } = block.toolUse;
      frames.push(eventFrame('contentBlockStart', { contentBlockIndex, start: { toolUse: start } }));
      delta({ toolUse: { input: JSON.stringify(input) } });
    } else for (const word of String(block.text).split(/(?<= )/)) delta({ text: word });
    frames.push(eventFrame('contentBlockStop', { contentBlockIndex }));
  }
  frames.push(eventFrame('messageStop', { stopReason }), eventFrame('metadata', { usage, metrics }));
  return frames;
}

/** The answer of an embedding model, and the tokens that the service counts in a header. */
export function embed(model: string, request: JsonObject): { answer: JsonObject; tokens: number } {
  const count = (text: unknown) => Math.max(1, String(text).split(/\s+/).length);
  if (model.includes('cohere')) {
    const vectors = list(request.texts).map((text) => vectorOf(text, request.output_dimension ?? 1024));
    return {
      answer: {
        id: 'simulated',
        embeddings: model.includes('v4') ? { float: vectors } : vectors,
        texts: request.texts,
      },
      tokens: list(request.texts).reduce<number>((sum, text) => sum + count(text), 0),
    };
  }
  if (model.includes('nova')) {
    const { text, embeddingDimension } = (
      isObject(request.singleEmbeddingParams) ? request.singleEmbeddingParams : {}
    ) as { text?: JsonObject; embeddingDimension?: number };
    return {
      answer: { embeddings: [{ embeddingType: 'TEXT', embedding: vectorOf(text?.value, embeddingDimension ?? 3072) }] },
      tokens: count(text?.value),
    };
  }
  const tokens = count(request.inputText);
  return {
    answer: { embedding: vectorOf(request.inputText, request.dimensions ?? 1024), inputTextTokenCount: tokens },
    tokens,
  };
}

/** The same text always gives the same vector, of length one. */
function vectorOf(text: unknown, dimensions: unknown): number[] {
  const seed = createHash('sha256').update(String(text)).digest();
  const values = Array.from({ length: Number(dimensions) }, (_, index) => (seed[index % seed.length] ?? 0) - 127.5);
  const length = Math.hypot(...values);
  return values.map((value) => value / length);
}
