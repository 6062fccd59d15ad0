import { createHash, randomBytes } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';

/**
 * Makes a token for an operator and prints it once; what is kept is its hash. `npm run operator-token -- <name> <owner|support> [list.json]`:
 * with a file, the entry is added to the list in it or replaces the one of the same name; without one it is printed.
 * The file is what the secret `<prefix>/admin-token` holds (docs/operations.md, "Operators").
 */
const [name = '', role = '', file] = process.argv.slice(2);
if (!/^[\w.@ -]{1,100}$/.test(name) || !['owner', 'support'].includes(role)) {
  console.error('Usage: npm run operator-token -- <name> <owner|support> [list.json]');
  process.exit(2);
}
// No workspace's key begins so: the gateway tells the two apart by it.
const token = `kwop_${randomBytes(33).toString('base64url')}`;
const entry = { name, role, hash: hashOf(token) };
if (file === undefined) {
  console.log(`token  ${token}\nentry  ${JSON.stringify(entry)}`);
} else {
  const others = readList(file).filter((known) => known.name !== name);
  writeFileSync(file, `${JSON.stringify([...others, entry], null, 2)}\n`, { mode: 0o600 });
  console.log(token);
}

function hashOf(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

/** The one token that the stack generated becomes an entry by its hash, so that it goes on to hold. */
function readList(path: string): { name?: unknown }[] {
  const text = readFileSync(path, 'utf8').trim();
  if (text === '') return [];
  if (!text.startsWith('[')) return [{ name: 'admin', role: 'owner', hash: hashOf(text) } as { name?: unknown }];
  return JSON.parse(text);
}
