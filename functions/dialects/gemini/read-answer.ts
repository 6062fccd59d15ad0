import type { AnswerChoice, ChatAnswer } from '../../core/chat/answer.ts';
import type { WrittenRequest } from '../../core/chat/dialect.ts';
import { noUsage } from '../../core/chat/usage.ts';
import type { JsonObject } from '../../core/json.ts';
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
  readLogprobs,
  readUsageMetadata,
} from './candidates.ts';
import { createCandidateReader, foldBlocks } from './read-candidate.ts';

/** A generateContent answer; null when it holds neither candidates nor a blocked prompt, and when no candidate came to anything. */
export function readAnswer(answer: JsonObject, written: WrittenRequest): ChatAnswer | null {
  const candidates = byIndex(candidatesOf(answer));
  const usage = readUsageMetadata(answer.usageMetadata);
  if (candidates.length === 0) {
    if (!isBlocked(answer)) return null;
    return { choices: [{ blocks: [], finish: { reason: 'content_filter' } }], usage: usage ?? noUsage };
  }
  const seed = written.idSeed ?? String(answer.responseId ?? '');
  const read = candidates.map((candidate) => readChoice(candidate, seed));
  if (read.every(({ broken }) => broken)) return null;
  return { choices: read.map(({ choice }) => choice), usage, ...groundingExtra(candidates.flatMap(groundingOf)) };
}

/** Why an answer that `readAnswer` makes nothing of came to nothing, if it says so. */
export function brokenAnswer(answer: JsonObject): Failure | null {
  const [candidate] = byIndex(candidatesOf(answer));
  if (candidate === undefined || !isBroken(candidate.finishReason, true)) return null;
  return brokenFailure(candidate.finishReason, candidate.finishMessage);
}

function byIndex(candidates: JsonObject[]): JsonObject[] {
  return candidates
    .map((candidate, position) => ({ candidate, index: indexOf(candidate, position) }))
    .sort((a, b) => a.index - b.index)
    .map(({ candidate }) => candidate);
}

function readChoice(candidate: JsonObject, idSeed: string, position = indexOf(candidate, 0)) {
  const reader = createCandidateReader(position, idSeed);
  const parts = [...reader.read(candidate), ...reader.end()];
  const logprobs = readLogprobs(candidate);
  const choice: AnswerChoice = {
    blocks: foldBlocks(parts),
    finish: finishOf(candidate.finishReason, reader.hasCalls()),
    ...(logprobs && { logprobs }),
  };
  return { choice, broken: isBroken(candidate.finishReason, reader.isEmpty()) };
}
