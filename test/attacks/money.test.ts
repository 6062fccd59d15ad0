import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isObject, type JsonObject } from '../../functions/core/json.ts';
import {
  goodAnswer,
  type ScriptedCall,
  type ScriptedProvider,
  sendJson,
  startScriptedProvider,
} from '../embedded/scripted-provider.ts';
import { call, createTenant, type Tenant } from '../embedded/workspace.ts';
import { type Gateway, type Stores, startGateway, startStores } from '../embedded-gateway.ts';

/** How a lenient provider takes a number that was sent in whatever type. */
function lenient(value: unknown): number {
  const number = typeof value === 'number' || typeof value === 'string' ? Number(value) : Number.NaN;
  return Number.isFinite(number) && number > 0 ? Math.ceil(number) : 0;
}

const modelLimit = 16_384;

/** The most that a provider could count for what it was sent, read without any code of the gateway. */
function mostTokens({ path, text, body }: ScriptedCall): { prompt: number; completion: number } {
  const config = [body.generationConfig, body.inferenceConfig].find(isObject) ?? {};
  // Each format has its own names; Claude and the Responses API know one answer only.
  const openai = path.endsWith('/completions');
  const own = path.endsWith('/responses')
    ? [body.max_output_tokens]
    : [body.max_tokens, ...(openai ? [body.max_completion_tokens] : [])];
  const limits = [...own, config.maxTokens, config.maxOutputTokens].map(lenient);
  const limit = limits.some((each) => each > 0) ? Math.min(modelLimit, Math.max(...limits)) : modelLimit;
  const prompts = path.endsWith('/completions') && Array.isArray(body.prompt) ? body.prompt.length : 1;
  const asked = [config.candidateCount, ...(openai ? [body.n, body.best_of] : [])];
  const answers = Math.min(128, Math.max(1, ...asked.map(lenient)));
  const media = text.match(/"(?:https:[^"]+|data:[^"]{20,}|[A-Za-z0-9+/=]{4000,})"/g) ?? [];
  const inline = media.reduce((sum, each) => sum + each.length, 0);
  return { prompt: Buffer.byteLength(text) - inline + media.length * 2500, completion: limit * answers * prompts };
}

/** The usage of every format, in one object. */
function usageOf({ prompt, completion }: { prompt: number; completion: number }): JsonObject {
  return { prompt_tokens: prompt, completion_tokens: completion, input_tokens: prompt, output_tokens: completion };
}

function costlyAnswer(asked: ScriptedCall): JsonObject {
  const answer = goodAnswer(asked);
  const tokens = mostTokens(asked);
  if ('usageMetadata' in answer)
    return {
      ...answer,
      usageMetadata: { promptTokenCount: tokens.prompt, candidatesTokenCount: tokens.completion },
    };
  if ('stopReason' in answer)
    return { ...answer, usage: { inputTokens: tokens.prompt, outputTokens: tokens.completion, totalTokens: 1 } };
  return { ...answer, usage: usageOf(tokens) };
}

const number = fc.oneof(
  fc.constantFrom<unknown>(
    '8',
    '65536',
    'x',
    'NaN',
    '-1',
    '1e9',
    -1,
    -1e9,
    0,
    0.5,
    1.5,
    1e20,
    1e300,
    null,
    true,
    [],
    {},
  ),
  fc.integer({ min: 1, max: 20_000 }),
  fc.constant([[[5]]]),
);
const text = fc.oneof(
  fc.string({ maxLength: 50 }),
  fc.string({ unit: 'grapheme', maxLength: 200 }),
  fc.constant('漢'.repeat(500)),
  fc.constant('\u0000\u2028"\\'.repeat(100)),
);
const base64 = 'QUJD'.repeat(1500);
const picture = fc.constantFrom('https://example.invalid/a.png', `data:image/png;base64,${base64}`);
const anyTool = fc.record({ name: fc.constantFrom('f', 'g'), text, wide: fc.array(fc.constantFrom(1e20, 1, 'x')) });
const odd = fc.dictionary(
  fc.constantFrom('n', 'best_of', 'max_tokens', 'max_completion_tokens', 'max_output_tokens', 'prediction', 'audio'),
  number,
  { maxKeys: 4 },
);
const thinking = fc.option(
  fc.constantFrom(
    { thinking: { type: 'enabled', budget_tokens: 1e9 } },
    { thinking: { type: 'enabled', budget_tokens: -5000 } },
    { reasoning_effort: 'high' },
    { reasoning: { max_tokens: -1e9 } },
    { reasoning: { effort: 'high' } },
  ),
  { nil: {} },
);

const chatBody = fc
  .record({
    texts: fc.array(text, { minLength: 1, maxLength: 4 }),
    pictures: fc.array(picture, { maxLength: 2 }),
    odd,
    tools: fc.array(anyTool, { maxLength: 2 }),
    thinking,
  })
  .map(({ texts, pictures, odd: fields, tools, thinking: thoughts }) => ({
    path: '/v1/chat/completions',
    body: {
      messages: [
        {
          role: 'user',
          content: [
            ...texts.map((one) => ({ type: 'text', text: one })),
            ...pictures
              .filter((url) => url.startsWith('data:'))
              .map((url) => ({ type: 'image_url', image_url: { url } })),
          ],
        },
      ],
      ...(tools.length > 0 && {
        tools: tools.map((tool, i) => ({
          type: 'function',
          function: {
            name: `${tool.name}${i}`,
            description: tool.text,
            parameters: { type: 'object', default: tool.wide },
          },
        })),
      }),
      ...thoughts,
      ...fields,
    },
  }));
const responsesBody = fc
  .record({ text, odd, base: picture, tools: fc.array(anyTool, { maxLength: 2 }) })
  .map(({ text: said, odd: fields, base, tools }) => ({
    path: '/v1/responses',
    body: {
      input: [
        {
          role: 'user',
          content: [
            { type: 'input_text', text: said },
            ...(base.startsWith('data:') ? [{ type: 'input_image', image_url: base }] : []),
          ],
        },
        { type: 'function_call', call_id: 'c', name: 'f0', arguments: JSON.stringify(tools) },
        { type: 'function_call_output', call_id: 'c', output: said },
      ],
      ...fields,
    },
  }));
const messagesBody = fc
  .record({ text, limit: fc.integer({ min: 1, max: 20_000 }), odd, base: picture, input: anyTool, thinking })
  .map(({ text: said, limit, odd: fields, base, input, thinking: thoughts }) => ({
    path: '/v1/messages',
    body: {
      system: said,
      messages: [
        {
          role: 'user',
          content: [
            { type: 'text', text: `x${said}` },
            ...(base.startsWith('data:')
              ? [{ type: 'image', source: { type: 'base64', media_type: 'image/png', data: base64 } }]
              : []),
          ],
        },
        { role: 'assistant', content: [{ type: 'tool_use', id: 't', name: 'f', input }] },
        { role: 'user', content: [{ type: 'tool_result', tool_use_id: 't', content: said }] },
      ],
      ...thoughts,
      ...fields,
      max_tokens: limit,
    },
  }));
const completionsBody = fc
  .record({ prompts: fc.array(text, { minLength: 1, maxLength: 300 }), odd })
  .map(({ prompts, odd: fields }) => ({ path: '/v1/completions', body: { prompt: prompts, ...fields } }));
const embeddingsBody = fc
  .record({ input: fc.array(text, { minLength: 1, maxLength: 50 }), odd })
  .map(({ input, odd: fields }) => ({ path: '/v1/embeddings', body: { input, ...fields } }));

const models = [
  'gpt-4o-mini',
  'bedrock/amazon.nova-lite-v1:0',
  'bedrock/us.anthropic.claude-sonnet-4-5-20250929-v1:0',
  'openai/gpt-4o',
];

describe('credit', () => {
  let stores: Stores;
  let provider: ScriptedProvider;
  let gateway: Gateway;

  beforeAll(async () => {
    [stores, provider] = await Promise.all([
      startStores({ openai: 'sk-proj-of-the-platform-000000', bedrock: { apiKey: 'ABSKplatformplatformplatform' } }),
      startScriptedProvider(),
    ]);
    gateway = await startGateway(stores, {
      OPENAI_BASE_URL: provider.url,
      AWS_ENDPOINT_URL_BEDROCK_RUNTIME: provider.url,
    });
    provider.does((asked, response) => sendJson(response, costlyAnswer(asked)));
  });
  afterAll(async () => {
    await Promise.all([gateway.close(), provider.close()]);
    await stores.close();
  });

  const balanceOf = async ({ apiKey }: Tenant) =>
    (await call(gateway, 'GET', '/v1/balance', { key: apiKey })).json as { balance_usd: string; held_usd: string };

  it('is never below zero, whatever is asked for and however much the provider counts of it', async () => {
    let served = 0;
    const credit = fc.constantFrom('0.0005', '0.005', '0.05', '0.3', '2', '20');
    const asked = fc.oneof(chatBody, responsesBody, messagesBody, completionsBody, embeddingsBody);
    await fc.assert(
      fc.asyncProperty(asked, fc.constantFrom(...models), credit, async ({ path, body }, model, usd) => {
        const tenant = await createTenant(gateway, usd);
        const name = path === '/v1/embeddings' ? 'text-embedding-3-small' : model;
        const answer = await call(gateway, 'POST', path, { key: tenant.apiKey, body: { model: name, ...body } });
        expect(answer.status).not.toBe(500);
        if (answer.status === 200) served++;
        const { balance_usd, held_usd } = await balanceOf(tenant);
        expect(Number(balance_usd)).toBeGreaterThanOrEqual(0);
        expect(held_usd).toBe('0.0000000');
      }),
      { numRuns: 300 },
    );
    expect(served).toBeGreaterThan(50);
  }, 120_000);

  it('is not made of limits below zero while a request is under way', async () => {
    const tenant = await createTenant(gateway, '0.01');
    let seen: { held_usd: string } | null = null;
    provider.does(async (asked, response) => {
      seen = await balanceOf(tenant);
      sendJson(response, costlyAnswer(asked));
    });
    for (const more of [{ max_tokens: -1e9 }, { reasoning: { max_tokens: -1e9 } }, { max_tokens: -1e9, n: 1 }]) {
      const body = { model: 'bedrock/amazon.nova-micro-v1:0', messages: [{ role: 'user', content: 'x' }], ...more };
      await call(gateway, 'POST', '/v1/chat/completions', { key: tenant.apiKey, body });
      if (seen !== null) expect(Number((seen as { held_usd: string }).held_usd)).toBeGreaterThanOrEqual(0);
    }
    expect(seen).not.toBeNull();
    provider.does((asked, response) => sendJson(response, costlyAnswer(asked)));
  });

  it('pays the input of what was sent and not waited for, and says so', async () => {
    const tenant = await createTenant(gateway, '1');
    provider.does(() => undefined);
    for (const path of ['/v1/chat/completions', '/v1/responses', '/v1/messages', '/v1/completions']) {
      const before = Number((await balanceOf(tenant)).balance_usd);
      const content = 'word '.repeat(4000);
      const hello = [{ role: 'user', content }];
      const body = { model: 'gpt-4o-mini', messages: hello, input: content, prompt: content, max_tokens: 5 };
      const answer = await call(gateway, 'POST', path, {
        key: tenant.apiKey,
        body: path === '/v1/responses' ? { model: body.model, input: content } : body,
        headers: { 'x-keyway-timeout-ms': '300' },
      });
      expect([path, answer.status]).toEqual([path, 504]);
      const { balance_usd, held_usd } = await balanceOf(tenant);
      // 20,000 bytes are about 5000 tokens at 0.15 USD per million.
      expect(before - Number(balance_usd)).toBeGreaterThan(0.0007);
      expect(held_usd).toBe('0.0000000');
      const id = answer.headers.get('x-request-id');
      const { json: record } = await call(gateway, 'GET', `/v1/logs/${id}`, { key: tenant.apiKey });
      expect(Number(record.cost)).toBeCloseTo(before - Number(balance_usd), 6);
    }
    expect(provider.calls).toHaveLength(4);
    provider.does((asked, response) => sendJson(response, costlyAnswer(asked)));
  });

  it('is not charged for a provider that says itself that it ran out of time', async () => {
    const tenant = await createTenant(gateway, '1');
    provider.does((_asked, response) => sendJson(response, { error: { message: 'Timed out.' } }, 408));
    const body = { model: 'gpt-4o-mini', messages: [{ role: 'user', content: 'x'.repeat(20_000) }] };
    expect((await call(gateway, 'POST', '/v1/chat/completions', { key: tenant.apiKey, body })).status).toBe(504);
    expect((await balanceOf(tenant)).balance_usd).toBe('1.0000000');
  });
});
