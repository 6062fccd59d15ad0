import { randomBytes } from 'node:crypto';
import { slowModel } from './answers.ts';

/** What is measured: what the gateway is asked, and what the provider is sent for it, by whoever calls it without the gateway. */
export interface Kind {
  name: string;
  requests: number;
  asked: Message;
  sent: Message;
  complete(text: string): boolean;
}

interface Message {
  path: string;
  body: object;
}

const said = { messages: [{ role: 'user', content: 'Say something short.' }] };
const picture = {
  type: 'image_url',
  image_url: { url: `data:image/png;base64,${randomBytes(768 * 1024).toString('base64')}` },
};
/** Text as people write it. */
const prompt = 'The quick brown fox jumps over the lazy dog.\n'.repeat(2000);
const streamed = { stream: true, stream_options: { include_usage: true } };

const isObject = (text: string) => text.startsWith('{') && text.endsWith('}');
const isDone = (text: string) => text.endsWith('data: [DONE]\n\n');
const hasStopped = (text: string) =>
  ['"type":"message_stop"', '"type":"response.completed"', 'data: [DONE]'].some((end) => text.includes(end));

/** The provider is sent what the gateway is asked, but for the prefix of the model. */
function alike(path: string, body: object, model = 'gpt-4o-mini'): Pick<Kind, 'asked' | 'sent'> {
  return {
    asked: { path, body: { model: `openai/${model}`, ...body } },
    sent: { path, body: { model, ...body } },
  };
}

const claude = 'claude-sonnet-4-5';
const claudeOn = `/v1beta1/projects/bench/locations/global/publishers/anthropic/models/${claude}`;
const messages = { ...said, max_tokens: 100 };
const toVertex = (body: object) => ({ path: '/v1/messages', body: { model: `vertex/${claude}`, ...body } });
const toClaude = (operation: string, body: object) => ({
  path: `${claudeOn}:${operation}`,
  body: { anthropic_version: 'vertex-2023-10-16', ...body },
});

export const kinds: Kind[] = [
  {
    name: 'small: one JSON answer',
    requests: 400,
    ...alike('/v1/chat/completions', said),
    complete: isObject,
  },
  {
    name: 'stream: 200 chunks in 20 writes',
    requests: 120,
    ...alike('/v1/chat/completions', { ...said, ...streamed }),
    complete: isDone,
  },
  {
    name: 'chunks: 50 chunks, a write each',
    requests: 160,
    ...alike('/v1/chat/completions', { ...said, ...streamed }, slowModel),
    complete: isDone,
  },
  {
    name: 'prompt: a request of 100 KB, one JSON answer',
    requests: 160,
    ...alike('/v1/chat/completions', { messages: [{ role: 'user', content: prompt }] }),
    complete: isObject,
  },
  {
    name: 'picture: a request of 1 MB',
    requests: 40,
    ...alike('/v1/chat/completions', { messages: [{ role: 'user', content: [picture] }] }),
    complete: isObject,
  },
  {
    name: 'embeddings: an answer of 100 vectors of 1536',
    requests: 40,
    ...alike('/v1/embeddings', { input: ['a text'] }, 'text-embedding-3-small'),
    complete: isObject,
  },
  {
    name: 'messages: Claude on Vertex AI, one JSON answer',
    requests: 400,
    asked: toVertex(messages),
    sent: toClaude('rawPredict', messages),
    complete: isObject,
  },
  {
    name: 'messages stream: Claude on Vertex AI, 200 deltas in 20 writes',
    requests: 120,
    asked: toVertex({ ...messages, stream: true }),
    sent: toClaude('streamRawPredict', { ...messages, stream: true }),
    complete: hasStopped,
  },
  {
    name: 'responses stream: 200 deltas in 20 writes',
    requests: 120,
    ...alike('/v1/responses', { input: 'Say something short.', stream: true }),
    complete: hasStopped,
  },
  {
    name: 'translated: Messages to OpenAI, one JSON answer',
    requests: 400,
    asked: { path: '/v1/messages', body: { model: 'openai/gpt-4o-mini', ...messages } },
    sent: { path: '/v1/chat/completions', body: { model: 'gpt-4o-mini', ...said } },
    complete: isObject,
  },
  {
    name: 'translated stream: Messages to OpenAI, 200 chunks in 20 writes',
    requests: 120,
    asked: { path: '/v1/messages', body: { model: 'openai/gpt-4o-mini', ...messages, stream: true } },
    sent: { path: '/v1/chat/completions', body: { model: 'gpt-4o-mini', ...said, ...streamed } },
    complete: hasStopped,
  },
];
