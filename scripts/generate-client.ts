import { readFileSync, writeFileSync } from 'node:fs';
import { registerHooks } from 'node:module';
import { join } from 'node:path';
import { openApiDocument } from '../functions/http/openapi.ts';

const file = join(import.meta.dirname, '../client/api-schema.ts');
const head =
  '/** Made of the OpenAPI document by `npm run client`; test/http/generated-client.test.ts says when it is stale. */\n';

/**
 * The document's types, as text of `client/api-schema.ts`. openapi-typescript prints with TypeScript's compiler as a library, which
 * TypeScript 7 is not yet (https://github.com/microsoft/typescript-go); it gets TypeScript 6, installed beside it.
 */
export async function generateClient(): Promise<string> {
  const hooks = registerHooks({
    resolve: (specifier, context, next) => next(specifier === 'typescript' ? 'typescript-6' : specifier, context),
  });
  try {
    const { default: openapiTS, astToString } = await import('openapi-typescript');
    return head + astToString(await openapiTS(JSON.stringify(openApiDocument())));
  } finally {
    hooks.deregister();
  }
}

if (process.argv[1] === import.meta.filename) {
  const text = await generateClient();
  if (text !== readFileSync(file, { encoding: 'utf8', flag: 'a+' })) writeFileSync(file, text);
}
