import type { JsonObject } from './json.ts';
import { readEncodings } from './redaction/encodings.ts';
import { readEscapes } from './redaction/escapes.ts';
import { type Reading, readText, windowLength } from './redaction/reading.ts';
import { indexSecrets, type Stretch, type WindowIndex } from './redaction/window-index.ts';

/** Fields of a credential that are no secret and help to read an error. */
const openFields = new Set([
  ...['type', 'region', 'project_id', 'client_email', 'organization', 'project'],
  ...['endpoint', 'apiVersion', 'deployments', 'tenantId', 'clientId'],
  ...[
    'roleArn',
    'projectId',
    'location',
    'projectNumber',
    'poolId',
    'providerId',
    'serviceAccountEmail',
    'workspaceId',
  ],
]);

/** How often in a row a text is decoded: two times base64 inside JSON is three. */
const mostLayers = 3;
/** A text that can be read in so many ways is not worth reading: it goes as a whole. */
const mostWork = 64;
/** Access tokens last an hour; older ones are worth nothing. */
const mostDerived = 8;

const redacted = '[redacted]';

export type Redactor = (text: string) => string;

export interface CredentialRedactor extends Redactor {
  /** Also removes what was derived from the credential and sent in its place: an access token, a session. Only the latest few are kept. */
  addSecret(secret: string): void;
}

/** The indexes of the credentials that failed last: one may take 150 KB, and a process knows a thousand credentials. */
export interface IndexShelf {
  get(owner: object, build: () => WindowIndex): WindowIndex;
  drop(owner: object): void;
  /** How many there are. */
  readonly size: number;
}

export function createIndexShelf(most: number): IndexShelf {
  const indexes = new Map<object, WindowIndex>();
  return {
    get(owner, build) {
      const index = indexes.get(owner) ?? build();
      indexes.delete(owner);
      indexes.set(owner, index);
      for (const oldest of indexes.keys()) {
        if (indexes.size <= most) break;
        indexes.delete(oldest);
      }
      return index;
    },
    drop: (owner) => void indexes.delete(owner),
    get size() {
      return indexes.size;
    },
  };
}

/**
 * Removes every trace of a credential from a text: any eight characters in a row of a secret value, in any case, as it is or
 * in whatever encoding a text can be read from (redaction/escapes.ts, redaction/encodings.ts), up to three of them on top of one another.
 * Providers do repeat keys in their errors.
 */
export function createRedactor(credential: JsonObject, shelf: IndexShelf = createIndexShelf(1)): CredentialRedactor {
  const derived: string[] = [];
  const build = () => indexSecrets([...secretsIn(credential), ...derived]);
  const redactor = (text: string): string =>
    text.length < windowLength ? text : cutOut(text, shelf.get(redactor, build));
  return Object.assign(redactor, {
    addSecret(secret: string) {
      if (derived.includes(secret)) return;
      derived.push(secret);
      if (derived.length > mostDerived) derived.shift();
      shelf.drop(redactor);
    },
  });
}

function secretsIn(value: unknown, open: ReadonlySet<string> = openFields): string[] {
  if (typeof value === 'string') return [value];
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, inner]) => (open.has(name) ? [] : secretsIn(inner, none)));
}

/** Further inside, a name is the tenant's own: a header called `project` may hold a secret. */
const none: ReadonlySet<string> = new Set();

function cutOut(text: string, index: WindowIndex): string {
  const found = findTraces(text, index);
  if (found === null) return redacted;
  let clean = '';
  let end = 0;
  for (const [from, to] of found.sort(([a], [b]) => a - b)) {
    if (to <= end) continue;
    // Stretches that overlap or touch become one.
    if (from > end || end === 0) clean += text.slice(end, from) + redacted;
    end = to;
  }
  return end === 0 ? text : clean + text.slice(end);
}

/** Null: it would take too long. */
function findTraces(text: string, index: WindowIndex): Stretch[] | null {
  const found: Stretch[] = [];
  let work = text.length * mostWork + 100_000;
  const search = (reading: Reading, layers: number): void => {
    work -= reading.codes.length;
    if (work < 0) return;
    for (const [start, end] of index.find(reading.codes))
      found.push([reading.from[start] ?? 0, reading.to[end - 1] ?? text.length]);
    if (layers === mostLayers) return;
    for (const inner of readEscapes(reading)) search(inner, layers + 1);
    for (const inner of readEncodings(reading)) search(inner, layers + 1);
  };
  search(readText(text), 0);
  return work < 0 ? null : found;
}

/** Where providers name the account that a credential belongs to. Request ids hold digits too, but never alone between two words. */
const accounts: [RegExp, string][] = [
  // "User: arn:aws:sts::123456789012:assumed-role/… is not authorized to perform: …": docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html
  [/\barn:aws[\w-]*:(?:iam|sts):[^\s"',;)]+/g, redacted],
  [/(?<![\w-])\d{10,12}(?![\w-])/g, redacted],
  // "Permission … denied on resource '//aiplatform.googleapis.com/projects/…/locations/…'"
  [/\bprojects\/[^/\s"',;)?]+/g, `projects/${redacted}`],
  [/[\w.+-]{1,64}@[\w-]{1,64}(?:\.[\w-]{1,64}){0,3}\.gserviceaccount\.com/g, redacted],
  // "Rate limit reached for gpt-4o in organization org-… on tokens per min"
  [/\b(?:org-|proj_)[A-Za-z0-9]{8,}/g, redacted],
];

/**
 * Also removes what tells whose a credential is: tenants are told why the platform's failed, not the operator's accounts, roles
 * and projects. `credential` null: it has no fields, as the function's own role.
 */
export function hideAccount(credential: JsonObject | null, redact: CredentialRedactor): CredentialRedactor {
  const names = Object.entries(credential ?? {}).flatMap(([name, value]) =>
    openFields.has(name) && name !== 'type' && name !== 'region' && typeof value === 'string' ? [value] : [],
  );
  const hide = (text: string) => {
    let clean = redact(text);
    for (const [pattern, instead] of accounts) clean = clean.replace(pattern, instead);
    for (const name of names) clean = clean.replaceAll(name, redacted);
    return clean;
  };
  return Object.assign(hide, { addSecret: redact.addSecret });
}
