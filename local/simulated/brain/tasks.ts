/** A piece of work that a prompt asks for, in the few words that a simulated model understands. */
export type Task =
  | { do: 'write'; path: string; content: string }
  | { do: 'replace'; path: string; old: string; new: string }
  | { do: 'read'; path: string }
  | { do: 'run'; command: string };

/** A text in quotes or backticks. */
const quoted = `(?:"([^"]*)"|'([^']*)'|“([^”]*)”|\`([^\`]*)\`)`;
/** The name of a file, with or without quotes: it has a dot or a slash in it. */
const file = `["'“\`]?((?=[\\w@~\\\\-]*[./][\\w@~./])[\\w@~./\\\\-]*\\w)["'”\`]?`;
const article = String.raw`(?:(?:an?|the|new|text|file|called|named)\s+)*`;

interface Phrase {
  pattern: RegExp;
  read(found: string[]): Task;
}

const phrases: Phrase[] = [
  {
    pattern: new RegExp(`\\b(?:write|put|save|store)\\s+${article}${quoted}\\s+(?:in)?to\\s+${article}${file}`, 'gi'),
    read: (found) => ({ do: 'write', content: textOf(found, 0), path: found[4] ?? '' }),
  },
  {
    pattern: new RegExp(
      `\\b(?:create|write|make|add)\\s+${article}${file}\\s+(?:with|containing|that\\s+(?:says|contains|reads)|saying)\\s+(?:(?:the|exactly|text|contents?|line)\\s+)*:?\\s*${quoted}`,
      'gi',
    ),
    read: (found) => ({ do: 'write', path: found[0] ?? '', content: textOf(found, 1) }),
  },
  {
    pattern: new RegExp(
      `\\b(?:replace|change)\\s+${article}${quoted}\\s+(?:with|to|by)\\s+${quoted}\\s+in\\s+${article}${file}`,
      'gi',
    ),
    read: (found) => ({ do: 'replace', old: textOf(found, 0), new: textOf(found, 4), path: found[8] ?? '' }),
  },
  {
    pattern: new RegExp(`\\b(?:run|execute)\\s+(?:(?:the|shell|command)\\s+)*:?\\s*${quoted}`, 'gi'),
    read: (found) => ({ do: 'run', command: textOf(found, 0) }),
  },
  {
    pattern: new RegExp(`\\b(?:read|show|open|view)\\s+(?:me\\s+)?${article}${file}`, 'gi'),
    read: (found) => ({ do: 'read', path: found[0] ?? '' }),
  },
];

/**
 * The tasks in a prompt, in its order: `write "hello" to notes.txt`, `create a file notes.txt with "hello"`,
 * `replace "a" with "b" in notes.txt`, `read notes.txt`, `run "ls -l"`.
 */
export function tasksIn(text: string): Task[] {
  const found = phrases.flatMap(({ pattern, read }) =>
    [...text.matchAll(pattern)].map((match) => ({
      at: match.index,
      end: match.index + match[0].length,
      task: read(match.slice(1)),
    })),
  );
  return found
    .filter((one) => !found.some((other) => other !== one && other.at < one.at && one.at < other.end))
    .sort((one, other) => one.at - other.at)
    .map(({ task }) => task);
}

/** The one of the four kinds of quotes that was used, with the line breaks that a prompt spells as `\n`. */
function textOf(found: string[], from: number): string {
  const text = found.slice(from, from + 4).find((group) => group !== undefined) ?? '';
  return text.replaceAll('\\n', '\n');
}
