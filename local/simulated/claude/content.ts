import type { JsonObject } from '../../../functions/core/json.ts';
import type { OfferedTool } from '../brain/fitting-tools.ts';
import type { Said } from '../brain/said.ts';
import { list } from '../values.ts';

/** The blocks of a message, or of the system text: a plain text is a block of text. */
export function blocksOf(content: unknown): JsonObject[] {
  return typeof content === 'string' ? [{ type: 'text', text: content }] : list(content);
}

export function saidIn({ role, content }: JsonObject): Said[] {
  const blocks = blocksOf(content);
  if (role !== 'user')
    return blocks.flatMap(({ type, name }) => (type === 'tool_use' ? [{ called: String(name) }] : []));
  const texts = blocks.flatMap(({ type, text }) => (type === 'text' ? [String(text)] : []));
  const results = blocks.flatMap((block) => (block.type === 'tool_result' ? [{ result: resultOf(block) }] : []));
  return [...results, ...(texts.length > 0 ? [{ user: texts.join('\n') }] : [])];
}

function resultOf({ content, is_error }: JsonObject): string {
  const texts = blocksOf(content).flatMap(({ text }) => (typeof text === 'string' ? [text] : []));
  return `${is_error === true ? 'error: ' : ''}${texts.join('\n')}`;
}

/** All that may say where the agent works. */
export function environmentOf(body: JsonObject): string {
  const turns = list(body.messages).filter(({ role }) => role === 'user');
  const blocks = [blocksOf(body.system), ...turns.map(({ content }) => blocksOf(content))].flat();
  return blocks.map(({ text }) => (typeof text === 'string' ? text : '')).join('\n');
}

/** The tools that the caller runs. Those of Anthropic's own design come without a schema (docs.claude.com, tool use overview). */
export function toolsOf(body: JsonObject): OfferedTool[] {
  return list(body.tools).flatMap((tool) => {
    const type = String(tool.type ?? 'custom');
    const designed = Object.entries(ownSchemas).find(([prefix]) => type.startsWith(prefix))?.[1];
    const input = type === 'custom' ? tool.input_schema : designed;
    const description = typeof tool.description === 'string' ? tool.description : '';
    return input === undefined ? [] : [{ name: String(tool.name), description, input }];
  });
}

const text = { type: 'string' };
const ownSchemas: Record<string, JsonObject> = {
  bash_: { type: 'object', properties: { command: text, restart: { type: 'boolean' } }, required: ['command'] },
  text_editor_: {
    type: 'object',
    properties: {
      command: { type: 'string', enum: ['view', 'create', 'str_replace', 'insert'] },
      path: text,
      file_text: text,
      old_str: text,
      new_str: text,
    },
    required: ['command', 'path'],
  },
};
