import type { ChatPart } from '../../core/chat/answer.ts';
import type { StreamErrorReader, StreamReader, WrittenRequest } from '../../core/chat/dialect.ts';
import { noUsage, type TokenUsage } from '../../core/chat/usage.ts';
import { isObject, type JsonObject, parseJson } from '../../core/json.ts';
import type { Failure } from '../../core/routing/failure.ts';
import {
  brokenFailure,
  candidatesOf,
  finishOf,
  groundingExtra,
  groundingOf,
  indexOf,
  isBlocked,
  isBroken,
  readUsageMetadata,
} from './candidates.ts';
import { type CandidateReader, createCandidateReader } from './read-candidate.ts';

/** The chunks of streamGenerateContent. It says nothing when it is done: the stream ends. */
export function createStreamReader(written: WrittenRequest, readError: StreamErrorReader): StreamReader {
  const choices = new Map<number, CandidateReader>();
  const grounding = new Map<number, JsonObject[]>();
  let blocked = false;
  let failed = false;
  let usage: TokenUsage | null = null;

  function fail(failure: Failure): ChatPart[] {
    failed = true;
    return [{ type: 'failure', failure }];
  }

  function readCandidate(candidate: JsonObject, position: number, responseId: unknown): ChatPart[] {
    const index = indexOf(candidate, position);
    const reader = choices.get(index) ?? createCandidateReader(index, written.idSeed ?? String(responseId ?? ''));
    choices.set(index, reader);
    // Each chunk tells all that was found so far.
    const found = groundingOf(candidate);
    if (found.length > 0) grounding.set(index, found);
    return reader.read(candidate);
  }

  return {
    push(data) {
      if (failed) return [];
      const chunk = parseJson(data);
      const error = errorOf(chunk);
      if (error !== null) return fail(readError(error));
      if (!isObject(chunk)) return fail(unreadable);
      // Early chunks hold a part of the counts only, and each new one replaces those before it.
      usage = readUsageMetadata(chunk.usageMetadata) ?? usage;
      const candidates = candidatesOf(chunk);
      if (candidates.length === 0 && isBlocked(chunk)) blocked = true;
      return candidates.flatMap((candidate, position) => readCandidate(candidate, position, chunk.responseId));
    },
    finish() {
      const read = [...choices].sort(([a], [b]) => a - b);
      const complete = read.length > 0 ? read.every(([, reader]) => reader.finishReason() !== undefined) : blocked;
      if (failed || !complete) return [];
      if (read.length === 0)
        return [
          { type: 'finish', choice: 0, finish: { reason: 'content_filter' } },
          { type: 'usage', usage: usage ?? noUsage },
          { type: 'end' },
        ];
      const [first] = read;
      if (first && read.every(([, reader]) => isBroken(reader.finishReason(), reader.isEmpty())))
        return fail(brokenFailure(first[1].finishReason(), first[1].finishMessage()));
      const ends = read.flatMap(([choice, reader]): ChatPart[] => [
        ...reader.end(),
        {
          type: 'finish',
          choice,
          finish: finishOf(reader.finishReason(), reader.hasCalls()),
          ...(choice === first?.[0] && groundingExtra(read.flatMap(([each]) => grounding.get(each) ?? []))),
        },
      ]);
      return [...ends, ...(usage ? [{ type: 'usage', usage } as const] : []), { type: 'end' }];
    },
    done: () => failed,
  };
}

/** `{error}`, or `[{error}]` from streams that are not server-sent events. */
function errorOf(chunk: unknown): unknown {
  const holder = Array.isArray(chunk) ? chunk[0] : chunk;
  return isObject(holder) && isObject(holder.error) ? holder.error : null;
}

const unreadable: Failure = {
  kind: 'overloaded',
  status: null,
  code: null,
  message: 'The provider sent a stream event that cannot be read.',
  providerRequestId: null,
  garbled: true,
};
