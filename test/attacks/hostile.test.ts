import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isObject, type JsonObject } from '../../functions/core/json.ts';
import {
  eventText,
  goodAnswer,
  type ScriptedProvider,
  sendEvents,
  sendJson,
  startScriptedProvider,
} from '../embedded/scripted-provider.ts';
import { addKey, call, createTenant, routeOf, type Tenant } from '../embedded/workspace.ts';
import { type Gateway, type Stores, startGateway, startStores } from '../embedded-gateway.ts';

const hello = [{ role: 'user', content: 'hello' }];
const bodies: Record<string, JsonObject> = {
  '/v1/chat/completions': { messages: hello, max_tokens: 5 },
  '/v1/responses': { input: 'hello' },
  '/v1/messages': { messages: hello, max_tokens: 5 },
  '/v1/completions': { prompt: 'hello', max_tokens: 5 },
};
const doors = Object.keys(bodies);
const models = [
  'openai/gpt-4o-mini',
  'bedrock/amazon.nova-lite-v1:0',
  'bedrock/us.anthropic.claude-sonnet-4-5-20250929-v1:0',
];
const everywhere = doors.flatMap((door) => models.map((model) => [door, model] as const));

describe('hostile callers and providers', () => {
  let stores: Stores;
  let provider: ScriptedProvider;
  let gateway: Gateway;
  let tenant: Tenant;

  beforeAll(async () => {
    [stores, provider] = await Promise.all([
      startStores({ openai: 'sk-proj-of-the-platform-000000', bedrock: { apiKey: 'ABSKplatformplatformplatform' } }),
      startScriptedProvider(),
    ]);
    gateway = await startGateway(stores, {
      OPENAI_BASE_URL: provider.url,
      AWS_ENDPOINT_URL_BEDROCK_RUNTIME: provider.url,
    });
    tenant = await createTenant(gateway, '1000');
  });
  afterAll(async () => {
    expect(gateway.lines.filter((line) => line.includes('unexpected_error'))).toEqual([]);
    await Promise.all([gateway.close(), provider.close()]);
    await stores.close();
  });

  /** JSON as text goes as it is: `JSON.stringify` has a stack, too. */
  const post = async (door: string, text: string, key = tenant.apiKey) => {
    const headers = { authorization: `Bearer ${key}`, 'content-type': 'application/json' };
    const response = await fetch(gateway.url + door, { method: 'POST', headers, body: text });
    return { status: response.status, headers: response.headers, text: await response.text() };
  };

  describe('a body that is nested', () => {
    const nested = (levels: number, open: string, close: string) => open.repeat(levels) + close.repeat(levels);
    const shapes: [string, (levels: number) => string][] = [
      ['lists', (levels) => nested(levels, '[', ']')],
      ['objects', (levels) => `${'{"content":'.repeat(levels)}1${'}'.repeat(levels)}`],
      ['contents', (levels) => `${'[{"type":"tool_result","content":'.repeat(levels)}"x"${'}]'.repeat(levels)}`],
      ['schemas', (levels) => `${'{"type":"object","properties":{"a":'.repeat(levels)}{}${'}}'.repeat(levels)}`],
      ['choices of schemas', (levels) => `${'{"anyOf":['.repeat(levels)}{}${']}'.repeat(levels)}`],
    ];
    const places: Record<string, ((deep: string) => string)[]> = {
      '/v1/chat/completions': [
        (deep) => `"messages":[{"role":"user","content":${deep}}]`,
        (deep) => `"messages":[{"role":"user","content":[{"type":"image_url","image_url":${deep}}]}]`,
        (deep) =>
          `"messages":[{"role":"user","content":"x"}],"tools":[{"type":"function","function":{"name":"f","parameters":${deep}}}]`,
        (deep) =>
          `"messages":[{"role":"user","content":"x"}],"response_format":{"type":"json_schema","json_schema":{"name":"n","strict":true,"schema":${deep}}}`,
        (deep) =>
          `"messages":[{"role":"assistant","content":"x","reasoning_details":${deep}},{"role":"user","content":"x"}]`,
        (deep) => `"messages":[{"role":"user","content":"x"}],"unknown":${deep}`,
      ],
      '/v1/responses': [
        (deep) => `"input":[{"role":"user","content":${deep}}]`,
        (deep) => `"input":[{"type":"function_call_output","call_id":"c","output":${deep}}]`,
        (deep) => `"input":"x","tools":[${deep}]`,
        (deep) => `"input":"x","tools":[{"type":"namespace","name":"n","tools":${deep}}]`,
        (deep) => `"input":"x","text":{"format":{"type":"json_schema","name":"n","schema":${deep}}}`,
        (deep) => `"input":"x","unknown":${deep}`,
      ],
      '/v1/messages': [
        (deep) => `"max_tokens":5,"messages":[{"role":"user","content":${deep}}]`,
        (deep) => `"max_tokens":5,"system":${deep},"messages":[{"role":"user","content":"x"}]`,
        (deep) =>
          `"max_tokens":5,"messages":[{"role":"user","content":"x"}],"tools":[{"name":"f","input_schema":${deep}}]`,
        (deep) =>
          `"max_tokens":5,"messages":[{"role":"assistant","content":[{"type":"tool_use","id":"t","name":"f","input":${deep}}]},{"role":"user","content":[{"type":"tool_result","tool_use_id":"t","content":${deep}}]}]`,
        (deep) => `"max_tokens":5,"messages":[{"role":"user","content":"x"}],"unknown":${deep}`,
      ],
      '/v1/completions': [(deep) => `"prompt":${deep}`, (deep) => `"prompt":"x","unknown":${deep}`],
    };
    const cells = doors.flatMap((door) => shapes.map(([name, shape]) => [door, name, shape] as const));

    it.each(cells)('through %s by %s breaks nothing', async (door, _name, shape) => {
      provider.does((asked, response) => sendJson(response, goodAnswer(asked)));
      for (const levels of [20, 480, 6000])
        for (const place of places[door] ?? [])
          for (const model of models) {
            const answer = await post(door, `{"model":"${model}",${place(shape(levels))}}`);
            expect([place('…'), `${levels} levels`, model, answer.status]).not.toContain(500);
            expect(answer.headers.get('x-request-id')).toMatch(/^req_/);
          }
    });
  });

  it.each(everywhere)('fields named like the insides of JavaScript change nothing: %s, %s', async (door, model) => {
    provider.does((asked, response) => sendJson(response, goodAnswer(asked)));
    for (const name of ['__proto__', 'constructor', 'prototype', 'toString', 'hasOwnProperty']) {
      const evil = `{"${name}":{"polluted":"yes","max_tokens":"x","type":"function"},"type":"object","properties":{"${name}":{"type":"string"}}}`;
      const base = JSON.stringify({ model, ...bodies[door] }).slice(0, -1);
      const texts = [
        `${base},"${name}":${evil}}`,
        `${base},"tools":[{"type":"function","name":"f","input_schema":${evil},"parameters":${evil},"function":{"name":"f","parameters":${evil}}}]}`,
        `${base},"metadata":${evil},"reasoning":${evil},"text":${evil},"response_format":{"type":"${name}"},"tool_choice":${evil}}`,
        `{"model":"${name}","messages":[{"role":"${name}","content":[{"type":"${name}","${name}":1}]}],"input":[{"type":"${name}"}],"prompt":"x","max_tokens":5}`,
      ];
      for (const text of texts) {
        const { status } = await post(door, text);
        expect([name, text.slice(0, 80), status]).not.toContain(500);
      }
    }
    expect(({} as JsonObject).polluted).toBeUndefined();
    expect(Object.keys(Object.prototype)).toEqual([]);
  });

  it('names with line breaks and other signs enter no header', async () => {
    provider.does((asked, response) => sendJson(response, goodAnswer(asked)));
    const evil = 'a\r\nx-injected: yes\u0000\u2028é,😀';
    for (const [door, body] of Object.entries(bodies))
      for (const model of models) {
        const more = {
          [evil]: 1,
          tools: [{ type: 'function', name: evil, function: { name: evil }, input_schema: {} }],
          ...(door !== '/v1/messages' && { user: evil }),
        };
        for (const named of [model, `${model}${evil}`]) {
          const answer = await call(gateway, 'POST', door, {
            key: tenant.apiKey,
            body: { model: named, ...body, ...more },
          });
          expect(answer.status).not.toBe(500);
          expect(answer.headers.get('x-injected')).toBeNull();
        }
      }
  });

  const chunk = (delta: object, finish_reason: string | null = null) => ({
    id: 'c',
    object: 'chat.completion.chunk',
    created: 1,
    model: 'm',
    choices: [{ index: 0, delta, text: 'x', finish_reason }],
  });
  const answer = { id: 'resp_1', object: 'response', status: 'completed', model: 'm', output: [] };
  const start = { type: 'response.created', sequence_number: 0, response: answer };
  const delta = {
    type: 'response.output_text.delta',
    sequence_number: 1,
    item_id: 'i',
    output_index: 0,
    content_index: 0,
    delta: 'x',
  };
  const completed = {
    type: 'response.completed',
    sequence_number: 2,
    response: { ...answer, usage: { input_tokens: 1, output_tokens: 1, total_tokens: 2 } },
  };
  const done = 'data: [DONE]\n\n';
  const error = { error: { message: 'late', type: 'server_error' } };
  const lateError = { type: 'error', code: 'server_error', message: 'late', sequence_number: 3 };
  const isResponses = (path: string) => path.endsWith('/responses');
  /** How a good stream ends, once, through each door. */
  const ends: Record<string, RegExp> = {
    '/v1/chat/completions': /data: \[DONE\]/g,
    '/v1/responses': /event: response\.completed/g,
    '/v1/messages': /event: message_stop/g,
    '/v1/completions': /data: \[DONE\]/g,
  };
  const countEnds = (door: string, text: string) => text.match(ends[door] ?? /$/g)?.length ?? 0;

  describe.each(doors)('a stream through %s', (door) => {
    const read = async (events: (isOpenAiResponses: boolean) => (object | string)[]) => {
      provider.does((asked, response) => sendEvents(response, events(isResponses(asked.path))));
      const body = { model: 'openai/gpt-4o-mini', stream: true, ...bodies[door] };
      return call(gateway, 'POST', door, { key: tenant.apiKey, body });
    };

    it.each<[string, (responses: boolean) => (object | string)[]]>([
      [
        'content after its end',
        (r) =>
          r
            ? [start, delta, completed, delta, delta]
            : [chunk({ content: 'a' }), chunk({}, 'stop'), done, chunk({ content: 'LATE' })],
      ],
      [
        'two ends',
        (r) => (r ? [start, delta, completed, completed] : [chunk({ content: 'a' }), chunk({}, 'stop'), done, done]),
      ],
      [
        'an error after its end',
        (r) => (r ? [start, delta, completed, lateError] : [chunk({ content: 'a' }), chunk({}, 'stop'), done, error]),
      ],
      [
        'two finishes',
        (r) =>
          r ? [start, delta, completed] : [chunk({ content: 'a' }), chunk({}, 'stop'), chunk({}, 'length'), done],
      ],
    ])('that has %s ends once and well', async (_name, events) => {
      const { status, text } = await read(events);
      expect([status, countEnds(door, text)]).toEqual([200, 1]);
      expect(text).not.toMatch(/LATE|late/);
    });

    it.each<[string, (responses: boolean) => (object | string)[]]>([
      ['no end', (r) => (r ? [start, delta] : [chunk({ content: 'a' })])],
      [
        'an error in the middle',
        (r) => (r ? [start, delta, lateError, completed] : [chunk({ content: 'a' }), error, chunk({}, 'stop'), done]),
      ],
      [
        'an event that is no JSON',
        (r) =>
          r
            ? [start, delta, 'data: {"type":\n\n', completed]
            : [chunk({ content: 'a' }), 'data: {"id":\n\n', chunk({}, 'stop'), done],
      ],
    ])('that has %s never looks complete', async (_name, events) => {
      const { status, text } = await read(events);
      expect([status, countEnds(door, text)]).toEqual([200, 0]);
      expect(text).toContain('error');
    });

    it('of bytes that are no text, of one huge event, or of 10,000 calls of tools goes through in time', async () => {
      const calls = Array.from({ length: 10_000 }, (_, index) =>
        chunk({ tool_calls: [{ index, id: `t${index}`, type: 'function', function: { name: 'f', arguments: '{}' } }] }),
      );
      const huge = 'x'.repeat(3_000_000);
      const started = performance.now();
      const results = [
        await read((r) =>
          r ? [start, { ...delta, delta: huge }, completed] : [chunk({ content: huge }), chunk({}, 'stop'), done],
        ),
        await read((r) =>
          r ? [start, delta, completed] : [chunk({ content: 'a' }), ...calls, chunk({}, 'tool_calls'), done],
        ),
      ];
      provider.does((asked, response) => {
        response.writeHead(200, { 'content-type': 'text/event-stream' });
        response.write(Buffer.from([0xff, 0xfe, 0xc3, 0x28, 0x0a, 0x0a]));
        for (const event of isResponses(asked.path)
          ? [start, delta, completed]
          : [chunk({ content: 'a' }), chunk({}, 'stop')])
          response.write(eventText(event));
        response.end(isResponses(asked.path) ? '' : done);
      });
      const body = { model: 'openai/gpt-4o-mini', stream: true, ...bodies[door] };
      results.push(await call(gateway, 'POST', door, { key: tenant.apiKey, body }));
      for (const { status, text } of results) expect([status, countEnds(door, text)]).toEqual([200, 1]);
      expect(performance.now() - started).toBeLessThan(20_000);
    });
  });

  it('two thousand requests of many workspaces through all doors never meet', async () => {
    provider.does((asked, response) => {
      const said = `${String(asked.headers.authorization).slice(-8)} ${/secret-of-\w+/.exec(asked.text)?.[0]}`;
      const good = goodAnswer(asked);
      const [choice] = Array.isArray(good.choices) ? good.choices : [];
      if (isObject(choice))
        Object.assign(choice, 'text' in choice ? { text: said } : { message: { role: 'assistant', content: said } });
      const [item] = Array.isArray(good.output) ? good.output : [];
      if (isObject(item)) item.content = [{ type: 'output_text', text: said, annotations: [] }];
      setTimeout(() => sendJson(response, good), Math.random() * 5);
    });
    const tenants = await Promise.all(
      Array.from({ length: 8 }, async (_, i) => {
        const own = await createTenant(gateway);
        await addKey(gateway, own, `sk-proj-0123456789abcdef-000${i}end${i}`, { fallback_enabled: false });
        return { ...own, tail: `000${i}end${i}`, word: `secret-of-${i}` };
      }),
    );
    const one = async (n: number) => {
      const own = tenants[n % tenants.length];
      const door = doors[(n >> 3) % doors.length];
      if (own === undefined || door === undefined) throw new Error('none');
      const said = [{ role: 'user', content: own.word }];
      const body = { model: 'openai/gpt-4o-mini', messages: said, input: own.word, prompt: own.word, max_tokens: 5 };
      const sent = door === '/v1/responses' ? { model: body.model, input: own.word } : body;
      const { status, text } = await post(door, JSON.stringify(sent), own.apiKey);
      return status === 200 && text.includes(`${own.tail} ${own.word}`) && text.match(/secret-of-\w+/g)?.length === 1;
    };
    let next = 0;
    let wrong = 0;
    const worker = async () => {
      while (next < 2000) if (!(await one(next++))) wrong++;
    };
    await Promise.all(Array.from({ length: 32 }, worker));
    expect(wrong).toBe(0);
  }, 400_000);

  it('an exclusive key keeps the platform off through every door, however the model is spelt', async () => {
    provider.does((_asked, response) => sendJson(response, { error: { message: 'down' }, message: 'down' }, 500));
    const cases: [string, unknown, string[], string[]][] = [
      [
        'openai',
        'sk-proj-own-own-own-own-own-0',
        ['gpt-4o-mini'],
        [
          'gpt-4o-mini',
          'openai/gpt-4o-mini',
          'openai/gpt-4o-mini-2024-07-18',
          'gpt-4o-mini-2024-07-18',
          'GPT-4o-mini',
          'openai/GPT-4O-MINI',
          ' gpt-4o-mini',
        ],
      ],
      [
        'bedrock',
        { apiKey: 'ABSKQmVkcm9ja0FQSUtleS1vd24tYXQtMDAwMDAwMDAwMDAwOm93bi1vd24tb3duLW93bi1vd24tb3duLW93bg==' },
        ['amazon.nova-lite-v1:0'],
        [
          'bedrock/amazon.nova-lite-v1:0',
          'bedrock/us.amazon.nova-lite-v1:0',
          'bedrock/amazon.nova-lite',
          'amazon/nova-lite-v1',
          'amazon/nova-lite',
          'bedrock/arn:aws:bedrock:us-east-1::foundation-model/amazon.nova-lite-v1:0',
          'bedrock/Amazon.Nova-Lite-v1:0',
        ],
      ],
      [
        'bedrock',
        { apiKey: 'ABSKQmVkcm9ja0FQSUtleS1vd24tYXQtMDAwMDAwMDAwMDAwOm93bi1vd24tb3duLW93bi1vd24tb3duLW93bg==' },
        ['claude-sonnet-4-5'],
        [
          'bedrock/us.anthropic.claude-sonnet-4-5-20250929-v1:0',
          'bedrock/global.anthropic.claude-sonnet-4-5-20250929-v1:0',
          'bedrock/anthropic.claude-sonnet-4-5-20250929-v1:0',
          'claude-sonnet-4-5',
          'claude-sonnet-4-5-20250929',
          'claude-sonnet-4-5-latest',
          'anthropic/claude-sonnet-4-5',
          'anthropic/claude-sonnet-4.5',
        ],
      ],
    ];
    for (const [name, credential, filter, spellings] of cases) {
      const own = await createTenant(gateway);
      await addKey(gateway, own, credential, { provider: name, models: filter, fallback_enabled: false });
      for (const model of spellings)
        for (const [door, body] of Object.entries(bodies))
          for (const choice of ['byok-first', 'platform-only']) {
            const headers = { 'x-keyway-credentials': choice };
            const before = await call(gateway, 'POST', door, { key: own.apiKey, body: { model, ...body }, headers });
            expect([model, door, routeOf(before)?.includes('platform=500') ?? false]).toEqual([model, door, false]);
            expect(before.status).not.toBe(200);
          }
    }
    expect(provider.calls.filter((asked) => /platform/.test(String(asked.headers.authorization)))).toEqual([]);
  }, 120_000);
});
