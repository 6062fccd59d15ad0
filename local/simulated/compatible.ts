import { isObject, parseJson } from '../../functions/core/json.ts';
import { definitions } from '../../functions/providers/registry.ts';
import { createSimulatedOpenAi } from './openai/server.ts';
import type { SimulatedHandler } from './server.ts';

/** Providers that speak OpenAI's format: the simulated OpenAI, under the path of each. Its keys fail there in the same ways. */
export function simulateCompatible(): Record<string, SimulatedHandler> {
  const openai = createSimulatedOpenAi();
  const presets = definitions.flatMap(({ name, http }): [string, SimulatedHandler][] => {
    if (http?.translated.dialect !== 'openai-chat' || typeof http.baseUrl !== 'string') return [];
    const path = new URL(http.baseUrl).pathname.replace(/\/$/, '');
    return [
      [
        name,
        (request, body, response) => {
          if (request.url?.startsWith(`${path}/`)) request.url = `/v1${request.url.slice(path.length)}`;
          return openai(request, named(body, null, http.quirks?.streamOptions === false), response);
        },
      ],
    ];
  });
  return {
    ...Object.fromEntries(presets),
    custom: simulateCustom(openai),
    azure: simulateAzure(openai),
    'azure-authority': simulateEntra,
  };
}

/** A server of one's own with any model. */
function simulateCustom(openai: SimulatedHandler): SimulatedHandler {
  return (request, body, response) => openai(request, named(body, null), response);
}

/** The v1 API and dated ones, by key or by a token of the simulated Entra ID (https://learn.microsoft.com/azure/ai-services/openai/reference). */
function simulateAzure(openai: SimulatedHandler): SimulatedHandler {
  return (request, body, response) => {
    const key = request.headers['api-key'];
    if (typeof key === 'string') request.headers.authorization = `Bearer ${key}`;
    const [, deployment, operation = ''] =
      /^\/openai\/(?:v1|deployments\/([^/]+))\/([a-z/]+)(?:\?|$)/.exec(request.url ?? '') ?? [];
    request.url = `/v1/${operation}`;
    return openai(request, named(body, deployment ?? null), response);
  };
}

/**
 * The simulated OpenAI knows its own models: any other one stands for a plain one of them, but for those that fail.
 * `tellsUsage`: streams tell usage unasked.
 */
function named(body: Buffer, model: string | null, tellsUsage = false): Buffer {
  const input = parseJson(body.toString());
  if (!isObject(input)) return body;
  const asked = model ?? String(input.model ?? '');
  const plain = /embed/.test(asked) ? 'text-embedding-3-small' : 'gpt-4o-mini';
  const usage = tellsUsage && input.stream === true ? { stream_options: { include_usage: true } } : {};
  return Buffer.from(JSON.stringify({ ...input, ...usage, model: asked.startsWith('sim-') ? asked : plain }));
}

/** Secrets begin like the keys and become tokens that fail like them; others are refused. */
const simulateEntra: SimulatedHandler = (_request, body, response) => {
  const secret = new URLSearchParams(body.toString()).get('client_secret') ?? '';
  const known = secret.startsWith('sk-sim-') && secret !== 'sk-sim-invalid';
  response.writeHead(known ? 200 : 401, { 'content-type': 'application/json' });
  const refusal = { error: 'invalid_client', error_description: 'AADSTS7000215: Invalid client secret provided.' };
  const token = { token_type: 'Bearer', expires_in: 3599, access_token: secret };
  response.end(JSON.stringify(known ? token : refusal));
};
