import { createServer, type ServerResponse } from 'node:http';
import { isObject, type JsonObject, parseJson } from '../../functions/core/json.ts';
import { type Listening, listen, readBody } from '../../local/listening.ts';

export interface ScriptedCall {
  path: string;
  headers: Record<string, string | string[] | undefined>;
  text: string;
  body: JsonObject;
}

export interface ScriptedProvider extends Listening {
  calls: ScriptedCall[];
  /** What it does with calls from now on. */
  does(script: (call: ScriptedCall, response: ServerResponse) => void): void;
}

/** A server that stands for all providers at once, and does what a test wants. It knows no format. */
export async function startScriptedProvider(): Promise<ScriptedProvider> {
  const calls: ScriptedCall[] = [];
  let script: (call: ScriptedCall, response: ServerResponse) => void = (_call, response) => void response.end();
  const server = createServer(async (request, response) => {
    const text = String(await readBody(request));
    const body = parseJson(text);
    const call = { path: request.url ?? '', headers: request.headers, text, body: isObject(body) ? body : {} };
    calls.push(call);
    script(call, response);
  });
  server.keepAliveTimeout = 60_000;
  return {
    ...(await listen(server)),
    calls,
    does(next) {
      calls.length = 0;
      script = next;
    },
  };
}

export function sendJson(response: ServerResponse, body: unknown, status = 200, headers: Record<string, string> = {}) {
  response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body));
}

/** Server-sent events; texts go as they are. */
export function sendEvents(
  response: ServerResponse,
  events: (object | string)[],
  headers: Record<string, string> = {},
) {
  response.writeHead(200, { 'content-type': 'text/event-stream', ...headers });
  for (const event of events) response.write(typeof event === 'string' ? event : eventText(event));
  response.end();
}

export function eventText(event: object): string {
  const name = 'type' in event ? `event: ${String(event.type)}\n` : '';
  return `${name}data: ${JSON.stringify(event)}\n\n`;
}

/** A good answer in the format of the path that was called. */
export function goodAnswer({ path, body }: ScriptedCall): JsonObject {
  const usage = { prompt_tokens: 10, completion_tokens: 5, total_tokens: 15 };
  if (path.endsWith('/token'))
    return { access_token: 'ya29.of-nobody-0123456789', expires_in: 3600, token_type: 'Bearer' };
  if (path.endsWith('/embeddings'))
    return { object: 'list', model: body.model, data: [{ object: 'embedding', index: 0, embedding: [0.5] }], usage };
  if (path.endsWith('/responses'))
    return {
      id: 'resp_1',
      object: 'response',
      created_at: 1,
      status: 'completed',
      model: body.model,
      output: [
        {
          type: 'message',
          id: 'msg_1',
          role: 'assistant',
          status: 'completed',
          content: [{ type: 'output_text', text: 'ok', annotations: [] }],
        },
      ],
      usage: { input_tokens: 10, output_tokens: 5, total_tokens: 15 },
    };
  if (path.endsWith('/chat/completions'))
    return {
      id: 'chatcmpl-1',
      object: 'chat.completion',
      created: 1,
      model: body.model,
      choices: [{ index: 0, message: { role: 'assistant', content: 'ok' }, finish_reason: 'stop' }],
      usage,
    };
  if (path.endsWith('/completions'))
    return {
      id: 'cmpl-1',
      object: 'text_completion',
      created: 1,
      model: body.model,
      choices: [{ index: 0, text: 'ok', logprobs: null, finish_reason: 'stop' }],
      usage,
    };
  if (path.includes(':generateContent'))
    return {
      responseId: 'r1',
      candidates: [{ content: { role: 'model', parts: [{ text: 'ok' }] }, finishReason: 'STOP' }],
      usageMetadata: { promptTokenCount: 10, candidatesTokenCount: 5, totalTokenCount: 15 },
    };
  if (path.endsWith('/converse'))
    return {
      output: { message: { role: 'assistant', content: [{ text: 'ok' }] } },
      stopReason: 'end_turn',
      usage: { inputTokens: 10, outputTokens: 5, totalTokens: 15 },
      metrics: { latencyMs: 1 },
    };
  return {
    id: 'msg_1',
    type: 'message',
    role: 'assistant',
    model: 'claude',
    content: [{ type: 'text', text: 'ok' }],
    stop_reason: 'end_turn',
    stop_sequence: null,
    usage: { input_tokens: 10, output_tokens: 5 },
  };
}
