import { GatewayError } from '../core/errors.ts';

/** An endpoint of a provider's own API that clients may try here. */
interface Foreign {
  /** Of method and path without `/v1`. */
  pattern: RegExp;
  what: string;
  instead: string;
}

const inference = 'POST /v1/chat/completions, /v1/responses, /v1/messages and /v1/embeddings';

/** platform.openai.com/docs/api-reference and platform.claude.com/docs/en/api, as of November 2026. */
const foreign: Foreign[] = [
  {
    pattern: /^\w+ \/responses\/.+/,
    what: "OpenAI's stored responses",
    instead: 'POST /v1/responses with the whole input; nothing is stored here',
  },
  {
    pattern: /^\w+ \/conversations(\/|$)/,
    what: "OpenAI's conversations",
    instead: 'POST /v1/responses with the whole input',
  },
  {
    pattern: /^(?:\w+ \/chat\/completions\/.|(?!POST)\w+ \/chat\/completions$)/,
    what: "OpenAI's stored completions",
    instead: 'GET /v1/logs, which keeps no content',
  },
  { pattern: /^\w+ \/(?:files|uploads)(\/|$)/, what: 'Files', instead: 'files inline in the request' },
  { pattern: /^\w+ \/(?:batches|messages\/batches)(\/|$)/, what: 'Batches', instead: `single requests: ${inference}` },
  { pattern: /^\w+ \/images(\/|$)/, what: 'Image generation', instead: inference },
  { pattern: /^\w+ \/videos(\/|$)/, what: 'Video generation', instead: inference },
  { pattern: /^\w+ \/audio(\/|$)/, what: 'Audio', instead: `audio parts in POST /v1/chat/completions` },
  {
    pattern: /^\w+ \/realtime(\/|$)/,
    what: 'Realtime sessions',
    instead: 'streams of POST /v1/chat/completions and /v1/responses',
  },
  { pattern: /^\w+ \/moderations$/, what: 'Moderations', instead: inference },
  { pattern: /^\w+ \/(?:assistants|threads)(\/|$)/, what: 'Assistants', instead: 'POST /v1/responses' },
  {
    pattern: /^\w+ \/(?:vector_stores|containers|evals|fine_tuning|chatkit)(\/|$)/,
    what: "OpenAI's stored resources",
    instead: inference,
  },
  {
    pattern: /^\w+ \/(?:skills|agents|sessions|environments)(\/|$)/,
    what: "Anthropic's stored resources",
    instead: inference,
  },
  { pattern: /^\w+ \/complete$/, what: "Anthropic's Text Completions", instead: 'POST /v1/messages' },
  {
    pattern: /^\w+ \/organization(s)?(\/|$)/,
    what: 'Administration of a provider account',
    instead: 'GET /v1/usage and /v1/logs, and the provider’s own console',
  },
];

/** The refusal of an endpoint that a provider has and the gateway has not; null: nobody's. */
export function foreignEndpoint(method: string, path: string): GatewayError | null {
  const bare = path.replace(/^\/v1(?=\/)/, '').replace(/(?<=.)\/$/, '');
  const found = foreign.find(({ pattern }) => pattern.test(`${method} ${bare}`));
  if (found === undefined) return null;
  return new GatewayError('not_found', `${method} /v1${bare} is not served here: ${found.what}.`, {
    shouldRetry: false,
    hint: `Instead there is ${found.instead}. GET /openapi.json lists the endpoints, docs/api.md explains them.`,
  });
}
