import { readFile } from 'node:fs/promises';
import { misused, Problem } from '../terminal/problem.ts';
import type { Questions } from '../terminal/questions.ts';
import type { Terminal } from '../terminal/terminal.ts';

/** Whatever is larger is no key. */
const maxBytes = 65_536;

export interface SecretSource {
  /** What stands behind the command; `-` is standard input, and nothing else is taken. */
  argument?: string | undefined;
  /** A file's name, or `-`. */
  fromFile?: string | undefined;
}

export const howToGive = 'Type it at the prompt, or give a file with --from-file, or - for standard input.';

/** Whether the secret comes from a file or standard input, and not from a person. */
export function isGiven({ argument, fromFile }: SecretSource): boolean {
  return argument !== undefined || fromFile !== undefined;
}

/** The text of a secret from a file or standard input. Throws `Problem`; its message repeats nothing that was given. */
export async function readGiven(terminal: Terminal, { argument, fromFile }: SecretSource): Promise<string> {
  if (argument !== undefined && argument !== '-') throw misused('A secret is not taken from arguments.', howToGive);
  if (argument !== undefined && fromFile !== undefined && fromFile !== '-')
    throw misused('There are two places to read the secret from: - and --from-file.');
  const text = fromFile === undefined || fromFile === '-' ? await readAll(terminal) : await readSecretFile(fromFile);
  if (text.trim() === '') throw misused('The secret is empty.', howToGive);
  return text.trim();
}

/** Asks for a secret. Throws `Problem` where nobody can be asked. */
export async function askSecret(questions: Questions | null, message: string): Promise<string> {
  if (questions === null) throw misused('No secret was given, and there is no terminal to ask at.', howToGive);
  const text = (await questions.secret(message)).trim();
  if (text === '') throw misused('The secret is empty.', howToGive);
  return text;
}

async function readAll({ input }: Terminal): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of input) {
    const buffer = Buffer.from(chunk);
    bytes += buffer.length;
    if (bytes > maxBytes) throw misused('Standard input is too long to be a secret.');
    chunks.push(buffer);
  }
  return Buffer.concat(chunks).toString('utf8');
}

async function readSecretFile(path: string): Promise<string> {
  try {
    const content = await readFile(path);
    if (content.length > maxBytes) throw misused('The file of --from-file is too long to be a secret.');
    return content.toString('utf8');
  } catch (error) {
    if (error instanceof Problem) throw error;
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'an unknown error';
    throw misused(
      code === 'ENOENT'
        ? 'The file of --from-file does not exist.'
        : `The file of --from-file cannot be read: ${code}.`,
    );
  }
}
