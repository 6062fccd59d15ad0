import { totalmem } from 'node:os';
import { type Environment, readEnvironment } from '../functions/environment.ts';
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
  report: (event: string, details: object) => void;
  environment?: Environment;
}): Promise<Listening> {
  const { corsOrigins, web } = options.environment ?? readEnvironment();
  const load = loadOnce(options.functions);
  const memory = createLoad(totalmem());
  const { server, drain } = createWebServer({
    serve: async (incoming) => (await load(entryOf(incoming.method, incoming.path))).serve(incoming),
    shell: { report: options.report, origins: corsOrigins },
    slots: createSlots(web.maxInFlight),
    load: memory,
    ...{ bodyLimit, trustedProxies: web.trustedProxies },
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
