import type { JsonObject } from './json.ts';

/** Fields of a credential that are no secret and help to read an error. */
const openFields = new Set(['type', 'region', 'project_id', 'client_email', 'organization', 'project']);

/** Shorter coincidences with a secret are let through: the last four characters of a key are shown on purpose. */
const window = 8;
/** Request ids of answers that served are looked through, too: for those the index of all windows, a megabyte for a private key, is not worth its memory. */
const shortText = 100;

const redacted = '[redacted]';

export type Redactor = (text: string) => string;

/**
 * Removes every trace of a credential from a text: any eight characters in a row of a secret value, as it is,
 * JSON-escaped, URL-encoded, in hex or in base64 at any alignment. Providers do repeat keys in their errors.
 */
export function createRedactor(
  credential: JsonObject,
  encode: { base64(text: string): string; hex(text: string): string },
): Redactor {
  let spelled: string[] | null = null;
  let joined: string | null = null;
  let windows: Set<string> | null = null;
  return (text) => {
    spelled ??= Object.entries(credential).flatMap(([name, value]) =>
      openFields.has(name) || typeof value !== 'string' ? [] : spellings(value, encode),
    );
    if (text.length <= shortText) {
      joined ??= spelled.join('\n');
      if (!sharesWindow(text, joined)) return text;
    }
    windows ??= windowsOf(spelled);
    return redact(text, windows);
  };
}

function sharesWindow(text: string, joined: string): boolean {
  for (let i = 0; i + window <= text.length; i++) if (joined.includes(text.slice(i, i + window))) return true;
  return false;
}

function windowsOf(spelled: string[]): Set<string> {
  const windows = new Set<string>();
  for (const spelling of spelled) {
    for (let i = 0; i + window <= spelling.length; i++) windows.add(spelling.slice(i, i + window));
  }
  return windows;
}

function spellings(value: string, encode: { base64(text: string): string; hex(text: string): string }): string[] {
  const base64 = [0, 1, 2].map((shift) =>
    encode
      .base64('\0'.repeat(shift) + value)
      .slice(shift === 0 ? 0 : shift + 1)
      .replace(/=+$/, ''),
  );
  const base64url = base64.map((text) => text.replaceAll('+', '-').replaceAll('/', '_'));
  const hex = encode.hex(value);
  const json = JSON.stringify(value).slice(1, -1);
  const url = encodeURIComponent(value.toWellFormed());
  const lowerUrl = url.replace(/%../g, (code) => code.toLowerCase());
  // Some encoders escape slashes in JSON, and write spaces in forms as plus signs.
  return [
    value,
    json,
    json.replaceAll('/', '\\/'),
    url,
    lowerUrl,
    url.replaceAll('%20', '+'),
    hex,
    hex.toUpperCase(),
    ...base64,
    ...base64url,
  ];
}

function redact(text: string, windows: Set<string>): string {
  let clean = '';
  let from = 0;
  for (let i = 0; i + window <= text.length; i++) {
    if (!windows.has(text.slice(i, i + window))) continue;
    let end = i + window;
    while (end < text.length && windows.has(text.slice(end - window + 1, end + 1))) end++;
    clean += text.slice(from, i) + redacted;
    from = end;
    i = end - 1;
  }
  return from === 0 ? text : clean + text.slice(from);
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
export function hideAccount(credential: JsonObject | null, redact: Redactor): Redactor {
  const names = Object.entries(credential ?? {}).flatMap(([name, value]) =>
    openFields.has(name) && name !== 'type' && name !== 'region' && typeof value === 'string' ? [value] : [],
  );
  return (text) => {
    let clean = redact(text);
    for (const [pattern, instead] of accounts) clean = clean.replace(pattern, instead);
    for (const name of names) clean = clean.replaceAll(name, redacted);
    return clean;
  };
}
