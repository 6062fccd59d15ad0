/** A streamed answer: its events, and what comes before and after them. */
export interface StreamedAnswer {
  opening: string;
  events: string[];
  closing: string;
  /** How many events one write of the provider's holds: ten is about what the network makes of a fast model's tokens. */
  perWrite?: number;
}

/** What the providers of the benchmark answer: JSON, or a stream of 200 pieces of text. */
export function answerTo(path: string, body: string): string | StreamedAnswer {
  const stream = body.includes('"stream":true');
  if (path.endsWith('/embeddings')) return embeddings;
  if (path.endsWith('/token')) return accessToken;
  if (path.endsWith('Predict')) return stream ? claudeStream : claudeMessage;
  if (path.endsWith('/responses')) return responseStream;
  if (!stream) return completion;
  return body.includes(slowModel) ? slowStream : chatStream;
}

/** The model whose chunks come one by one. */
export const slowModel = 'gpt-4o-2024-08-06';

const words = Array.from({ length: 200 }, (_, i) => ` word${i}`);

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
const chatStream: StreamedAnswer = {
  opening: chunk({ role: 'assistant', content: '', refusal: null }, null),
  events: words.map((content) => chunk({ content }, null)),
  closing: [
    chunk({}, 'stop'),
    chunk({}, null, { choices: [], usage: { prompt_tokens: 20, completion_tokens: 200, total_tokens: 220 } }),
    'data: [DONE]\n\n',
  ].join(''),
};

const slowStream: StreamedAnswer = { ...chatStream, events: chatStream.events.slice(0, 50), perWrite: 1 };

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

const accessToken = JSON.stringify({ access_token: 'ya29.bench-0123456789', expires_in: 3600, token_type: 'Bearer' });

const named = ({ type, ...event }: { type: string; [name: string]: unknown }) =>
  `event: ${type}\ndata: ${JSON.stringify({ type, ...event })}\n\n`;

const message = { id: 'msg_vrtx_bench', type: 'message', role: 'assistant', model: 'claude-sonnet-4-5-20250929' };
const claudeMessage = JSON.stringify({
  ...message,
  content: [{ type: 'text', text: 'A short answer of a dozen words, as a benchmark likes to have it.' }],
  stop_reason: 'end_turn',
  stop_sequence: null,
  usage: { input_tokens: 20, cache_creation_input_tokens: 0, cache_read_input_tokens: 0, output_tokens: 15 },
});
const claudeStream: StreamedAnswer = {
  opening:
    named({
      type: 'message_start',
      message: { ...message, content: [], stop_reason: null, usage: { input_tokens: 20, output_tokens: 1 } },
    }) + named({ type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } }),
  events: words.map((text) => named({ type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text } })),
  closing: [
    named({ type: 'content_block_stop', index: 0 }),
    named({
      type: 'message_delta',
      delta: { stop_reason: 'end_turn', stop_sequence: null },
      usage: { output_tokens: 200 },
    }),
    named({ type: 'message_stop' }),
  ].join(''),
};

const item = { id: 'msg_bench', type: 'message', role: 'assistant' };
const spoken = { item_id: item.id, output_index: 0, content_index: 0 };
const whole = { type: 'output_text', text: words.join(''), annotations: [], logprobs: [] };
const done = { ...item, status: 'completed', content: [whole] };
const response = {
  id: 'resp_bench',
  object: 'response',
  created_at: 1790000000,
  model: 'gpt-4o-mini-2024-07-18',
  status: 'in_progress',
  output: [],
  usage: null,
};
const usage = {
  input_tokens: 20,
  input_tokens_details: { cached_tokens: 0 },
  output_tokens: 200,
  output_tokens_details: { reasoning_tokens: 0 },
  total_tokens: 220,
};
const responseEvents = [
  { type: 'response.created', response },
  { type: 'response.in_progress', response },
  {
    type: 'response.output_item.added',
    output_index: 0,
    item: { ...item, status: 'in_progress', content: [] },
  },
  { type: 'response.content_part.added', ...spoken, part: { ...whole, text: '' } },
  ...words.map((delta) => ({
    type: 'response.output_text.delta',
    ...spoken,
    delta,
    logprobs: [],
    obfuscation: 'Zx3k',
  })),
  { type: 'response.output_text.done', ...spoken, text: whole.text, logprobs: [] },
  { type: 'response.content_part.done', ...spoken, part: whole },
  { type: 'response.output_item.done', output_index: 0, item: done },
  { type: 'response.completed', response: { ...response, status: 'completed', output: [done], usage } },
].map((event, sequence_number) => named({ ...event, sequence_number }));
const responseStream: StreamedAnswer = {
  opening: responseEvents.slice(0, 4).join(''),
  events: responseEvents.slice(4, -4),
  closing: responseEvents.slice(-4).join(''),
};
