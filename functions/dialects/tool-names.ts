import { createHash } from 'node:crypto';
import type { ChatAnswer, ChatPart } from '../core/chat/answer.ts';
import type { Block, ChatRequest, ToolChoice } from '../core/chat/conversation.ts';
import type { UpstreamDialect } from '../core/chat/dialect.ts';

const hashed = 8;
const head = 15;
/** Together with the hash and what parts them: 64. */
const tail = 39;

/**
 * A dialect whose format takes no other names of tools than `fits` does, for callers whose format takes more: Anthropic's may have
 * 128 characters, which tools of MCP servers need, and OpenAI, Converse and Gemini take 64. Names that do not fit go out shorter, with
 * a hash that keeps them apart and stays the same from turn to turn, and come back as they were.
 */
export function withFittingToolNames<Traits, Body, Answer, Event>(
  dialect: UpstreamDialect<Traits, Body, Answer, Event>,
  fits: RegExp,
): UpstreamDialect<Traits, Body, Answer, Event> {
  return {
    writeRequest(request, traits) {
      const names = renamed(request, fits);
      if (names.size === 0) return dialect.writeRequest(request, traits);
      const back = new Map([...names].map(([caller, sent]) => [sent, caller]));
      return { ...dialect.writeRequest(rename(request, names), traits), toolNames: back };
    },
    readAnswer(answer, written) {
      const read = dialect.readAnswer(answer, written);
      const { toolNames } = written;
      return read === null || toolNames === undefined ? read : renameAnswer(read, toolNames);
    },
    createStreamReader(written, readError) {
      const reader = dialect.createStreamReader(written, readError);
      const { toolNames } = written;
      if (toolNames === undefined) return reader;
      const back = (parts: ChatPart[]) => parts.map((part) => renamePart(part, toolNames));
      return {
        push: (event) => back(reader.push(event)),
        finish: () => back(reader.finish()),
        done: () => reader.done(),
      };
    },
  };
}

type Names = ReadonlyMap<string, string>;

/** The caller's names that do not fit, and what they become. */
function renamed({ tools, turns }: ChatRequest, fits: RegExp): Names {
  const names = new Map<string, string>();
  const look = (name: string | undefined) => {
    if (name !== undefined && name !== '' && !fits.test(name) && !names.has(name)) names.set(name, shorter(name));
  };
  for (const tool of tools) if (tool.type !== 'hosted') look(tool.name);
  for (const { blocks } of turns)
    for (const block of blocks) if (block.type === 'tool_call' || block.type === 'tool_result') look(block.name);
  return names;
}

/** The end tells more of a tool than the beginning, which is the server's: `mcp__<server>__<tool>`. */
function shorter(name: string): string {
  const hash = createHash('sha256').update(name).digest('hex').slice(0, hashed);
  const clean = name.replace(/[^a-zA-Z0-9_-]/g, '_').replace(/^(?![a-zA-Z_])/, '_');
  return `${clean.slice(0, head)}_${hash}_${clean.slice(-tail)}`;
}

function rename(request: ChatRequest, names: Names): ChatRequest {
  return {
    ...request,
    tools: request.tools.map((tool) => (tool.type === 'hosted' ? tool : withName(tool, names))),
    turns: request.turns.map((turn) => ({ ...turn, blocks: turn.blocks.map((block) => renameBlock(block, names)) })),
    toolChoice: request.toolChoice && renameChoice(request.toolChoice, names),
  };
}

function renameChoice(choice: ToolChoice, names: Names): ToolChoice {
  if (choice.type === 'tool') return withName(choice, names);
  if (choice.type === 'allowed') return { ...choice, names: choice.names.map((name) => names.get(name) ?? name) };
  return choice;
}

function renameBlock(block: Block, names: Names): Block {
  if (block.type === 'tool_call') return withName(block, names);
  return block.type === 'tool_result' && block.name !== undefined
    ? withName({ ...block, name: block.name }, names)
    : block;
}

function renameAnswer(answer: ChatAnswer, names: Names): ChatAnswer {
  const choices = answer.choices.map((choice) => ({
    ...choice,
    blocks: choice.blocks.map((block) => renameBlock(block, names)),
  }));
  return { ...answer, choices };
}

function renamePart(part: ChatPart, names: Names): ChatPart {
  if (part.type === 'whole') return { ...part, block: renameBlock(part.block, names) };
  if (part.type !== 'open' || part.block.type !== 'tool_call') return part;
  return { ...part, block: withName(part.block, names) };
}

function withName<Named extends { name: string }>(named: Named, names: Names): Named {
  const name = names.get(named.name);
  return name === undefined ? named : { ...named, name };
}
