import type { Block, ChatRequest, ReasoningBlock, ToolCallBlock, Turn } from '../../core/chat/conversation.ts';
import { functionInput } from '../../core/chat/offered-tools.ts';
import { refuse } from '../../core/chat/refusal.ts';
import { isObject, type JsonObject, parseJson } from '../../core/json.ts';
import { mediaPart } from './media.ts';
import { type GeminiTraits, isThirdOrLater } from './models.ts';
import { createToolResults } from './tool-results.ts';

export interface Content extends JsonObject {
  role: 'user' | 'model';
  parts: JsonObject[];
}

/** The value that Google documents for calls whose signature is lost (https://ai.google.dev/gemini-api/docs/thought-signatures). */
const noSignature = 'skip_thought_signature_validator';

/** Gemini knows the roles user and model only; neighbours of one role become one turn, in which the results of tools come first. */
export function writeContents(
  { turns }: ChatRequest,
  traits: GeminiTraits,
  dropped: Set<string>,
): { system: JsonObject[]; contents: Content[] } {
  const system: JsonObject[] = [];
  const contents: Content[] = [];
  const results = createToolResults(isThirdOrLater(traits));
  let said: JsonObject[] = [];

  function append(role: Content['role'], parts: JsonObject[]): void {
    const last = contents.at(-1);
    if (parts.length === 0) return;
    if (last?.role === role) last.parts.push(...parts);
    else contents.push({ role, parts });
  }

  function endUser(): void {
    append('user', [...results.take(), ...said]);
    said = [];
  }

  for (const turn of turns) {
    if (turn.role === 'system') system.push(...turn.blocks.flatMap((block) => systemPart(block, turn)));
    else if (turn.role === 'user')
      for (const block of turn.blocks) {
        if (block.type === 'tool_result') results.add(block, turn.at);
        else said.push(...userParts(block, turn, dropped));
      }
    else {
      endUser();
      results.expect(turn.blocks.filter((block) => block.type === 'tool_call'));
      append('model', modelParts(turn, isThirdOrLater(traits), dropped));
    }
  }
  endUser();
  // Gemini refuses a request without contents and an empty text, but takes a space (github.com/googleapis/python-genai/issues/878).
  const asked = turns.some(({ role }) => role === 'user');
  if (contents.length === 0 && asked && system.length > 0) append('user', [{ text: ' ' }]);
  // OpenAI takes instructions alone.
  if (contents.length === 0) append('user', system.splice(0));
  if (contents.length === 0) refuse(rootOf(turns[0]?.at ?? 'messages'), 'The request holds no content.');
  return { system, contents };
}

/** `messages` of `messages.3.content.1`. */
function rootOf(at: string): string {
  return at.split('.')[0] ?? at;
}

function textPart(text: string): JsonObject[] {
  return text === '' ? [] : [{ text }];
}

function systemPart(block: Block, { at }: Turn): JsonObject[] {
  return block.type === 'text' ? textPart(block.text) : refuse(block.at ?? at, 'Only text is possible here.');
}

function userParts(block: Block, { at }: Turn, dropped: Set<string>): JsonObject[] {
  switch (block.type) {
    case 'text':
    case 'refusal':
      return textPart(block.text);
    case 'document':
      return [...textPart(block.context ?? ''), mediaPart(block, at)];
    case 'image':
    case 'audio':
    case 'video':
      return [mediaPart(block, at)];
    case 'opaque':
      return opaqueParts(block, at, dropped);
    default:
      return refuse(block.at ?? at, 'Users cannot say this.');
  }
}

function opaqueParts({ dialect, value, at }: Extract<Block, { type: 'opaque' }>, turn: string, dropped: Set<string>) {
  if (dialect === 'gemini') return [value];
  dropped.add(rootOf(at ?? turn));
  return [];
}

/**
 * The blocks in their order, with the signatures of Google's models; those of other makers say nothing to them. Of parallel calls
 * only the first carries a signature.
 */
function modelParts(turn: Turn, signatures: boolean, dropped: Set<string>): JsonObject[] {
  const { blocks } = turn;
  const firstCall = blocks.findIndex(({ type }) => type === 'tool_call');
  const handed = handedSignature(blocks, firstCall);
  const lost = !blocks.some((block) => block.type === 'tool_call' && signatureOf(block) !== null);
  return blocks.flatMap((block, i): JsonObject[] => {
    switch (block.type) {
      case 'text': {
        const signature = signatureOf(block);
        return signature === null ? textPart(block.text) : [{ text: block.text, thoughtSignature: signature }];
      }
      case 'tool_call': {
        const standIn = i === firstCall && lost ? (handed ?? (signatures ? noSignature : null)) : null;
        return [callPart(block, signatureOf(block) ?? standIn)];
      }
      case 'reasoning':
        return handed !== null && i === firstCall - 1 ? [] : thoughtPart(block);
      default:
        return userParts(block, turn, dropped);
    }
  });
}

/** Some doors have a place for a call's signature only in the thought before it. */
function handedSignature(blocks: Block[], firstCall: number): string | null {
  const [thought, call] = [blocks[firstCall - 1], blocks[firstCall]];
  if (thought?.type !== 'reasoning' || call?.type !== 'tool_call' || signatureOf(call) !== null) return null;
  return thoughtSignatureOf(thought);
}

function signatureOf({ signature }: Pick<ToolCallBlock, 'signature'>): string | null {
  return signature?.format === 'google' ? signature.value : null;
}

function thoughtSignatureOf({ signature, encrypted }: ReasoningBlock): string | null {
  return (
    signatureOf({ ...(signature && { signature }) }) ?? signatureOf({ ...(encrypted && { signature: encrypted }) })
  );
}

/** Unsigned thoughts are never replayed: the model would take them for its own words. A signature without words came as an empty text. */
function thoughtPart(block: ReasoningBlock): JsonObject[] {
  const signature = thoughtSignatureOf(block);
  if (signature === null) return [];
  return [{ text: block.text, ...(block.text !== '' && { thought: true }), thoughtSignature: signature }];
}

/** Ids stay here: Vertex AI matches by name and order. `{}` for broken arguments. */
function callPart(call: ToolCallBlock, signature: string | null): JsonObject {
  const input = parseJson(functionInput(call));
  const functionCall = { name: call.name, args: isObject(input) ? input : {} };
  return { functionCall, ...(signature !== null && { thoughtSignature: signature }) };
}
