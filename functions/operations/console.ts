import type { Serve } from '../http/reply.ts';
import { createRouter } from '../http/router.ts';
import { openStaticFiles } from '../http/static-files.ts';
import { createServe, toConsole } from './serve.ts';

/** The page for people, from the folder that scripts/build-console.ts fills. It calls the API as any client does. */
export function serveConsole(folder: string): Serve {
  const file = openStaticFiles(folder);
  const nobody = async (): Promise<never> => {
    throw new Error('The page asks nobody who they are.');
  };
  return createServe(
    createRouter('console'),
    nobody,
    {},
    // Nothing is changed here.
    null,
    {
      // The page's files have addresses from here, so a slash at the end would lead astray.
      getConsole: async ({ incoming }) =>
        incoming.path.endsWith('/') ? toConsole('../console') : file('index.html', incoming.headers),
      getConsoleFile: ({ incoming, params }) => file(params.file ?? '', incoming.headers),
    },
  );
}
