import { createBufferedHandler } from './http/pipeline.ts';
import { serveProviderKeys } from './operations/provider-keys.ts';
import { providerKeysRuntime, report } from './runtime.ts';

export const handler = createBufferedHandler(serveProviderKeys(providerKeysRuntime()), report);
