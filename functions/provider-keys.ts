import { createBufferedHandler } from './http/pipeline.ts';
import { serveProviderKeys } from './operations/provider-keys.ts';
import { providerKeysRuntime, shell } from './runtime.ts';

export const handler = createBufferedHandler(serveProviderKeys(providerKeysRuntime()), shell());
