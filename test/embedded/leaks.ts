/** Looks for planted secrets in what the gateway said, wrote and stored: whole or in part, in whatever form they were written. */
const width = 12;

const spellingsOf = new Map<string, string>();

/** Any twelve characters of a secret, in any spelling, are a leak; shorter coincidences are not. Known prefixes and PEM's frame are no secret. */
export function plant(...values: string[]): void {
  for (const value of values) {
    const secret = value
      .replace(/^(sk-proj-|sk-ant-api03-|ABSK|bedrock-api-key-)/, '')
      .replaceAll(/-----[A-Z ]+-----/g, '');
    for (const [form, text] of spell(secret)) {
      for (let i = 0; i + width <= text.length; i++) spellingsOf.set(text.slice(i, i + width), form);
    }
  }
}

/** The form in which a text holds a part of a planted secret, and where; null: it holds none. */
export function findLeak(text: string): string | null {
  for (let i = 0; i + width <= text.length; i++) {
    const form = spellingsOf.get(text.slice(i, i + width));
    // What is around it says where to look; the secret itself is not printed.
    if (form !== undefined) return `${form}, after: ${text.slice(Math.max(0, i - 120), i)}`;
  }
  return null;
}

function spell(secret: string): [form: string, text: string][] {
  const bytes = Buffer.from(secret);
  return [
    ['raw', secret],
    ['JSON-escaped', JSON.stringify(secret).slice(1, -1)],
    ['JSON-escaped twice', JSON.stringify(JSON.stringify(secret)).slice(3, -3)],
    ['URL-encoded', encodeURIComponent(secret)],
    ['hex', bytes.toString('hex')],
    ['upper-case hex', bytes.toString('hex').toUpperCase()],
    // The ends of base64 depend on the neighbours and are left out.
    ...[0, 1, 2].flatMap((shift): [string, string][] => {
      const encoded = Buffer.concat([Buffer.alloc(shift), bytes])
        .toString('base64')
        .replace(/=+$/, '');
      const inner = encoded.slice(shift === 0 ? 0 : shift + 1, -1);
      return [
        ['base64', inner],
        ['base64url', inner.replaceAll('+', '-').replaceAll('/', '_')],
      ];
    }),
  ];
}
