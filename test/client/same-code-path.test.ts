import type OpenAI from 'openai';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startGateway, type TestGateway, type TestWorkspace } from './gateway.ts';

type Message = OpenAI.ChatCompletionMessageParam;

const pixel = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';

const tools = ['get_weather', 'get_time'].map((name) => ({
  type: 'function' as const,
  function: {
    name,
    strict: true,
    parameters: {
      type: 'object',
      properties: { city: { type: 'string' } },
      required: ['city'],
      additionalProperties: false,
    },
  },
}));

const itinerary = {
  type: 'json_schema' as const,
  json_schema: {
    name: 'itinerary',
    strict: true,
    schema: {
      type: 'object',
      properties: {
        title: { type: 'string' },
        stops: {
          type: 'array',
          minItems: 1,
          items: {
            type: 'object',
            properties: { city: { type: 'string' }, nights: { type: 'integer', enum: [2] } },
            required: ['city', 'nights'],
            additionalProperties: false,
          },
        },
      },
      required: ['title', 'stops'],
      additionalProperties: false,
    },
  },
};

/** One conversation as an application would have it, with nothing in it about who serves: an image, two tools at once, a structured answer. */
async function planTrip(client: OpenAI, model: string, streamed: boolean) {
  const messages: Message[] = [
    { role: 'system', content: 'You plan trips.' },
    {
      role: 'user',
      content: [
        { type: 'text', text: 'Call get_weather and get_time for the city in this picture.' },
        { type: 'image_url', image_url: { url: `data:image/png;base64,${pixel}` } },
      ],
    },
  ];
  const asked = { model, messages, tools };
  const first = streamed
    ? await client.chat.completions.stream({ ...asked, stream_options: { include_usage: true } }).finalChatCompletion()
    : await client.chat.completions.create(asked);
  const [choice] = first.choices;
  const calls = (choice?.message.tool_calls ?? []).filter((call) => call.type === 'function');
  if (choice) messages.push(choice.message);
  for (const call of calls)
    messages.push({
      role: 'tool',
      tool_call_id: call.id,
      content: JSON.stringify({ tool: call.function.name, city: JSON.parse(call.function.arguments).city }),
    });
  const last = await client.chat.completions.parse({ model, messages, tools, response_format: itinerary });
  return { first, calls, last, plan: last.choices[0]?.message.parsed as unknown };
}

describe('the same client code, whoever serves', () => {
  let gateway: TestGateway;
  let workspace: TestWorkspace;

  beforeAll(async () => {
    gateway = await startGateway();
    workspace = await gateway.workspace();
  });
  afterAll(() => gateway.close());

  describe.each([
    ['openai/gpt-4o-mini', 'openai'],
    ['bedrock/us.anthropic.claude-sonnet-4-5-20250929-v1:0', 'bedrock'],
    ['bedrock/amazon.nova-lite-v1:0', 'bedrock'],
    ['bedrock/mistral.mistral-large-2407-v1:0', 'bedrock'],
    ['vertex/gemini-2.5-flash', 'vertex'],
    ['vertex/gemini-3-flash-preview', 'vertex'],
    ['vertex/anthropic/claude-sonnet-4-5@20250929', 'vertex'],
  ])('%s', (model, provider) => {
    it.each([
      ['as a whole', false],
      ['streamed', true],
    ])('sees an image, calls two tools at once and answers in a schema, %s', async (_, streamed) => {
      gateway.calls.length = 0;
      const { first, calls, last, plan } = await planTrip(workspace.client(), model, streamed);
      expect(first).toMatchObject({
        object: 'chat.completion',
        model,
        choices: [{ index: 0, finish_reason: 'tool_calls', message: { role: 'assistant' } }],
      });
      expect(first.id).toMatch(/^chatcmpl-/);
      expect(calls.map((call) => call.function.name).sort()).toEqual(['get_time', 'get_weather']);
      expect(new Set(calls.map(({ id }) => id)).size).toBe(2);
      for (const call of calls) expect(JSON.parse(call.function.arguments)).toEqual({ city: 'sample' });
      expect(last).toMatchObject({ model, choices: [{ finish_reason: 'stop' }] });
      expect(plan).toEqual({ title: 'sample', stops: [{ city: 'sample', nights: 2 }] });
      for (const { usage } of [first, last]) {
        expect(usage).toMatchObject({ byok_used: true, fallback_triggered: false, cost: '0.0000000' });
        expect(usage?.total_tokens).toBe((usage?.prompt_tokens ?? 0) + (usage?.completion_tokens ?? 0));
        expect(usage?.total_tokens).toBeGreaterThan(0);
      }
      expect(gateway.calls.map((call) => call.provider)).toEqual([provider, provider]);
      for (const call of gateway.calls) expect(call.body).toContain(pixel);
      const sent = gateway.calls[1]?.body ?? '';
      for (const name of ['get_weather', 'get_time'])
        expect(sent.split(name).length, `${name} in its declaration, its call and its result`).toBeGreaterThan(3);
    });

    it('forces one tool by name', async () => {
      const tool_choice = { type: 'function' as const, function: { name: 'get_time' } };
      const { choices } = await workspace
        .client()
        .chat.completions.create({ model, messages: [{ role: 'user', content: 'hello' }], tools, tool_choice });
      expect(choices[0]?.message.tool_calls).toMatchObject([
        { type: 'function', function: { name: 'get_time', arguments: '{"city":"sample"}' } },
      ]);
    });
  });
});
