import { createBufferedHandler } from './http/pipeline.ts';
import { serveProviderKeys } from './operations/provider-keys.ts';
import { providerKeysRuntime, shell } from './runtime.ts';

export const serve = serveProviderKeys(providerKeysRuntime());
export const handler = createBufferedHandler(serve, shell());
