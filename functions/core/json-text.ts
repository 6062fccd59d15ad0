import { isObject, type JsonObject } from './json.ts';

/** Shorter strings are written anew: that costs less than looking for them. */
const leastChars = 16 * 1024;

/**
 * Stands for a string until the rest is written; a caller may write it, too, and then nothing is gained. ASCII: one character
 * beyond Latin-1 would make the whole text one of two bytes for each character.
 */
const mark = '\x7fset aside\x7f';

/**
 * `body` as JSON text. Long strings, such as pictures, are taken from `source`, a JSON text that holds them, as they stand there:
 * `JSON.stringify` looks at every character of them, which for a picture takes longer than all the rest of a request.
 */
export function writeWithSource(body: JsonObject, source: string | undefined): string {
  if (source === undefined || source.length < leastChars) return JSON.stringify(body);
  const aside: string[] = [];
  const short = setAside(body, source, aside);
  if (aside.length === 0) return JSON.stringify(body);
  const pieces = JSON.stringify(short).split(`"${mark}"`);
  if (pieces.length !== aside.length + 1) return JSON.stringify(body);
  return aside.reduce((text, literal, i) => text + literal + pieces[i + 1], pieces[0] ?? '');
}

/** A copy as far as it holds long strings, marks in their place, their literals in `aside` in order. */
function setAside(value: unknown, source: string, aside: string[]): unknown {
  if (typeof value === 'string') {
    const literal = value.length < leastChars ? null : literalOf(value, source);
    if (literal === null) return value;
    aside.push(literal);
    return mark;
  }
  if (Array.isArray(value)) {
    const items = value.map((item) => setAside(item, source, aside));
    return items.some((item, i) => item !== value[i]) ? items : value;
  }
  if (!isObject(value)) return value;
  let copy: JsonObject | null = null;
  for (const name in value) {
    const inner = setAside(value[name], source, aside);
    if (inner === value[name]) continue;
    copy ??= { ...value };
    copy[name] = inner;
  }
  return copy ?? value;
}

/**
 * The string as it stands in the source, quotes included; null when it is written otherwise there. A quote before a digit of base64 opens a
 * string (behind one that closes another come commas, colons, brackets or space) or is one that is escaped in it. What stands up
 * to the next quote is then written as in a literal, and without a backslash it is the string itself.
 */
function literalOf(value: string, source: string): string | null {
  if (!/^[\w/+]/.test(value) || value.includes('"') || value.includes('\\')) return null;
  const beginning = `"${value.slice(0, 5)}`;
  for (let at = source.indexOf(beginning), tries = 0; at !== -1 && tries < mostTries; tries++) {
    const end = at + 1 + value.length;
    if (source.charCodeAt(end) === quote && source.slice(at + 1, end) === value) return source.slice(at, end + 1);
    at = source.indexOf(beginning, at + 1);
  }
  return null;
}

const quote = 34;
/** A request may hold many pictures that begin alike. */
const mostTries = 100;
