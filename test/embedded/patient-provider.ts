import { createServer, type ServerResponse } from 'node:http';
import { type JsonObject, parseJson } from '../../functions/core/json.ts';
import { type Listening, listen, readBody } from '../../local/listening.ts';

export interface PatientProvider extends Listening {
  /** Credential and first message of each call, in order. */
  calls: { credential: string; asked: string }[];
  /** Ends every answer that waits, and those of later calls at once. */
  finish(): void;
}

/** A provider in OpenAI's format that begins each streamed answer, repeats what it was asked, and ends it only when it is told to. */
export async function startPatientProvider(): Promise<PatientProvider> {
  const calls: PatientProvider['calls'] = [];
  const waiting: (() => void)[] = [];
  let patient = true;
  const server = createServer(async (request, response) => {
    const body = parseJson(String(await readBody(request))) as { messages: { content: string }[]; stream?: boolean };
    const call = {
      credential: String(request.headers.authorization).replace('Bearer ', ''),
      asked: body.messages[0]?.content ?? '',
    };
    calls.push(call);
    if (body.stream) begin(response, call.asked);
    const end = () => (body.stream ? endStream(response) : answer(response, call.asked));
    if (patient) waiting.push(end);
    else end();
  });
  server.keepAliveTimeout = 60_000;
  return {
    ...(await listen(server)),
    calls,
    finish() {
      patient = false;
      for (const end of waiting.splice(0)) end();
    },
  };
}

const usage = { prompt_tokens: 10, completion_tokens: 5, total_tokens: 15 };
const head = { id: 'chatcmpl-patient', created: 1, model: 'gpt-4o-mini' };

function event(delta: JsonObject, more: JsonObject = {}): string {
  const choices = [{ index: 0, delta, finish_reason: null, ...more }];
  return `data: ${JSON.stringify({ ...head, object: 'chat.completion.chunk', choices })}\n\n`;
}

function begin(response: ServerResponse, asked: string): void {
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  response.write(event({ role: 'assistant', content: '' }) + event({ content: `You said ${asked}` }));
}

function endStream(response: ServerResponse): void {
  const counted = { ...head, object: 'chat.completion.chunk', choices: [], usage };
  response.end(`${event({}, { finish_reason: 'stop' })}data: ${JSON.stringify(counted)}\n\ndata: [DONE]\n\n`);
}

function answer(response: ServerResponse, asked: string): void {
  const message = { role: 'assistant', content: `You said ${asked}` };
  const choices = [{ index: 0, message, finish_reason: 'stop' }];
  response.writeHead(200, { 'content-type': 'application/json' });
  response.end(JSON.stringify({ ...head, object: 'chat.completion', choices, usage }));
}
