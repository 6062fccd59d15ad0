import { createServer } from 'node:http';
import { listen, readBody } from '../local/listening.ts';
import { report } from './child.ts';

/** An OpenAI that answers at once with fixed bytes, so that what is measured is what stands in front of it. */
const completion = JSON.stringify({
  id: 'chatcmpl-bench',
  object: 'chat.completion',
  created: 1790000000,
  model: 'gpt-4o-mini-2024-07-18',
  choices: [
    {
      index: 0,
      message: {
        role: 'assistant',
        content: 'A short answer of a dozen words, as a benchmark likes to have it.',
        refusal: null,
      },
      logprobs: null,
      finish_reason: 'stop',
    },
  ],
  usage: {
    prompt_tokens: 20,
    completion_tokens: 15,
    total_tokens: 35,
    prompt_tokens_details: { cached_tokens: 0 },
    completion_tokens_details: { reasoning_tokens: 0 },
  },
});

const chunk = (delta: object, finish: string | null, more: object = {}) =>
  `data: ${JSON.stringify({ id: 'chatcmpl-bench', object: 'chat.completion.chunk', created: 1790000000, model: 'gpt-4o-mini-2024-07-18', service_tier: 'default', system_fingerprint: 'fp_bench', choices: [{ index: 0, delta, logprobs: null, finish_reason: finish }], usage: null, obfuscation: 'Zx3kQ9', ...more })}\n\n`;
const words = Array.from({ length: 200 }, (_, i) => chunk({ content: ` word${i}` }, null));
const closing = [
  chunk({}, 'stop'),
  chunk({}, null, { choices: [], usage: { prompt_tokens: 20, completion_tokens: 200, total_tokens: 220 } }),
  'data: [DONE]\n\n',
].join('');

const vector = Array.from({ length: 1536 }, (_, i) => Number(Math.sin(i + 1).toPrecision(8)) / 20);
const embeddings = JSON.stringify(
  {
    object: 'list',
    data: Array.from({ length: 100 }, (_, index) => ({ object: 'embedding', index, embedding: vector })),
    model: 'gpt-4o-mini-2024-07-18',
    usage: { prompt_tokens: 200, total_tokens: 200 },
  },
  null,
  2,
);

/** As long as OpenAI's own: the gateway looks through it for traces of the credential. */
const requestId = 'req_9f8e7d6c5b4a39281706f5e4d3c2b1a0';

const server = createServer(async (request, response) => {
  const body = (await readBody(request))?.toString() ?? '';
  if (request.url?.endsWith('/embeddings')) {
    response.writeHead(200, { 'content-type': 'application/json', 'x-request-id': requestId }).end(embeddings);
    return;
  }
  if (!body.includes('"stream":true')) {
    response.writeHead(200, { 'content-type': 'application/json', 'x-request-id': requestId }).end(completion);
    return;
  }
  response.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8', 'x-request-id': requestId });
  response.write(chunk({ role: 'assistant', content: '', refusal: null }, null));
  // Twenty writes of ten events: about what the network makes of a fast model's tokens.
  for (let i = 0; i < words.length; i += 10) {
    response.write(words.slice(i, i + 10).join(''));
    await new Promise((resolve) => setImmediate(resolve));
  }
  response.end(closing);
});
report((await listen(server)).url);
