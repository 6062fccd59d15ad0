import { randomBytes } from 'node:crypto';
import type { JsonObject } from '../../../functions/core/json.ts';
import { decide } from '../brain/decide.ts';
import { type Said, sinceAsked } from '../brain/said.ts';
import { searchIn } from '../brain/web-search.ts';
import { list, object, tokens } from '../values.ts';
import { searchUse, wordsOf } from './answer-text.ts';
import { blocksOf, environmentOf, saidIn, toolsOf } from './content.ts';
import { claudeProblem, systemProblem } from './refusals.ts';
import { thinkingBefore } from './thinking.ts';
import { cacheProblem, promptUsage } from './usage.ts';

export interface ClaudeOptions {
  model: string;
  /** What the ids of this road begin with: `bdrk`, `vrtx`. */
  road: string;
  /** The betas that are asked for, in a header or in the body. */
  betas: string[];
  /** The ids of calls begin with this. */
  toolPrefix?: string;
}

/** Anthropic's own word to have a refusal to test with; its first part is enough here. */
const refusing = 'ANTHROPIC_MAGIC_STRING_TRIGGER_REFUSAL';

/**
 * Claude, as all roads to it reach it: a message of the Messages API (docs.claude.com/en/api/messages), or the words in which the request
 * is refused. It thinks before it speaks where that is asked for, calls tools, searches, cites, pauses and stops.
 */
export function claude(body: JsonObject, options: ClaudeOptions): { message: JsonObject } | { refused: string } {
  if (typeof body.max_tokens !== 'number') return { refused: 'max_tokens: Field required' };
  const problem = claudeProblem(body) ?? systemProblem(body, options.model) ?? cacheProblem(body);
  if (problem !== null) return { refused: problem };
  const said = list(body.messages).flatMap(saidIn);
  const { content, stop } = answerOf(body, said, options);
  const thinking = thinkingBefore(
    body,
    said,
    options.betas.some((beta) => beta.startsWith('interleaved-thinking')),
  );
  const searches = content.filter(({ type }) => type === 'server_tool_use').length;
  const all = [...thinking, ...content];
  return {
    message: {
      id: `msg_${options.road}_${randomBytes(12).toString('hex')}`,
      type: 'message',
      role: 'assistant',
      model: options.model,
      content: all,
      ...stop,
      usage: {
        ...promptUsage(body),
        output_tokens: tokens(all.map(spoken).join('')),
        ...(searches > 0 && { server_tool_use: { web_search_requests: searches } }),
      },
    },
  };
}

interface Answer {
  content: JsonObject[];
  stop: { stop_reason: string; stop_sequence: string | null };
}

function answerOf(body: JsonObject, said: Said[], options: ClaudeOptions): Answer {
  const { asked } = sinceAsked(said);
  if (asked.includes(refusing)) return ended([], 'refusal');
  const serverToolId = `srvtoolu_${options.road}_${randomBytes(8).toString('hex')}`;
  // A paused turn goes on when it comes back as the last message.
  if (asked.includes('pause_turn') && list(body.messages).at(-1)?.role === 'user' && said.at(-1) !== undefined)
    return ended([searchUse(searchIn(asked) ?? 'anything', serverToolId)], 'pause_turn');
  const calls = callsOf(body, said, options);
  if (calls.length > 0) return ended(calls, 'tool_use');
  return stopped(wordsOf(body, said, serverToolId), body);
}

function ended(content: JsonObject[], reason: string, sequence: string | null = null): Answer {
  return { content, stop: { stop_reason: reason, stop_sequence: sequence } };
}

function callsOf(body: JsonObject, said: Said[], options: ClaudeOptions): JsonObject[] {
  const { type, name: wanted, disable_parallel_tool_use: alone } = object(body.tool_choice);
  const called = decide({
    tools: toolsOf(body),
    said,
    environment: environmentOf(body),
    choice:
      type === 'tool' ? { name: String(wanted) } : type === 'any' ? 'required' : type === 'none' ? 'none' : 'free',
    parallel: alone !== true,
  });
  const prefix = options.toolPrefix ?? `toolu_${options.road}_simulated`;
  const before = list(body.messages)
    .flatMap(({ content }) => blocksOf(content))
    .filter((block) => block.type === 'tool_use').length;
  return called.map(({ name, input }, i) => ({ type: 'tool_use', id: `${prefix}${before + i + 1}`, name, input }));
}

/** Cut at the first stop sequence, or where the tokens end. */
function stopped(content: JsonObject[], body: JsonObject): Answer {
  const last = content.at(-1);
  const text = String(last?.text ?? '');
  const found = (Array.isArray(body.stop_sequences) ? body.stop_sequences.map(String) : [])
    .map((sequence) => ({ sequence, at: text.indexOf(sequence) }))
    .filter(({ at }) => at >= 0)
    .sort((one, other) => one.at - other.at)[0];
  const limit = Number(body.max_tokens) * 4;
  const end = Math.min(found?.at ?? text.length, limit);
  const cut = { ...last, text: text.slice(0, end) };
  const rest = end === 0 ? content.slice(0, -1) : [...content.slice(0, -1), cut];
  if (found !== undefined && found.at <= limit) return ended(rest, 'stop_sequence', found.sequence);
  return ended(rest, text.length > limit ? 'max_tokens' : 'end_turn');
}

/** What costs tokens of a block: what the model wrote. */
function spoken({ text, thinking, name, input }: JsonObject): string {
  return `${text ?? thinking ?? name ?? ''}${input === undefined ? '' : JSON.stringify(input)}`;
}
