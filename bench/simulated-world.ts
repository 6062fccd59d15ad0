import type { UsageRow } from '../functions/core/billing/usage-rows.ts';
import type { Mark, UsageHead } from '../functions/core/more-ports/sweep.ts';

/** What the simulated services take, in ms; where a number is from. */
export const model = {
  /** One call of DynamoDB's within a region: aws.amazon.com/dynamodb/features ("single-digit millisecond"). */
  call: 5,
  /** A page of 1 MB: the transfer, and what the service takes to read it. */
  megabyte: 25,
  /** Strongly consistent, per partition and second: 3,000 read units of 4 KB (…/developerguide/bp-partition-key-design.html). */
  partitionMegabytes: 12,
  /** CPU of a call with the SDK (functions/stores/dynamodb/hot-calls.ts), and of each small item that it brings. */
  callCpu: 0.6,
  itemCpu: 0.02,
  /** A page of ListSecrets, and a call of SQS's. */
  listSecrets: 120,
  sqs: 15,
  /** Lambda's way from the queue to the function. */
  invoke: 20,
};

export interface World {
  hourMs: number;
  start: number;
  workspaces: number;
  /** How many requests a workspace has in an hour; one millisecond apart from the hour's beginning. */
  requests(workspace: number, hour: number): number;
  /** Bytes of a record, and CPU-ms that reading and counting one takes beyond what is done here for real. */
  recordBytes: number;
  recordCpu: number;
  holds: Set<number>;
}

/** Who works: what they compute comes one after another. */
export interface Processor {
  freeAt: number;
}

export const idOf = (workspace: number) => `ws_${String(workspace).padStart(26, '0')}`;
export const numberOf = (id: string) => Number(id.slice(3));

export interface Stored {
  marks: Map<number, Map<string, Mark>>;
  heads: Map<string, UsageHead>;
  hours: Map<string, UsageRow[]>;
  state: Record<string, number>;
  lapsed: Set<number>;
  queue: string[];
  units: { reads: number; writes: number; messages: number };
  said: Map<string, number>;
}
