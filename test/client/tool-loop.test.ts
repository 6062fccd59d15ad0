import type OpenAI from 'openai';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startGateway, type TestGateway, type TestWorkspace } from './gateway.ts';

type Message = OpenAI.ChatCompletionMessageParam;
type Step = (
  client: OpenAI,
  body: OpenAI.ChatCompletionCreateParamsNonStreaming,
) => Promise<OpenAI.ChatCompletionMessage | undefined>;

const tools = ['find_city', 'get_weather', 'get_time', 'book_trip'].map((name) => ({
  type: 'function' as const,
  function: { name, parameters: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] } },
}));

const whole: Step = async (client, body) => (await client.chat.completions.create(body)).choices[0]?.message;
const streamed: Step = async (client, body) =>
  (await client.chat.completions.stream({ ...body, stream: true }).finalChatCompletion()).choices[0]?.message;

/** As an agent does it: asks, runs the tools, adds their results, until the model answers in words. `remember` says what is kept of a message. */
async function runLoop(
  client: OpenAI,
  model: string,
  step: Step,
  remember: (message: OpenAI.ChatCompletionMessage) => Message = (message) => message,
) {
  const messages: Message[] = [{ role: 'user', content: 'find_city, then get_weather and get_time, then book_trip' }];
  const turns: string[][] = [];
  for (let turn = 0; turn < 10; turn++) {
    const message = await step(client, { model, messages, tools });
    if (!message) break;
    messages.push(remember(message));
    const calls = (message.tool_calls ?? []).filter((call) => call.type === 'function');
    if (calls.length === 0) return { turns, messages, answer: message.content };
    turns.push(calls.map((call) => call.function.name));
    for (const call of calls)
      messages.push({ role: 'tool', tool_call_id: call.id, content: `{"done":"${call.function.name}"}` });
  }
  throw new Error('The model did not come to an end.');
}

/** What a client keeps that knows OpenAI's own fields only. */
function openAiFieldsOnly({ role, content, tool_calls }: OpenAI.ChatCompletionMessage): Message {
  const calls = tool_calls?.flatMap((call) =>
    call.type === 'function' ? [{ id: call.id, type: call.type, function: call.function }] : [],
  );
  return { role, content, ...(calls && { tool_calls: calls }) };
}

describe('a tool loop of three turns', () => {
  let gateway: TestGateway;
  let workspace: TestWorkspace;
  const signatures = (call: { body: string } | undefined) =>
    [...(call?.body ?? '').matchAll(/"thoughtSignature":"([^"]+)"/g)].map(([, signature]) => signature);

  beforeAll(async () => {
    gateway = await startGateway();
    workspace = await gateway.workspace({ exclusive: true });
  });
  afterAll(() => gateway.close());

  describe.each([
    ['as a whole', whole],
    ['streamed', streamed],
  ])('%s', (_, step) => {
    it.each([
      'openai/gpt-4o-mini',
      'bedrock/us.anthropic.claude-sonnet-4-5-20250929-v1:0',
      'vertex/gemini-2.5-flash',
      'vertex/anthropic/claude-sonnet-4-5@20250929',
    ])('comes to its end on %s', async (model) => {
      const { turns, messages, answer } = await runLoop(workspace.client(), model, step);
      expect(turns).toEqual([['find_city'], ['get_weather', 'get_time'], ['book_trip']]);
      expect(answer).toEqual(expect.any(String));
      const ids = messages.flatMap((message) => (message.role === 'tool' ? [message.tool_call_id] : []));
      expect(new Set(ids).size).toBe(4);
    });

    it('carries the thought signatures of Gemini 3 there and back', async () => {
      gateway.calls.length = 0;
      const { turns, messages } = await runLoop(workspace.client(), 'vertex/gemini-3-flash-preview', step);
      expect(turns).toEqual([['find_city'], ['get_weather', 'get_time'], ['book_trip']]);
      const kept = [...JSON.stringify(messages).matchAll(/"thought_signature":"([^"]+)"/g)].map(
        ([, signature]) => signature,
      );
      expect(new Set(kept).size).toBe(3);
      expect(gateway.calls.map(signatures)).toEqual([[], kept.slice(0, 1), kept.slice(0, 2), kept]);
    });

    it('goes on with a client that drops what it does not know', async () => {
      gateway.calls.length = 0;
      const { turns } = await runLoop(workspace.client(), 'vertex/gemini-3-flash-preview', step, openAiFieldsOnly);
      expect(turns).toHaveLength(3);
      expect(new Set(signatures(gateway.calls[3]))).toEqual(new Set(['skip_thought_signature_validator']));
    });

    it('tells a client that altered a signature what Google says', async () => {
      const altered = runLoop(workspace.client(), 'vertex/gemini-3-flash-preview', step, (message) =>
        JSON.parse(
          JSON.stringify(message).replace(/"thought_signature":"[^"]+"/g, '"thought_signature":"YWx0ZXJlZA=="'),
        ),
      );
      await expect(altered).rejects.toMatchObject({
        status: 400,
        code: 'invalid_request',
        message: expect.stringContaining('Thought signature is not valid'),
      });
    });
  });

  it('takes a conversation from one provider to the next', async () => {
    const client = workspace.client();
    const { messages } = await runLoop(client, 'bedrock/us.anthropic.claude-sonnet-4-5-20250929-v1:0', whole);
    messages.push({ role: 'user', content: 'and once more, get_time' });
    for (const model of [
      'vertex/gemini-3-flash-preview',
      'openai/gpt-4o-mini',
      'vertex/anthropic/claude-sonnet-4-5@20250929',
      'bedrock/mistral.mistral-large-2407-v1:0',
    ]) {
      const message = await whole(client, { model, messages, tools });
      expect(message?.tool_calls, model).toMatchObject([{ function: { name: 'get_time' } }]);
    }
  });
});
