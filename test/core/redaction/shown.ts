import { type Reading, readText } from '../../../functions/core/redaction/reading.ts';

/** A reading as a table can hold it: its bytes as Latin-1, and the span of the text that each was read from. */
export function shown({ codes, from, to }: Reading) {
  return { bytes: Buffer.from(codes).toString('latin1'), spans: [...from].map((start, i) => [start, to[i]]) };
}

/** A reading of a text that starts elsewhere, so that a span cannot be mistaken for an index. */
export function readAt(text: string, offset: number): Reading {
  const { codes, from, to } = readText(text);
  return { codes, from: from.map((each) => each + offset), to: to.map((each) => each + offset) };
}
