import type { Provider } from '../core/routing/provider.ts';
import type { Environment } from '../environment.ts';

/** The providers: the one place beside the catalogue and the adapters that knows their names. */
export interface RegisteredProvider {
  /** Loads the adapter and whatever SDK it needs; called when the provider is first tried. */
  load(environment: Environment): Promise<Provider>;
  /** Whether platform requests may use the function's own role when there is no platform secret. */
  ambient: boolean;
  /** A cheap model that nearly every account may use, for the test of a key. */
  testModel: string;
}

export const providers: Record<string, RegisteredProvider> = {
  openai: {
    load: async (environment) =>
      (await import('./openai/provider.ts')).createOpenAi({ baseUrl: environment.openaiBaseUrl, now: Date.now }),
    ambient: false,
    testModel: 'gpt-4o-mini',
  },
  bedrock: {
    load: async (environment) =>
      (await import('./bedrock/provider.ts')).createBedrock({
        endpoint: environment.bedrockEndpoint,
        defaultRegion: environment.bedrockDefaultRegion,
      }),
    ambient: true,
    testModel: 'amazon.nova-micro-v1:0',
  },
  vertex: {
    load: async (environment) =>
      (await import('./vertex/provider.ts')).createVertex({
        baseUrl: environment.vertexBaseUrl,
        tokenUrl: environment.googleTokenUrl,
      }),
    ambient: false,
    testModel: 'gemini-2.5-flash-lite',
  },
};

/** One adapter per provider and process; its SDK is loaded when the provider is first tried. */
export function createProviderLoader(environment: Environment): (name: string) => Promise<Provider> {
  const loaded = new Map<string, Promise<Provider>>();
  return (name) => {
    const known = loaded.get(name);
    if (known) return known;
    const registered = providers[name];
    if (registered === undefined) throw new Error(`No provider ${name} is built in.`);
    const loading = registered.load(environment);
    loaded.set(name, loading);
    return loading;
  };
}
