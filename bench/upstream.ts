import { createServer } from 'node:http';
import { listen, readBody } from '../local/listening.ts';
import { answerTo } from './answers.ts';
import { report } from './child.ts';

/** As long as OpenAI's own: the gateway looks through it for traces of the credential. */
const requestId = 'req_9f8e7d6c5b4a39281706f5e4d3c2b1a0';

/** Providers that answer at once with fixed bytes, so that what is measured is what stands in front of them. */
const server = createServer(async (request, response) => {
  const body = (await readBody(request))?.toString() ?? '';
  const answer = answerTo(request.url ?? '', body);
  if (typeof answer === 'string') {
    response.writeHead(200, { 'content-type': 'application/json', 'x-request-id': requestId }).end(answer);
    return;
  }
  response.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8', 'x-request-id': requestId });
  response.write(answer.opening);
  const { perWrite = 10 } = answer;
  for (let i = 0; i < answer.events.length; i += perWrite) {
    response.write(answer.events.slice(i, i + perWrite).join(''));
    await new Promise((resolve) => setImmediate(resolve));
  }
  response.end(answer.closing);
});
report((await listen(server)).url);
