import { providerKeysRuntime, shell } from './composition/runtime.ts';
import { createBufferedHandler } from './http/pipeline.ts';
import { serveProviderKeys } from './operations/provider-keys.ts';

export const serve = serveProviderKeys(providerKeysRuntime());
export const handler = createBufferedHandler(serve, shell());
