import type { AnswerChoice, ChatPart } from '../../core/chat/answer.ts';
import type { Block, Signature } from '../../core/chat/conversation.ts';
import { isObject, type JsonObject } from '../../core/json.ts';
import { partsOf, readLogprobs } from './candidates.ts';

/** Puts one choice together from the candidates that bring it, one or many. */
export interface CandidateReader {
  read(candidate: JsonObject): ChatPart[];
  /** Ends the block that is open. */
  end(): ChatPart[];
  finishReason(): unknown;
  /** What Gemini says about its finish reason. */
  finishMessage(): unknown;
  hasCalls(): boolean;
  /** Neither text nor calls nor pictures came; thoughts alone are no answer. */
  isEmpty(): boolean;
}

export function createCandidateReader(choice: number, idSeed: string): CandidateReader {
  let open: 'text' | 'reasoning' | null = null;
  let finish: unknown;
  let message: unknown;
  let calls = 0;
  let texts = 0;
  let pictures = 0;

  function close(signature: Signature | null): ChatPart[] {
    if (open === null) return [];
    open = null;
    return [{ type: 'close', choice, ...(signature && { signature }) }];
  }

  function readText(text: string, kind: 'text' | 'reasoning', signature: Signature | null): ChatPart[] {
    if (text !== '') {
      const before: ChatPart[] = open === kind ? [] : [...close(null), { type: 'open', choice, block: { type: kind } }];
      open = kind;
      if (kind === 'text') texts++;
      return [...before, { type: 'delta', choice, text }, ...(signature ? close(signature) : [])];
    }
    if (signature === null) return [];
    // The signature of a text that has gone out comes with an empty one; where there is none, it is a thought that only Google can read.
    if (open === kind) return close(signature);
    return [...close(null), { type: 'whole', choice, block: { type: 'reasoning', text: '', encrypted: signature } }];
  }

  /** Parts of other kinds (code that Google ran, other media) have no place in an answer, nor have the sketches in thoughts. */
  function readPart({ text, thought, functionCall, thoughtSignature, inlineData }: JsonObject): ChatPart[] {
    const signature: Signature | null =
      typeof thoughtSignature === 'string' && thoughtSignature !== ''
        ? { format: 'google', value: thoughtSignature }
        : null;
    if (isObject(functionCall) && typeof functionCall.name === 'string') {
      const { name, args } = functionCall;
      const block: Block = {
        type: 'tool_call',
        id: callId(idSeed, choice, calls++),
        name,
        input: JSON.stringify(isObject(args) ? args : {}),
        kind: 'function',
        ...(signature && { signature }),
      };
      return [...close(null), { type: 'whole', choice, block }];
    }
    if (isObject(inlineData) && typeof inlineData.data === 'string' && /^image\//.test(String(inlineData.mimeType))) {
      if (thought === true) return [];
      pictures++;
      const source = { type: 'base64', mediaType: String(inlineData.mimeType), data: inlineData.data } as const;
      return [...close(null), { type: 'whole', choice, block: { type: 'image', source } }];
    }
    return typeof text === 'string' ? readText(text, thought === true ? 'reasoning' : 'text', signature) : [];
  }

  return {
    read(candidate) {
      finish = candidate.finishReason ?? finish;
      message = candidate.finishMessage ?? message;
      return withLogprobs(partsOf(candidate).flatMap(readPart), readLogprobs(candidate));
    },
    end: () => close(null),
    finishReason: () => finish,
    finishMessage: () => message,
    hasCalls: () => calls > 0,
    isEmpty: () => calls === 0 && texts === 0 && pictures === 0,
  };
}

/** The log probabilities of a candidate go out with its first text, not with a thought. */
function withLogprobs(parts: ChatPart[], logprobs: JsonObject | null): ChatPart[] {
  if (logprobs === null) return parts;
  let thinking = false;
  const first = parts.findIndex((part) => {
    if (part.type === 'open') thinking = part.block.type === 'reasoning';
    return part.type === 'delta' && !thinking;
  });
  return parts.map((part, i) => (i === first && part.type === 'delta' ? { ...part, logprobs } : part));
}

/** Gemini gives no ids. Unlike in every turn of a conversation, and shorter than the forty characters that OpenAI allows. */
function callId(seed: string, choice: number, index: number): string {
  return `call_${seed.replace(/^chatcmpl-/, '').slice(-26)}_${choice > 0 ? `${choice}_` : ''}${index}`;
}

/** The blocks that the parts of one choice amount to. */
export function foldBlocks(parts: ChatPart[]): AnswerChoice['blocks'] {
  const blocks: Block[] = [];
  for (const part of parts) {
    const last = blocks.at(-1);
    if (part.type === 'whole') blocks.push(part.block);
    else if (part.type === 'open' && (part.block.type === 'text' || part.block.type === 'reasoning'))
      blocks.push({ ...part.block, text: '' });
    else if (part.type === 'delta' && (last?.type === 'text' || last?.type === 'reasoning')) last.text += part.text;
    else if (part.type === 'close' && part.signature && (last?.type === 'text' || last?.type === 'reasoning'))
      last.signature = part.signature;
  }
  return blocks;
}
