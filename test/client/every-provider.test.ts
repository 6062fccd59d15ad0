import type OpenAI from 'openai';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { definitions } from '../../functions/providers/registry.ts';
import { shapesOf } from '../embedded/credential-shapes.ts';
import { startGateway, type TestGateway, type TestWorkspace } from './gateway.ts';

const tools: OpenAI.ChatCompletionTool[] = [
  {
    type: 'function',
    function: {
      name: 'get_weather',
      parameters: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] },
    },
  },
];

let gateway: TestGateway;
beforeAll(async () => {
  gateway = await startGateway({ KEYWAY_CUSTOM_HOSTS: '127.0.0.1', KEYWAY_CUSTOM_HTTP: '1' });
});
afterAll(() => gateway.close());

/** The official client against every provider that is built in, on a key of the tenant's own. */
describe.each(definitions.map((definition) => ({ definition, provider: definition.name })))(
  'chat on $provider',
  ({ definition, provider }) => {
    let workspace: TestWorkspace;
    let client: OpenAI;
    let model: string;

    beforeAll(async () => {
      const [shape] = shapesOf(definition);
      if (shape === undefined) throw new Error('no shape');
      const custom = String(process.env.OPENAI_BASE_URL).replace('/openai/v1', '/custom');
      workspace = await gateway.workspace({ keys: { [provider]: shape.simulated('demo', custom) }, exclusive: true });
      client = workspace.client();
      model = shape.model;
    });

    const messages: OpenAI.ChatCompletionMessageParam[] = [{ role: 'user', content: 'say it' }];

    it('comes whole, and is logged with what it cost there', async () => {
      const { data, response } = await client.chat.completions.create({ model, messages }).withResponse();
      expect(data).toMatchObject({ object: 'chat.completion', model, choices: [{ finish_reason: 'stop' }] });
      expect(data.choices[0]?.message.content).toContain('say it');
      expect(data.usage?.total_tokens).toBeGreaterThan(0);
      expect(response.headers.get('x-keyway-provider')).toBe(provider);
      const { body } = await workspace.call('GET', `/v1/logs/${response.headers.get('x-request-id')}`);
      expect(body).toMatchObject({ provider, credential: 'byok', cost: '0.0000000' });
      const priced = (await client.models.list()).data.some(
        (each) => each.id === model && (each as { pricing?: unknown }).pricing,
      );
      if (priced) expect(Number(body.upstream_cost)).toBeGreaterThan(0);
    });

    it('comes streamed', async () => {
      const stream = await client.chat.completions.create({
        model,
        messages,
        stream: true,
        stream_options: { include_usage: true },
      });
      let text = '';
      let usage: OpenAI.CompletionUsage | null | undefined;
      for await (const chunk of stream) {
        text += chunk.choices[0]?.delta.content ?? '';
        usage ??= chunk.usage;
      }
      expect(text).toContain('say it');
      expect(usage?.total_tokens).toBeGreaterThan(0);
    });

    it.each([false, true])('calls a tool and takes its result (stream: %s)', async (stream) => {
      const asked: OpenAI.ChatCompletionMessageParam[] = [{ role: 'user', content: 'get_weather' }];
      const ask = async () => {
        const body = { model, messages: asked, tools };
        if (!stream) return (await client.chat.completions.create(body)).choices[0]?.message;
        return (await client.chat.completions.stream({ ...body, stream: true }).finalChatCompletion()).choices[0]
          ?.message;
      };
      const called = await ask();
      expect(called?.tool_calls).toMatchObject([{ type: 'function', function: { name: 'get_weather' } }]);
      const [call] = called?.tool_calls ?? [];
      if (called === undefined || call === undefined) throw new Error('nothing was called');
      asked.push(called, { role: 'tool', tool_call_id: call.id, content: 'sunny' });
      expect((await ask())?.content).toContain('sunny');
    });
  },
);
