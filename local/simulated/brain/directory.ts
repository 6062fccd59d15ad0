import { isAbsolute, join } from 'node:path';

/** How agents tell the model where they are: a line of the system text, or a tag. The last one counts. */
const saying =
  /(?:\bworking directory(?: is)?|\bcwd|\bcurrent directory(?: is)?)["'`*]*\s*[:=>]?\s*["'`]?((?:\/|[A-Za-z]:\\)[^\n<"'`]*)/gi;

/** The directory that the texts of a request say the agent works in; null when they say nothing of it. */
export function directoryIn(texts: string): string | null {
  const last = [...texts.matchAll(saying)].at(-1)?.[1];
  return last?.trim().replace(/(?<=.)[.,;]$/, '') ?? null;
}

export function absolutePath(path: string, directory: string | null): string {
  return directory === null || isAbsolute(path) || path.startsWith('~') ? path : join(directory, path);
}
