import createFetchClient from 'openapi-fetch';
import { readApiError, Unreachable } from './api-error.ts';
import type { components, operations, paths } from './api-schema.ts';

/** What the API answers and takes, by the names of the OpenAPI document. */
export type Schemas = components['schemas'];

/** The JSON body that an operation takes, by the operation's name. */
export type BodyOf<Name extends keyof operations> = operations[Name] extends {
  requestBody: { content: { 'application/json': infer Body } };
}
  ? Body
  : never;

export interface ClientOptions {
  /** Where the gateway is, without `/v1`, with the stage where an AWS address has one: `http://127.0.0.1:8787`. */
  baseUrl: string;
  /** A `kw_…` key or the admin token; asked at each request, so that it may change. */
  key: () => string;
  /** Absent: the global one. */
  fetch?: (request: Request) => Promise<Response>;
}

/**
 * The typed client of Keyway's API: `await bodyOf(client.GET('/v1/provider-keys'))`. Its calls reject with `ApiError` when the
 * gateway says no, and with `Unreachable` when no gateway answers.
 */
export function createClient({ baseUrl, key, fetch }: ClientOptions) {
  const client = createFetchClient<paths>({ baseUrl: baseUrl.replace(/\/+$/, ''), ...(fetch && { fetch }) });
  client.use({
    onRequest: ({ request }) => {
      // The local server does not care; in AWS a key with a line end would be a broken header, told by nobody.
      request.headers.set('authorization', `Bearer ${key().trim()}`);
    },
    onResponse: async ({ response }) => {
      if (!response.ok) throw await readApiError(response);
    },
    onError: ({ error }) =>
      error instanceof DOMException && error.name === 'AbortError' ? error : new Unreachable(baseUrl, error),
  });
  return client;
}

export type Client = ReturnType<typeof createClient>;

/** The body of an answer. Calls that were refused have rejected before. */
export async function bodyOf<Body>(answer: Promise<{ data?: Body }>): Promise<Exclude<Body, undefined>> {
  const { data } = await answer;
  return data as Exclude<Body, undefined>;
}

/** All items of a list, page by page. `page` is given the cursor to go on from, undefined at first. */
export async function* itemsOf<Item>(
  page: (cursor: string | undefined) => Promise<{ data?: { data: Item[]; next_cursor: string | null } }>,
): AsyncGenerator<Item> {
  let cursor: string | undefined;
  do {
    const list = await bodyOf(page(cursor));
    yield* list.data;
    cursor = list.next_cursor ?? undefined;
  } while (cursor !== undefined);
}
