import { createServer } from 'node:http';
import { listen, readBody } from '../local/listening.ts';
import { report } from './child.ts';

/**
 * A provider in OpenAI's format whose every event tells when it was written, in nanoseconds of the clock that all processes of a
 * machine share. Arguments: events per stream, and milliseconds between them.
 */
const [events, everyMs] = process.argv.slice(2).map(Number) as [number, number];

const event = (delta: object, finish_reason: string | null = null) =>
  `data: ${JSON.stringify({
    id: 'chatcmpl-bench',
    object: 'chat.completion.chunk',
    created: 1,
    model: 'gpt-4o-mini',
    choices: [{ index: 0, delta, finish_reason }],
  })}\n\n`;
const usage = { prompt_tokens: 10, completion_tokens: events, total_tokens: 10 + events };

const server = createServer(async (request, response) => {
  await readBody(request);
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  let sent = 0;
  // Streams that begin together would all speak at once.
  setTimeout(function next() {
    response.write(event({ content: `@${process.hrtime.bigint()}@` }));
    if (++sent < events) return void setTimeout(next, everyMs);
    const counted = `data: ${JSON.stringify({ id: 'chatcmpl-bench', object: 'chat.completion.chunk', created: 1, model: 'gpt-4o-mini', choices: [], usage })}\n\n`;
    response.end(`${event({}, 'stop')}${counted}data: [DONE]\n\n`);
  }, Math.random() * everyMs);
});
report((await listen(server)).url);
