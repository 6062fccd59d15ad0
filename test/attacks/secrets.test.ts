import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { JsonObject } from '../../functions/core/json.ts';
import { findLeak, plant } from '../embedded/leaks.ts';
import {
  eventText,
  goodAnswer,
  type ScriptedCall,
  type ScriptedProvider,
  sendJson,
  startScriptedProvider,
} from '../embedded/scripted-provider.ts';
import { addKey, call, createTenant, type Tenant } from '../embedded/workspace.ts';
import { type Gateway, type Stores, startGateway, startStores } from '../embedded-gateway.ts';

const hello = [{ role: 'user', content: 'hello' }];
const doors: Record<string, JsonObject> = {
  '/v1/chat/completions': { messages: hello, max_tokens: 5 },
  '/v1/responses': { input: 'hello' },
  '/v1/messages': { messages: hello, max_tokens: 5 },
  '/v1/completions': { prompt: 'hello', max_tokens: 5 },
};
const spellings: [string, (secret: string) => string][] = [
  ['as it is', (secret) => secret],
  ['percent-encoded throughout', (secret) => Buffer.from(secret).toString('hex').replace(/../g, '%$&')],
  [
    'with \\u escapes',
    (secret) => [...secret].map((c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`).join(''),
  ],
  ['with HTML entities', (secret) => [...secret].map((c) => `&#x${c.charCodeAt(0).toString(16)};`).join('')],
  ['as hex with colons', (secret) => (Buffer.from(secret).toString('hex').match(/../g) ?? []).join(':')],
  ['in base64 twice', (secret) => Buffer.from(Buffer.from(secret).toString('base64')).toString('base64')],
  ['as a list of bytes', (secret) => JSON.stringify([...Buffer.from(secret)])],
  ['in upper case', (secret) => secret.toUpperCase()],
];

/** Whoever answers with what he was sent as authentication: the stored secret, or what was made of it. */
describe('authentication that a provider repeats', () => {
  let stores: Stores;
  let provider: ScriptedProvider;
  let gateway: Gateway;
  let tenant: Tenant;
  const token = `ya29.c.${randomBytes(60).toString('base64url')}`;
  const openaiKey = `sk-proj-${randomBytes(24).toString('base64url')}`;
  const sessionToken = randomBytes(120).toString('base64url');
  const secretsOf = (asked: ScriptedCall) =>
    asked.path.includes('/projects/') ? token : asked.path.startsWith('/model/') ? sessionToken : openaiKey;

  beforeAll(async () => {
    plant(token, openaiKey, sessionToken, token.toUpperCase(), openaiKey.toUpperCase(), sessionToken.toUpperCase());
    [stores, provider] = await Promise.all([startStores(), startScriptedProvider()]);
    const { url } = provider;
    gateway = await startGateway(stores, {
      OPENAI_BASE_URL: url,
      AWS_ENDPOINT_URL_BEDROCK_RUNTIME: url,
      VERTEX_BASE_URL: url,
      GOOGLE_TOKEN_URL: `${url}/token`,
    });
    tenant = await createTenant(gateway);
    const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    await addKey(gateway, tenant, openaiKey, { fallback_enabled: false });
    await addKey(
      gateway,
      tenant,
      {
        accessKeyId: 'ASIATESTTESTTESTTEST',
        secretAccessKey: randomBytes(30).toString('base64'),
        sessionToken,
        region: 'us-east-1',
      },
      { provider: 'bedrock', fallback_enabled: false },
    );
    const account = {
      type: 'service_account',
      project_id: 'a-project',
      private_key_id: '1'.repeat(40),
      private_key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
      client_email: 'someone@a-project.iam.gserviceaccount.com',
      client_id: '1',
    };
    await addKey(gateway, tenant, account, { provider: 'vertex', fallback_enabled: false });
  });
  afterAll(async () => {
    await Promise.all([gateway.close(), provider.close()]);
    await stores.close();
  });

  const models = [
    'openai/gpt-4o-mini',
    'bedrock/amazon.nova-lite-v1:0',
    'bedrock/us.anthropic.claude-sonnet-4-5-20250929-v1:0',
    'vertex/gemini-2.5-flash',
    'vertex/anthropic/claude-sonnet-4-5@20250929',
  ];
  const everywhere = Object.keys(doors).flatMap((door) => models.map((model) => [door, model] as const));

  const askAll = async (
    door: string,
    model: string,
    answers: (asked: ScriptedCall) => (response: import('node:http').ServerResponse) => void,
  ) => {
    provider.does((asked, response) => {
      if (asked.path.endsWith('/token'))
        return sendJson(response, { access_token: token, expires_in: 3600, token_type: 'Bearer' });
      return answers(asked)(response);
    });
    const texts: string[] = [];
    for (const stream of [false, true]) {
      const body = { model, stream, ...doors[door] };
      const answer = await call(gateway, 'POST', door, { key: tenant.apiKey, body });
      const id = answer.headers.get('x-request-id');
      const record = await call(gateway, 'GET', `/v1/logs/${id}`, { key: tenant.apiKey });
      texts.push(answer.text, JSON.stringify([...answer.headers]), record.text);
    }
    return [...texts, ...gateway.lines].map((text) => [findLeak(text), /ya29\.|\\u0079a29/i.test(text) ? text : null]);
  };

  it.each(everywhere)('reaches nobody through %s from %s in an error, however it is spelt', async (door, model) => {
    for (const [name, spell] of spellings) {
      const leaks = await askAll(door, model, (asked) => (response) => {
        const secret = secretsOf(asked);
        const message = `You sent ${spell(secret)} here`;
        sendJson(
          response,
          { message, error: { message, type: secret, code: secret, status: 'INVALID_ARGUMENT', param: secret } },
          400,
          {
            'x-request-id': secret,
            'request-id': secret,
            'x-amzn-requestid': secret,
            'x-amzn-errortype': 'ValidationException',
          },
        );
      });
      expect([name, leaks.flat().filter((leak) => leak !== null)]).toEqual([name, []]);
    }
  });

  it.each(everywhere)('reaches nobody through %s from %s in the ids of a good answer', async (door, model) => {
    const leaks = await askAll(door, model, (asked) => (response) => {
      const secret = secretsOf(asked);
      const good = { ...goodAnswer(asked), id: secret, responseId: secret };
      const headers = { 'x-request-id': secret, 'request-id': secret, 'x-amzn-requestid': secret };
      if (asked.body.stream !== true && !/stream/i.test(asked.path)) return sendJson(response, good, 200, headers);
      const chunk = (delta: object, finish_reason: string | null) => ({
        id: secret,
        object: 'chat.completion.chunk',
        created: 1,
        model: 'm',
        choices: [{ index: 0, delta, text: 'x', finish_reason }],
      });
      const message = { ...good, content: [], usage: { input_tokens: 1, output_tokens: 1 } };
      const events: object[] = asked.path.endsWith('/responses')
        ? ['response.created', 'response.completed'].map((type) => ({ type, response: good }))
        : asked.path.includes('generateContent')
          ? [good]
          : asked.path.includes('RawPredict')
            ? [
                { type: 'message_start', message },
                { type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } },
                { type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text: 'hi' } },
                { type: 'content_block_stop', index: 0 },
                { type: 'message_delta', delta: { stop_reason: 'end_turn' }, usage: { output_tokens: 1 } },
                { type: 'message_stop' },
              ]
            : [chunk({ content: 'hi' }, null), chunk({ content: 'ho' }, null), chunk({}, 'stop')];
      response.writeHead(200, { 'content-type': 'text/event-stream', ...headers });
      for (const event of events) response.write(eventText(event));
      response.end(asked.path.endsWith('/completions') ? 'data: [DONE]\n\n' : '');
    });
    expect(leaks.flat().filter((leak) => leak !== null)).toEqual([]);
  });
});
