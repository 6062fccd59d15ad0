import type { Block, ChatRequest } from '../../../core/chat/conversation.ts';
import type { WrittenRequest } from '../../../core/chat/dialect.ts';
import { refuse } from '../../../core/chat/refusal.ts';
import { isObject, type JsonObject } from '../../../core/json.ts';
import { bounds } from '../bounds.ts';
import type { ClaudeTraits } from '../claude-models.ts';
import { refuseForeign, writeSettings } from './settings.ts';
import { writeBlock, writeText } from './write-blocks.ts';
import { writeTools } from './write-tools.ts';

/** A conversation for Claude, without what says where it goes: model and stream are the adapter's. Throws `Refusal`. */
export function writeRequest(request: ChatRequest, traits: ClaudeTraits): WrittenRequest {
  refuseForeign(request);
  const dropped = new Set<string>();
  const { system, turns, called, unthought } = writeTurns(request, traits);
  const { settings: tools, answerTool, instruction, forced } = writeTools(request, traits, called, dropped);
  // On a budget, Anthropic refuses to go on with a tool loop whose thinking is lost.
  const mayThink = (!forced || traits.thinksBesideForced) && !(unthought && traits.thinking === 'budget');
  const settings = writeSettings(request, traits, mayThink, dropped);
  if (instruction !== null) system.push({ type: 'text', text: instruction });
  const json = request.format?.type === 'json' ? beginJson(turns, traits, tools, settings) : null;
  const output = { ...asObject(settings.output_config), ...asObject(tools.output_config) };
  const body: JsonObject = {
    ...(traits.version !== null && { anthropic_version: traits.version }),
    messages: turns,
    ...(system.length > 0 && { system }),
    ...tools,
    ...settings,
    ...(Object.keys(output).length > 0 && { output_config: output }),
  };
  return {
    body,
    dropped: [...dropped].sort(),
    bounds: bounds(body, Buffer.byteLength(JSON.stringify(body))),
    ...(answerTool !== null && { answerTool }),
    ...(json !== null && { json }),
  };
}

/**
 * Models that go on from the beginning of an answer are made to begin with the object itself
 * (https://platform.claude.com/docs/en/test-and-evaluate/strengthen-guardrails/increase-consistency); those that decide themselves
 * how to think refuse it (https://github.com/langchain-ai/deepagents/issues/1585). A beginning of the caller's own is left alone.
 */
function beginJson(
  turns: WrittenTurn[],
  traits: ClaudeTraits,
  tools: JsonObject,
  settings: JsonObject,
): { begun: string } | null {
  if (turns.at(-1)?.role === 'assistant') return null;
  if (traits.thinking === 'adaptive' || tools.tools !== undefined || settings.thinking !== undefined)
    return { begun: '' };
  turns.push({ role: 'assistant', content: [{ type: 'text', text: '{' }] });
  return { begun: '{' };
}

function asObject(value: unknown): JsonObject {
  return isObject(value) ? value : {};
}

interface WrittenTurn {
  role: 'user' | 'assistant';
  content: JsonObject[];
}

interface WrittenTurns {
  system: JsonObject[];
  turns: WrittenTurn[];
  /** Names of the tools in the history. */
  called: string[];
  /** Whether the tool loop at the end came back without its thinking. */
  unthought: boolean;
}

/** Neighbours of one role become one turn, so all results of one turn's calls stand together, before other text. */
function writeTurns({ turns }: ChatRequest, traits: ClaudeTraits): WrittenTurns {
  const written: WrittenTurns = { system: [], turns: [], called: [], unthought: false };
  const write = (blocks: Block[]): JsonObject[] => blocks.flatMap((block) => writeBlock(block, traits));
  for (const { role, blocks } of turns) {
    if (role === 'system') {
      written.system.push(...blocks.flatMap((block) => (block.type === 'text' ? writeText(block) : [])));
      continue;
    }
    const content = write(blocks);
    if (role === 'assistant') {
      const calls = blocks.flatMap((block) => (block.type === 'tool_call' ? [block.name] : []));
      written.called.push(...calls);
      if (calls.length > 0) written.unthought = !content.some(({ type }) => isThought(type));
    }
    // A tool loop ends where the user speaks again (https://platform.claude.com/docs/en/build-with-claude/extended-thinking).
    else if (!content.some(({ type }) => type === 'tool_result')) written.unthought = false;
    append(written.turns, role, content);
  }
  for (const turn of written.turns) if (turn.role === 'user') turn.content.sort(resultsFirst);
  if (written.turns.length === 0) append(written.turns, 'user', written.system.splice(0));
  if (written.turns.length === 0) refuse('messages', 'The messages hold no content.');
  trimBeginning(written.turns);
  return written;
}

function append(turns: WrittenTurn[], role: WrittenTurn['role'], content: JsonObject[]): void {
  const last = turns.at(-1);
  if (content.length === 0) return;
  if (last?.role === role) last.content.push(...content);
  else turns.push({ role, content });
}

function isThought(type: unknown): boolean {
  return type === 'thinking' || type === 'redacted_thinking';
}

function resultsFirst(a: JsonObject, b: JsonObject): number {
  return Number(b.type === 'tool_result') - Number(a.type === 'tool_result');
}

/** The beginning of the answer, given by the caller: Anthropic refuses white space at its end. */
function trimBeginning(turns: WrittenTurn[]): void {
  const last = turns.at(-1);
  const block = last?.content.at(-1);
  if (last?.role === 'assistant' && typeof block?.text === 'string')
    last.content[last.content.length - 1] = { ...block, text: block.text.trimEnd() };
}
