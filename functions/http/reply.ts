import type { Incoming } from './incoming.ts';

/** What a use case answers: text, pieces of text as they come, or the bytes of a file. */
export interface Reply {
  status: number;
  headers: Record<string, string>;
  body: string | Uint8Array | AsyncIterable<string>;
}

export type Serve = (incoming: Incoming) => Promise<Reply>;

/** What every entry has around its operations. */
export interface Shell {
  /** One JSON line in the function's log. */
  report(event: string, details: object): void;
  /** Whose pages may call: see cors.ts. */
  origins: string[];
}
