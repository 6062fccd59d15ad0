import { randomBytes } from 'node:crypto';
import { chmodSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { isObject, parseJson } from '../functions/core/json.ts';
import { StartProblem } from './start-problem.ts';

/** Everything that the local Secrets Manager knows of one secret. Times are epoch seconds, as on the wire. */
export interface StoredSecret {
  name: string;
  arn: string;
  description?: string;
  tags?: Record<string, string>;
  createdAt: number;
  changedAt: number;
  /** Set while the secret waits for its deletion. */
  deletionAt?: number;
  /** By version id, oldest first. */
  versions: Record<string, StoredVersion>;
}

export interface StoredVersion {
  /** Exactly one of the two, `binary` in base64. */
  string?: string;
  binary?: string;
  stages: string[];
  createdAt: number;
}

export interface SecretBook {
  /** By name or ARN. Undefined: there is none. */
  find(id: string): StoredSecret | undefined;
  all(): StoredSecret[];
  put(secret: StoredSecret): void;
  remove(secret: StoredSecret): void;
}

/** Secrets in one JSON file that only its owner can read; `file` null keeps them in memory. Throws when the file is no secret book. */
export function openSecretBook(file: string | null): SecretBook {
  const secrets = new Map(file === null ? [] : read(file).map((secret) => [secret.name, secret]));
  const save = () => {
    if (file !== null) write(file, [...secrets.values()]);
  };
  return {
    find: (id) => secrets.get(id) ?? [...secrets.values()].find((secret) => secret.arn === id),
    all: () => [...secrets.values()],
    put(secret) {
      secrets.set(secret.name, secret);
      save();
    },
    remove(secret) {
      secrets.delete(secret.name);
      save();
    },
  };
}

/** A name's ARN ends in a hyphen and six random characters, a new one for each life of the name (Secrets Manager user guide, "What's in a secret"). */
export function newArn(name: string): string {
  return `arn:aws:secretsmanager:us-east-1:000000000000:secret:${name}-${randomBytes(3).toString('hex')}`;
}

function read(file: string): StoredSecret[] {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    if (isObject(error) && error.code === 'ENOENT') return [];
    throw error;
  }
  const parsed = parseJson(text);
  if (!isObject(parsed) || !Array.isArray(parsed.secrets))
    throw new StartProblem(
      `${file} is damaged: it holds no list of secrets. Restore it, or remove it to start without secrets.`,
    );
  // Copies from backups and other tools tend to lose the mode.
  chmodSync(file, 0o600);
  return parsed.secrets as StoredSecret[];
}

/** Written beside and renamed, so that a crash leaves the old file or the new one, never half of one. */
function write(file: string, secrets: StoredSecret[]): void {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  const draft = `${file}.${process.pid}`;
  writeFileSync(draft, JSON.stringify({ secrets }), { mode: 0o600, flush: true });
  renameSync(draft, file);
}
