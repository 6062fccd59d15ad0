/** Reads settings one by one; each can be taken once, and what nobody takes is unknown. Every reader throws on a wrong value. */
export interface SettingsReader {
  /** Null: not given. `expected` ends the sentence "must be …". */
  take(name: string, pattern: RegExp, expected: string): string | null;
  flag(name: string, otherwise: boolean): boolean;
  /** A whole number from 1 to 9,999,999. */
  count(name: string): number | null;
  /** Texts that each fit the pattern, separated by commas; empty: not given. */
  list(name: string, pattern: RegExp, expected: string): string[];
  /** What is left, with its prefix. */
  unknown(): string[];
}

const prefix = 'keyway:';

/** Of the app's whole context, which holds text from the command line and JSON values from cdk.json. */
export function readSettings(context: Record<string, unknown>): SettingsReader {
  const given = new Map<string, string>();
  for (const [key, value] of Object.entries(context)) {
    if (key.startsWith(prefix) && value !== null && value !== '') given.set(key.slice(prefix.length), String(value));
  }
  const take: SettingsReader['take'] = (name, pattern, expected) => {
    const value = given.get(name) ?? null;
    given.delete(name);
    if (value !== null && !pattern.test(value))
      throw new Error(`${prefix}${name} must be ${expected}, not ${JSON.stringify(value)}.`);
    return value;
  };
  return {
    take,
    flag: (name, otherwise) => (take(name, /^(true|false)$/, 'true or false') ?? String(otherwise)) === 'true',
    count(name) {
      const value = take(name, /^[1-9]\d{0,6}$/, 'a whole number above 0');
      return value === null ? null : Number(value);
    },
    list(name, pattern, expected) {
      const items = (take(name, /\S/, expected) ?? '').split(',').map((item) => item.trim());
      return items
        .filter((item) => item !== '')
        .map((item) => {
          if (!pattern.test(item))
            throw new Error(`${prefix}${name} must be ${expected}, not ${JSON.stringify(item)}.`);
          return item;
        });
    },
    unknown: () => [...given.keys()].map((name) => prefix + name),
  };
}
