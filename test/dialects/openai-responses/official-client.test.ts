import OpenAI from 'openai';
import { describe, expect, it } from 'vitest';
import type { ChatPart } from '../../../functions/core/chat/answer.ts';
import type { Block } from '../../../functions/core/chat/conversation.ts';
import { GatewayError } from '../../../functions/core/errors.ts';
import type { JsonObject } from '../../../functions/core/json.ts';
import { openaiResponses } from '../../../functions/dialects/openai-responses/door.ts';
import { eventsText, head, partsOf, request, usage } from './conversations.ts';

/** The official client, whose requests are answered with this text. */
function client(text: string, type = 'text/event-stream'): OpenAI {
  return new OpenAI({
    apiKey: 'none',
    baseURL: 'http://127.0.0.1/v1',
    maxRetries: 0,
    fetch: async () => new Response(text, { headers: { 'content-type': type } }),
  });
}

const blocks: Block[] = [
  { type: 'reasoning', text: 'let me think', signature: { format: 'anthropic', value: 'c2ln' } },
  { type: 'reasoning', text: '', encrypted: { format: 'anthropic', value: 'c2Vj' } },
  { type: 'text', text: 'wait a moment: ' },
  { type: 'text', text: '日本語', signature: { format: 'google', value: 'c2ln' } },
  { type: 'tool_call', id: 'call_1', name: 'f', input: '{"a":[1,"é😀",null]}', kind: 'function' },
  { type: 'tool_call', id: 'call_2', name: 'sql', input: '{"input":"SELECT 1"}', kind: 'function' },
  {
    type: 'tool_call',
    id: 'call_3',
    name: 'g',
    input: '{}',
    kind: 'function',
    signature: { format: 'google', value: 'c2ln' },
  },
];
const offered = {
  tools: [
    { type: 'function', name: 'f' },
    { type: 'custom', name: 'sql' },
    { type: 'function', name: 'g' },
  ],
};
const ending: ChatPart[] = [
  { type: 'finish', choice: 0, finish: { reason: 'tool_calls' } },
  { type: 'usage', usage },
  { type: 'end' },
];
const ask = { model: head.callerModel, input: 'hello' };

function streamed(parts: ChatPart[]): string {
  return eventsText(openaiResponses.createStreamWriter(head, request(offered))(parts), { cost: '0.1' });
}

describe('the official client', () => {
  it('makes of the stream what the whole answer says', async () => {
    const { body } = openaiResponses.writeAnswer(
      { choices: [{ blocks, finish: { reason: 'tool_calls' } }], usage },
      head,
      request(offered),
    );
    const stream = client(streamed([...partsOf(blocks), ...ending])).responses.stream(ask);
    const deltas: string[] = [];
    stream.on('response.output_text.delta', ({ delta }) => deltas.push(delta));
    const final = await stream.finalResponse();
    expect(deltas.join('')).toBe('wait a moment: 日本語');
    expect(final.output_text).toBe('wait a moment: 日本語');
    expect(final.status).toBe('completed');
    expect(final.usage).toEqual({ ...(body.usage as JsonObject), cost: '0.1' });
    expect(JSON.parse(JSON.stringify(final.output))).toMatchObject(body.output as JsonObject[]);
    expect(final.output.map(({ type }) => type)).toEqual([
      'reasoning',
      'reasoning',
      'message',
      'reasoning',
      'function_call',
      'custom_tool_call',
      'reasoning',
      'function_call',
    ]);
  });

  it('builds the same from the deltas alone', async () => {
    const stream = client(streamed([...partsOf(blocks, [1]), ...ending])).responses.stream(ask);
    const snapshots: string[] = [];
    stream.on('response.output_text.delta', ({ snapshot }) => snapshots.push(snapshot));
    await stream.finalResponse();
    expect(snapshots).toContain('wait a moment: ');
    expect(snapshots.at(-1)).toBe('日本語');
  });

  it('reads a whole answer', async () => {
    const { body } = openaiResponses.writeAnswer(
      { choices: [{ blocks, finish: { reason: 'length' } }], usage },
      head,
      request(offered),
    );
    const read = await client(JSON.stringify(body), 'application/json').responses.create(ask);
    expect(read.output_text).toBe('wait a moment: 日本語');
    expect(read.incomplete_details).toEqual({ reason: 'max_output_tokens' });
  });

  it('throws when the stream is cut', async () => {
    const error = openaiResponses.writeErrorEvent(new GatewayError('provider_error', 'It broke.'), 'req_1', 7);
    const stream = client(streamed(partsOf(blocks)) + error).responses.stream(ask);
    await expect(stream.finalResponse()).rejects.toMatchObject({
      code: 'provider_error',
      message: expect.stringContaining('It broke.'),
    });
  });
});
