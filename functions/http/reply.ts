import type { RequestLines } from '../core/telemetry/request-lines.ts';
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
  /** One line for each request that was refused and left no record. */
  refused: RequestLines['refused'];
  /** Whose pages may call: see cors.ts. */
  origins: string[];
}

/** The answer of the health check. */
export const healthy: Reply = {
  status: 200,
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify({ status: 'ok' }),
};
