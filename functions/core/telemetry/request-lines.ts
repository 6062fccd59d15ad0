import type { LogRecord } from '../log-record.ts';
import type { RequestLog } from '../ports.ts';
import { toReadableLine, toReadableRefusal } from './readable-line.ts';
import { type Refusal, toRefusalLine } from './refusal-line.ts';
import { type LineOptions, toRequestLine } from './request-line.ts';

/** Tells of each request when it has ended: by its record, or, where there is none, by its refusal. */
export interface RequestLines {
  recorded(record: LogRecord): void;
  refused(refusal: Refusal): void;
}

/** `emf`: JSON from which CloudWatch takes the metrics. `text`: for people. `off`: nothing. */
export function createRequestLines(
  format: 'emf' | 'text' | 'off',
  print: (line: string) => void,
  options: LineOptions,
): RequestLines {
  if (format === 'off') return { recorded: () => {}, refused: () => {} };
  if (format === 'text')
    return {
      recorded: (record) => print(toReadableLine(record)),
      refused: (refusal) => print(toReadableRefusal(refusal)),
    };
  return {
    recorded: (record) => print(toRequestLine(record, options)),
    refused: (refusal) => print(toRefusalLine(refusal, options)),
  };
}

/** A request log that also tells of each record, whether the store took it or not. */
export function withLines(log: RequestLog, { recorded }: RequestLines): RequestLog {
  return {
    ...log,
    async write(record) {
      try {
        await log.write(record);
      } finally {
        recorded(record);
      }
    },
    // What the sweep writes of a request that broke off before it could tell of itself.
    async writeIfNone(record) {
      await log.writeIfNone(record);
      recorded(record);
    },
  };
}
