import { totalmem } from 'node:os';
import type { WebSettings } from '../functions/environment.ts';
import type { Shell } from '../functions/http/reply.ts';
import { createLoad } from '../functions/http/web/load.ts';
import { createWebServer } from '../functions/http/web/server.ts';
import { createSlots } from '../functions/http/web/slots.ts';
import { entryOf } from './gateway-event.ts';
import { type Listening, listen } from './listening.ts';
import { bodyLimit, type EntryModule, type Functions, graceMs, loadOnce } from './server.ts';

/** The web server on 127.0.0.1, with every endpoint in this process. Rejects with `code` EADDRINUSE when the port is taken. */
export async function startWeb(options: {
  port: number;
  functions: Functions<Pick<EntryModule, 'serve'>>;
  shell: Shell;
  settings: WebSettings;
}): Promise<Listening> {
  const { settings, shell } = options;
  const load = loadOnce(options.functions);
  const memory = createLoad(totalmem());
  const { server, drain } = createWebServer({
    serve: async (incoming) => (await load(entryOf(incoming.method, incoming.path))).serve(incoming),
    slots: createSlots(settings.maxInFlight),
    load: memory,
    ...{ shell, bodyLimit, trustedProxies: settings.trustedProxies },
  });
  const { url } = await listen(server, options.port);
  return {
    url,
    async close() {
      await drain(graceMs.requests, graceMs.handlers);
      memory.stop();
    },
  };
}
