import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { parseJson } from '../../functions/core/json.ts';
import { type Listening, listen, readBody } from '../../local/listening.ts';

export interface ProviderCall {
  /** The credential that the call carried. */
  credential: string;
  path: string;
  body: { model?: string; stream?: boolean; messages?: { content?: unknown }[] };
}

/** How the provider treats a credential. `serve` is what it does unless told otherwise. */
export type Behaviour =
  | 'serve'
  | {
      status: number;
      error: { message?: string; type?: string | null; code?: string | null; param?: string | null };
      headers?: Record<string, string>;
    }
  /** Something that is no JSON. */
  | { status: number; text: string }
  | 'reset'
  | 'hang'
  /** Streams a few chunks, then the connection ends. */
  | 'cut'
  /** Streams an error event, after some content or before any. */
  | { event: object; after: 'nothing' | 'content' };

export interface FakeOpenAi extends Listening {
  calls: ProviderCall[];
  callsOf(credential: string): number;
  /** The behaviour towards a credential; a function is asked with the number of earlier calls (0, 1, …). */
  treat(credential: string, how: Behaviour | ((nth: number, call: ProviderCall) => Behaviour)): void;
  reset(): void;
  /** Ends every connection, as a provider does that goes down. */
  breakConnections(): void;
}

/**
 * A provider that speaks OpenAI's wire format (platform.openai.com/docs/api-reference/chat). Every answer names the credential's
 * last four characters, so that a test sees who served it.
 */
export async function startFakeOpenAi(): Promise<FakeOpenAi> {
  const calls: ProviderCall[] = [];
  const behaviours = new Map<string, Behaviour | ((nth: number, call: ProviderCall) => Behaviour)>();
  const callsOf = (credential: string) => calls.filter((call) => call.credential === credential).length;
  const server = createServer(async (request, response) => {
    const call = await toCall(request);
    const nth = callsOf(call.credential);
    calls.push(call);
    const given = behaviours.get(call.credential) ?? 'serve';
    answer(call, typeof given === 'function' ? given(nth, call) : given, response);
  });
  server.keepAliveTimeout = 60_000;
  return {
    ...(await listen(server)),
    calls,
    callsOf,
    treat: (credential, how) => void behaviours.set(credential, how),
    breakConnections: () => server.closeAllConnections(),
    reset() {
      calls.length = 0;
      behaviours.clear();
    },
  };
}

async function toCall(request: IncomingMessage): Promise<ProviderCall> {
  const body = parseJson(String((await readBody(request)) ?? '')) as ProviderCall['body'];
  return {
    credential: String(request.headers.authorization).replace('Bearer ', ''),
    path: request.url ?? '',
    body: body ?? {},
  };
}

function answer(call: ProviderCall, how: Behaviour, response: ServerResponse): void {
  // Each call has a connection of its own: what breaks was not left over from an earlier call.
  const headers = { 'x-request-id': 'req-of-the-provider', connection: 'close' };
  if (how === 'reset') return void response.socket?.destroy();
  if (how === 'hang') return;
  if (typeof how === 'object' && 'text' in how)
    return void response.writeHead(how.status, { ...headers, 'content-type': 'text/html' }).end(how.text);
  if (typeof how === 'object' && 'error' in how) {
    const error = { message: 'Refused.', type: null, code: null, param: null, ...how.error };
    return void response
      .writeHead(how.status, { ...headers, 'content-type': 'application/json', ...how.headers })
      .end(JSON.stringify({ error }));
  }
  if (call.body.stream) {
    stream(call, how, response, headers);
    return;
  }
  if (how !== 'serve') return void response.writeHead(200, headers).write('{"id":', () => response.socket?.destroy());
  response.writeHead(200, { ...headers, 'content-type': 'application/json' }).end(JSON.stringify(completion(call)));
}

const usage = { prompt_tokens: 10, completion_tokens: 5, total_tokens: 15 };

function completion(call: ProviderCall): object {
  if (call.path.endsWith('/embeddings'))
    return {
      object: 'list',
      model: call.body.model,
      data: [{ object: 'embedding', index: 0, embedding: [0.5] }],
      usage,
    };
  const choices = [{ index: 0, message: { role: 'assistant', content: contentFor(call) }, finish_reason: 'stop' }];
  return { id: 'chatcmpl-fake', object: 'chat.completion', created: 1, model: call.body.model, choices, usage };
}

/** Names the credential by its last four characters, and repeats the prompt. */
function contentFor({ credential, body }: ProviderCall): string {
  return `${credential.slice(-4)} says ${String(body.messages?.[0]?.content)}`;
}

function stream(
  call: ProviderCall,
  how: 'serve' | 'cut' | { event: object; after: 'nothing' | 'content' },
  response: ServerResponse,
  headers: Record<string, string>,
): void {
  const chunk = (delta: object, finish_reason: string | null = null) => ({
    id: 'chatcmpl-fake',
    object: 'chat.completion.chunk',
    created: 1,
    model: call.body.model,
    choices: [{ index: 0, delta, finish_reason }],
  });
  const send = (...events: object[]) =>
    response.write(events.map((event) => `data: ${JSON.stringify(event)}\n\n`).join(''));
  response.writeHead(200, { ...headers, 'content-type': 'text/event-stream' });
  if (typeof how === 'object' && how.after === 'nothing') {
    send(how.event);
    return void response.end();
  }
  send(chunk({ role: 'assistant', content: '' }), chunk({ content: contentFor(call) }));
  if (typeof how === 'object') send(how.event);
  if (how === 'serve') send(chunk({}, 'stop'), { ...chunk({}), choices: [], usage });
  response.end(how === 'serve' ? 'data: [DONE]\n\n' : undefined);
}
