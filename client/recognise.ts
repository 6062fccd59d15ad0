/** What a pasted credential says about itself. Nothing of it leaves the page: no fact here is the secret or a part of it. */
export interface Recognised {
  /** The provider that such credentials belong to; null: several may. */
  provider: string | null;
  /** What it is. */
  what: string;
  facts: [name: string, value: string][];
  /** What is wrong with it, as far as its shape tells. */
  problem: string | null;
}

/** `now`: epoch ms. Null where the text says nothing. */
export function recognise(text: string, now: number): Recognised | null {
  const pasted = text.trim();
  if (pasted === '') return null;
  if (pasted.startsWith('{')) return recogniseJson(pasted);
  if (pasted.startsWith('kw_'))
    return {
      provider: null,
      what: 'An API key of Keyway',
      facts: [],
      problem: 'This opens Keyway itself. Paste a key of the provider.',
    };
  if (pasted.startsWith('bedrock-api-key-')) return recogniseShortTerm(pasted, now);
  if (/\s/.test(pasted))
    return { provider: null, what: 'Text', facts: [], problem: 'A key has no spaces or line breaks in it.' };
  const found = prefixes.find(([prefix]) => pasted.startsWith(prefix));
  if (found === undefined) return null;
  const [, provider, what, problem = null] = found;
  return { provider, what, facts: [], problem };
}

/** The longer prefix first. Sources: the vendors' pages that docs/providers.md names. */
const prefixes: [prefix: string, provider: string, what: string, problem?: string][] = [
  ['sk-ant-', 'anthropic', 'API key of Anthropic'],
  ['sk-or-', 'openrouter', 'API key of OpenRouter'],
  ['sk-proj-', 'openai', 'Project key of OpenAI'],
  ['sk-svcacct-', 'openai', 'Service account key of OpenAI'],
  ['sk-admin-', 'openai', 'Admin key of OpenAI', 'Admin keys manage an organization; they cannot call models.'],
  ['ABSK', 'bedrock', 'Long-term API key of Bedrock'],
  [
    'AKIA',
    'bedrock',
    'Access key id of AWS',
    'This is only half of it: choose AWS credentials and give the secret access key, too.',
  ],
  [
    'ASIA',
    'bedrock',
    'Temporary access key id of AWS',
    'This needs its secret access key and session token: choose AWS credentials.',
  ],
  ['AIza', 'gemini', 'API key of the Gemini API'],
  ['gsk_', 'groq', 'API key of Groq'],
  ['xai-', 'xai', 'API key of xAI'],
  ['fw_', 'fireworks', 'API key of Fireworks AI'],
  ['csk-', 'cerebras', 'API key of Cerebras'],
];

function recogniseJson(pasted: string): Recognised {
  let parsed: unknown;
  try {
    parsed = JSON.parse(pasted);
  } catch {
    return { provider: null, what: 'JSON', facts: [], problem: 'The JSON is not complete. Paste the whole file.' };
  }
  const fields = parsed as Record<string, unknown>;
  const text = (name: string) => (typeof fields[name] === 'string' ? (fields[name] as string) : null);
  if (text('type') === 'service_account') {
    const facts = (['project_id', 'client_email'] as const).flatMap((name): [string, string][] => {
      const value = text(name);
      return value === null ? [] : [[name === 'project_id' ? 'Project' : 'Account', value]];
    });
    const missing = ['project_id', 'client_email', 'private_key'].filter((name) => text(name) === null);
    return {
      provider: 'vertex',
      what: 'Service account key of Google Cloud',
      facts,
      problem: missing.length > 0 ? `${missing.join(', ')} is missing. Paste the whole file.` : null,
    };
  }
  if (text('type') === 'authorized_user')
    return {
      provider: 'vertex',
      what: "A person's login of Google Cloud",
      facts: [],
      problem: 'Make a key of a service account instead.',
    };
  const region = text('region');
  if (text('accessKeyId') !== null)
    return {
      provider: 'bedrock',
      what: 'AWS credentials',
      facts: region === null ? [] : [['Region', region]],
      problem: null,
    };
  return { provider: null, what: 'JSON', facts: region === null ? [] : [['Region', region]], problem: null };
}

/** The base64 of a presigned URL without its scheme (npm: @aws/bedrock-token-generator). */
function recogniseShortTerm(pasted: string, now: number): Recognised {
  const what = 'Short-term API key of Bedrock';
  const damaged = {
    provider: 'bedrock',
    what,
    facts: [],
    problem: 'It is damaged: its region and expiry cannot be read.',
  };
  let url: string;
  try {
    url = atob(pasted.slice('bedrock-api-key-'.length).replaceAll('-', '+').replaceAll('_', '/'));
  } catch {
    return damaged;
  }
  const query = new URLSearchParams(url.slice(url.indexOf('?')));
  const region = query.get('X-Amz-Credential')?.split('/')[2];
  const signed = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(query.get('X-Amz-Date') ?? '');
  const seconds = Number(query.get('X-Amz-Expires') ?? Number.NaN);
  if (region === undefined || signed === null || Number.isNaN(seconds)) return damaged;
  const [, year, month, day, hour, minute, second] = signed;
  const ends = Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`) + seconds * 1000;
  return {
    provider: 'bedrock',
    what,
    facts: [
      ['Region', region],
      ['Valid until', new Date(ends).toISOString()],
    ],
    problem: ends <= now ? 'It has expired. Make a new one, or use a long-term key.' : null,
  };
}
