import type { Block, ToolCallBlock, Turn } from '../../../core/chat/conversation.ts';
import { refuse } from '../../../core/chat/refusal.ts';
import { isObject, isPresent, type JsonObject, parseJson } from '../../../core/json.ts';
import { readDetails } from '../reasoning-details.ts';
import { readCacheMark, readContent, readTexts } from './read-content.ts';
import { googleSignature, readThinkingBlocks, splitId } from './replayed.ts';

export function readMessages(messages: unknown): Turn[] {
  if (!Array.isArray(messages) || messages.length === 0)
    refuse('messages', 'messages must be a list with at least one message.');
  return messages.map((message: unknown, i) => {
    const at = `messages.${i}`;
    if (!isObject(message)) refuse(at, 'A message must be an object.');
    return readMessage(message, at);
  });
}

function readMessage(message: JsonObject, at: string): Turn {
  const content = `${at}.content`;
  switch (message.role) {
    case 'system':
    case 'developer':
      return turn('system', readTexts(message.content, content), message, at);
    case 'user':
      return turn('user', readContent(message.content, content), message, at);
    case 'assistant':
      return turn('assistant', readAnswer(message, at), message, at);
    case 'tool':
      return turn('user', [readResult(message, at)], message, at);
    default:
      return refuse(`${at}.role`, 'The role must be system, developer, user, assistant or tool.');
  }
}

/** Some clients mark a whole message for caching, not one of its parts. */
function turn(role: Turn['role'], blocks: Block[], message: JsonObject, at: string): Turn {
  const cache = readCacheMark(message);
  const last = blocks.at(-1);
  if (cache !== undefined && last !== undefined && last.cache === undefined)
    blocks[blocks.length - 1] = { ...last, cache };
  return { role, blocks, at };
}

/** Reasoning first, then text, then calls: the order in which models want their own turns back. */
function readAnswer(message: JsonObject, at: string): Block[] {
  if (isPresent(message.function_call)) refuse(`${at}.function_call`, 'function_call is the old form: use tool_calls.');
  const said = readContent(message.content, `${at}.content`);
  // A refusal stands in a field of its own, beside no content.
  if (typeof message.refusal === 'string' && message.refusal !== '' && said.every(isEmpty))
    said.splice(0, said.length, { type: 'refusal', text: message.refusal, at: `${at}.refusal` });
  const signature = googleSignature(message);
  const signed = signature && said.findLast((block) => block.type === 'text');
  if (signed) signed.signature = signature;
  const calls = readCalls(message.tool_calls, `${at}.tool_calls`);
  const details = readDetails(message.reasoning_details, `${at}.reasoning_details`);
  const thinking = details.length > 0 ? details : readThinkingBlocks(message, `${at}.thinking_blocks`);
  const thoughts = thinking.filter((thought) => {
    // Where a client knows no place for the signature of a call, it comes as a thought that names the call.
    const call = calls.find(({ id }) => id !== '' && id === thought.id);
    if (call === undefined || thought.encrypted?.format !== 'google' || thought.text !== '') return true;
    call.signature ??= thought.encrypted;
    return false;
  });
  return [...thoughts, ...said, ...calls];
}

function isEmpty(block: Block): boolean {
  return block.type === 'text' && block.text === '';
}

function readCalls(calls: unknown, at: string): ToolCallBlock[] {
  if (!isPresent(calls)) return [];
  if (!Array.isArray(calls)) refuse(at, 'tool_calls must be a list.');
  return calls.map((call: unknown, i) => readCall(call, `${at}.${i}`));
}

function readCall(call: unknown, at: string): ToolCallBlock {
  if (!isObject(call)) refuse(at, 'A tool call must be an object.');
  const named = splitId(typeof call.id === 'string' ? call.id : '');
  const signature = googleSignature(call) ?? named.signature;
  const isCustom = call.type === 'custom';
  const called = isCustom ? call.custom : call.function;
  if (!isObject(called) || typeof called.name !== 'string' || called.name === '')
    refuse(at, 'A tool call needs a function with a name.');
  const given = isCustom ? called.input : called.arguments;
  return {
    type: 'tool_call',
    id: named.id,
    name: called.name,
    input: isCustom ? String(given ?? '') : argumentsText(given),
    kind: isCustom ? 'custom' : 'function',
    ...(signature && { signature }),
    at,
  };
}

/** `{}` for blank and broken text: models that call a tool without arguments leave it empty, and clients replay that. */
function argumentsText(given: unknown): string {
  if (isObject(given)) return JSON.stringify(given);
  return typeof given === 'string' && isObject(parseJson(given)) ? given : '{}';
}

function readResult(message: JsonObject, at: string): Block {
  const { tool_call_id: callId, name, content } = message;
  if (typeof callId !== 'string')
    refuse(`${at}.tool_call_id`, 'A tool message needs the tool_call_id that it answers.');
  return {
    type: 'tool_result',
    callId: splitId(callId).id,
    ...(typeof name === 'string' && name !== '' && { name }),
    blocks: readContent(content, `${at}.content`),
    at: `${at}.tool_call_id`,
  };
}
