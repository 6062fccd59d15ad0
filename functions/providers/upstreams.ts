import type { Upstream } from '../core/routing/upstream.ts';
import type { Environment } from '../environment.ts';
import { addressOr, addressVariables } from './definition.ts';
import { definitions } from './registry.ts';

type Load = (environment: Environment) => Promise<Upstream>;

/** The adapters that a definition is not enough for, each with whatever SDK it needs: loaded when the provider is first tried. */
const loads: Record<string, Load> = {
  openai: async ({ openaiBaseUrl }) =>
    (await import('./openai/upstream.ts')).createOpenAiUpstream({ baseUrl: openaiBaseUrl, now: Date.now }),
  bedrock: async ({ addressOf, stsRegion: region, principalArn, ownAccountRoles, ...environment }) =>
    (await import('./bedrock/upstream.ts')).createBedrockUpstream({
      endpoint: environment.bedrockEndpoint,
      controlEndpoint: environment.bedrockControlEndpoint,
      defaultRegion: environment.bedrockDefaultRegion,
      roles: { endpoint: addressOf('AWS_ENDPOINT_URL_STS'), region, principalArn, ownAccountRoles },
    }),
  gemini: async ({ addressOf }) =>
    (await import('./gemini/upstream.ts')).createGeminiUpstream({
      baseUrl: addressOr(addressOf('GEMINI_BASE_URL'), 'https://generativelanguage.googleapis.com/v1beta'),
      fetchImage: (await import('../transport/image-fetch.ts')).createImageFetch(),
    }),
  vertex: async ({ vertexBaseUrl, googleTokenUrl, addressOf, stsRegion, federationRoleArn }) =>
    (await import('./vertex/upstream.ts')).createVertexUpstream({
      baseUrl: vertexBaseUrl,
      tokenUrl: googleTokenUrl,
      federation: {
        roleArn: federationRoleArn,
        endpoint: addressOf('AWS_ENDPOINT_URL_STS'),
        region: stsRegion,
        exchangeUrl: addressOf('GOOGLE_STS_URL') ?? 'https://sts.googleapis.com/v1/token',
        credentialsUrl: addressOf('GOOGLE_IAM_CREDENTIALS_URL') ?? 'https://iamcredentials.googleapis.com',
      },
    }),
};

/** One adapter per provider and process. Throws for an address that is none, and the loader for a provider that is not built in. */
export function createUpstreamLoader(environment: Environment): (name: string) => Promise<Upstream> {
  for (const definition of definitions) {
    for (const variable of addressVariables(definition)) environment.addressOf(variable);
    definition.formIn?.(environment);
  }
  const loaded = new Map<string, Promise<Upstream>>();
  return (name) => {
    const known = loaded.get(name);
    if (known) return known;
    const load = loads[name] ?? loadOf(name);
    if (load === undefined) throw new Error(`No provider ${name} is built in.`);
    const loading = load(environment);
    loaded.set(name, loading);
    return loading;
  };
}

function loadOf(name: string): Load | undefined {
  const definition = definitions.find((each) => each.name === name);
  if (definition === undefined || (definition.http ?? definition.httpIn) === undefined) return undefined;
  return async (environment) => {
    const http = definition.httpIn?.(environment) ?? definition.http;
    if (http === undefined) throw new Error(`${name} has no adapter.`);
    return (await import('./http-provider.ts')).createHttpUpstream({ ...definition, http }, environment);
  };
}
