import { stripVTControlCharacters } from 'node:util';

/**
 * What may reach a terminal of a text that somebody else wrote: a provider's message, a label, a model's name. Escape sequences and
 * control characters are gone, line ends and tabs are spaces, and nothing turns the direction of what follows
 * (https://www.unicode.org/reports/tr36/#Bidirectional_Text_Spoofing). Text without any of these stays as it is.
 */
export function safeText(text: string): string {
  return stripVTControlCharacters(text)
    .replace(/[\t\n\r\u2028\u2029]+/g, ' ')
    .replace(unsafe, '')
    .toWellFormed();
}

/** C0, DEL and C1, and the marks that reorder or hide text. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const unsafe = /[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]/g;

/** JSON that any parser reads as the same value, with nothing in it that a terminal would obey. */
export function safeJson(value: unknown, indent = 0): string {
  // What stands between the strings are line ends of the indentation alone; JSON.stringify has escaped the others.
  return JSON.stringify(value, null, indent).replace(unsafe, (found) =>
    found === '\n' ? found : `\\u${found.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
