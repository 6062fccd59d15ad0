import type { JsonObject } from '../../../functions/core/json.ts';
import type { Said } from '../brain/said.ts';
import { sampleOf } from '../brain/schema-sample.ts';
import { nextTools } from '../brain/tool-calls.ts';
import { type Answer, list, object, tokens, words } from '../values.ts';

/** rawPredict and streamRawPredict of Anthropic's models: repeats the last text, or calls tools. */
export function claude(body: JsonObject, model: string, stream: boolean): Answer {
  if (body.anthropic_version !== 'vertex-2023-10-16') return { refused: 'anthropic_version: Field required' };
  if (typeof body.max_tokens !== 'number') return { refused: 'max_tokens: Field required' };
  const turns = list(body.messages);
  const text = String(blocksOf(turns.at(-1)).findLast((block) => block.type === 'text')?.text ?? 'pong');
  const calls = callsOf(body, turns);
  const content = calls.length > 0 ? calls : [{ type: 'text', text }];
  const usage = { input_tokens: tokens(JSON.stringify(body.messages)), output_tokens: tokens(JSON.stringify(content)) };
  const message = {
    id: 'msg_vrtx_simulated',
    type: 'message',
    role: 'assistant',
    model,
    content,
    stop_reason: calls.length > 0 ? 'tool_use' : 'end_turn',
    stop_sequence: null,
    usage,
  };
  if (!stream) return { json: message };
  const events: JsonObject[] = [
    { type: 'message_start', message: { ...message, content: [], stop_reason: null } },
    ...content.flatMap(blockEvents),
    { type: 'message_delta', delta: { stop_reason: message.stop_reason, stop_sequence: null }, usage },
    { type: 'message_stop' },
  ];
  return { events: events.map((event) => `event: ${String(event.type)}\ndata: ${JSON.stringify(event)}\n\n`) };
}

function blocksOf(turn: JsonObject | undefined): JsonObject[] {
  return typeof turn?.content === 'string' ? [{ type: 'text', text: turn.content }] : list(turn?.content);
}

function callsOf(body: JsonObject, turns: JsonObject[]): JsonObject[] {
  const { type, name: wanted } = object(body.tool_choice);
  const tools = list(body.tools);
  const called = nextTools(
    tools.map(({ name }) => String(name)),
    turns.flatMap(saidIn),
    {
      choice:
        type === 'tool' ? { name: String(wanted) } : type === 'any' ? 'required' : type === 'none' ? 'none' : 'free',
      parallel: object(body.tool_choice).disable_parallel_tool_use !== true,
    },
  );
  const before = turns.flatMap(blocksOf).filter((block) => block.type === 'tool_use').length;
  return called.map((name, i) => ({
    type: 'tool_use',
    id: `toolu_vrtx_simulated${before + i + 1}`,
    name,
    input: sampleOf(tools.find((tool) => tool.name === name)?.input_schema),
  }));
}

function saidIn(turn: JsonObject): Said[] {
  const blocks = blocksOf(turn);
  if (turn.role !== 'user')
    return blocks.flatMap(({ type, name }) => (type === 'tool_use' ? [{ called: String(name) }] : []));
  const texts = blocks.flatMap(({ text }) => (typeof text === 'string' ? [text] : []));
  return texts.length > 0 ? [{ user: texts.join(' ') }] : [];
}

function blockEvents(block: JsonObject, index: number): JsonObject[] {
  const called = block.type === 'tool_use';
  const deltas = called
    ? [{ type: 'input_json_delta', partial_json: JSON.stringify(block.input) }]
    : words(String(block.text)).map((text) => ({ type: 'text_delta', text }));
  return [
    {
      type: 'content_block_start',
      index,
      content_block: called ? { ...block, input: {} } : { type: 'text', text: '' },
    },
    ...deltas.map((delta) => ({ type: 'content_block_delta', index, delta })),
    { type: 'content_block_stop', index },
  ];
}
