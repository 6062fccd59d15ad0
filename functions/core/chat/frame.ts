import type { JsonObject } from '../json.ts';
import type { Failure } from '../routing/failure.ts';
import type { TokenUsage } from './usage.ts';

/**
 * One piece of a stream as it leaves through a door, ready-made. The gateway sends, counts and ends streams by it and knows
 * no wire format.
 */
export type Frame =
  /**
   * `text`: whole server-sent events. `closing`: held back until the provider has said that the answer is complete. `next`: the
   * number of the event that would come after these, in formats that count their events; absent where they do not.
   */
  | { type: 'event'; text: string; content: boolean; closing: boolean; next?: number }
  /** What the log calls the end, in the words of chat completions. */
  | { type: 'finish'; reason: string }
  /** The counts. `write` gives the closing event that tells them, with the gateway's own fields added; null: none is due. */
  | { type: 'usage'; usage: TokenUsage; write: (extras: JsonObject) => string | null }
  /** The provider said that the answer is complete. `text` comes after everything else. */
  | { type: 'end'; text: string }
  | { type: 'failure'; failure: Failure };
