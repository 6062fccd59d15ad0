import type { JsonObject } from '../json.ts';
import type { Failure } from '../routing/failure.ts';
import type { Block, Signature } from './conversation.ts';
import type { TokenUsage } from './usage.ts';

/** A whole answer: what a provider's dialect reads and a door's dialect writes. */
export interface ChatAnswer {
  /** At least one, by their index. */
  choices: AnswerChoice[];
  usage: TokenUsage | null;
  /** The tier that served, where the provider says so. */
  serviceTier?: string;
  /** What the door passes on at the top of its answer as it is, such as a guardrail's trace. */
  extra?: JsonObject;
}

export interface AnswerChoice {
  /** What the model said, in its order. No tool results, save in opaque blocks. */
  blocks: Block[];
  finish: Finish;
  /** OpenAI's `logprobs` object. */
  logprobs?: JsonObject;
}

export interface Finish {
  reason: FinishReason;
  /** The stop sequence that was met, where the provider tells. */
  sequence?: string;
}

/**
 * `pause`: the provider stopped a long turn and goes on when asked again. `context`: the context window was full.
 * Doors without a word for these two say `stop` and `length`.
 */
export type FinishReason = 'stop' | 'length' | 'tool_calls' | 'content_filter' | 'stop_sequence' | 'pause' | 'context';

/**
 * One part of a streamed answer. Within a choice at most one block is open: `open`, deltas, `close`, in the order of the
 * answer; a reader whose provider interleaves blocks puts them in order. Deltas are never empty.
 */
export type ChatPart =
  | { type: 'open'; choice: number; block: OpenBlock }
  /** More of the open block: its text, or its input as JSON text (free text for custom tools). */
  | { type: 'delta'; choice: number; text: string; logprobs?: JsonObject }
  /** `signature`, `encrypted` and `citations` are known when the block ends. */
  | {
      type: 'close';
      choice: number;
      signature?: Signature;
      encrypted?: Signature;
      citations?: { format: string; values: JsonObject[] };
    }
  /** A block that comes at once. */
  | { type: 'whole'; choice: number; block: Block }
  /** `serviceTier` and `extra`: what a whole answer tells of at its top. */
  | { type: 'finish'; choice: number; finish: Finish; serviceTier?: string; extra?: JsonObject }
  /** The counts so far; a later one replaces an earlier one. The last comes before `end`. */
  | { type: 'usage'; usage: TokenUsage }
  /** The provider said that the answer is complete. Every choice has been finished. */
  | { type: 'end' }
  | { type: 'failure'; failure: Failure };

export type OpenBlock =
  | { type: 'text' }
  | { type: 'refusal' }
  | { type: 'reasoning'; id?: string }
  | { type: 'tool_call'; id: string; name: string; kind: 'function' | 'custom'; signature?: Signature };
