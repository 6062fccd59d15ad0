import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { JsonObject } from '../../functions/core/json.ts';
import {
  simulatedApiKey,
  simulatedSecretAccessKey,
  simulatedShortTermKey,
} from '../../local/simulated/bedrock/credentials.ts';
import { startGateway, type TestGateway, type TestWorkspace } from './gateway.ts';

const chat = { model: 'openai/gpt-4o-mini', messages: [{ role: 'user', content: 'hello' }] };

describe('the rest of the API, as callers see it', () => {
  let gateway: TestGateway;
  let workspace: TestWorkspace;

  beforeAll(async () => {
    gateway = await startGateway();
    workspace = await gateway.workspace();
  });
  afterAll(() => gateway.close());

  describe('lists', () => {
    it.each(['/v1/provider-keys', '/v1/api-keys', '/v1/logs', '/v1/models'])(
      '%s comes in pages that hold everything once',
      async (path) => {
        for (let i = 0; i < 3; i++) {
          await workspace.call('POST', '/v1/api-keys', { scopes: ['inference'] });
          await workspace.call('POST', '/v1/chat/completions', chat);
        }
        const all = (await workspace.call('GET', `${path}?limit=100`)).body.data as JsonObject[];
        const seen: JsonObject[] = [];
        let cursor: unknown = null;
        do {
          const { status, body } = await workspace.call(
            'GET',
            `${path}?limit=2${cursor === null ? '' : `&cursor=${encodeURIComponent(String(cursor))}`}`,
          );
          expect([status, body.object]).toEqual([200, 'list']);
          seen.push(...(body.data as JsonObject[]));
          cursor = body.next_cursor;
        } while (cursor !== null && seen.length < all.length);
        expect(seen).toEqual(all);
      },
    );

    it.each([
      ['limit=0', 'limit'],
      ['limit=101', 'limit'],
      ['limit=many', 'limit'],
      ['cursor=garbage', 'cursor'],
      ['cursor=', 'cursor'],
      ['cursor=xx_01ARZ3NDEKTSV4RRFFQ69G5FAV', 'cursor'],
    ])('refuse %s', async (query, param) => {
      for (const path of ['/v1/provider-keys', '/v1/api-keys', '/v1/logs', '/v1/models'])
        expect(await workspace.call('GET', `${path}?${query}`), path).toMatchObject({
          status: 422,
          body: { error: { code: 'validation_error', param } },
        });
    });

    it('gives all models at once when nobody asks for pages, as OpenAI does', async () => {
      const { body } = await workspace.call('GET', '/v1/models');
      expect(body.next_cursor).toBeNull();
      expect((body.data as unknown[]).length).toBeGreaterThan(100);
    });
  });

  describe('times', () => {
    it('filter the log in every spelling of the same moment', async () => {
      const own = await gateway.workspace();
      await own.call('POST', '/v1/chat/completions', chat);
      const [{ at } = { at: '' }] = (await own.call('GET', '/v1/logs')).body.data as { at: string }[];
      const moment = Date.parse(at);
      const east = `${new Date(moment + 2 * 3_600_000).toISOString().slice(0, 23)}+02:00`;
      const counts = async (query: string) =>
        ((await own.call('GET', `/v1/logs?${query}`)).body.data as unknown[]).length;
      for (const same of [at, at.slice(0, 23), encodeURIComponent(east), east, at.slice(0, 10), `${at.slice(0, 16)}Z`])
        expect(await counts(`from=${same}`), same).toBe(1);
      expect(await counts(`to=${at.slice(0, 10)}`)).toBe(1);
      expect(await counts(`to=${at}`)).toBe(1);
      expect(await counts(`from=${new Date(moment + 1).toISOString()}`)).toBe(0);
      expect(await counts(`to=${new Date(moment - 1).toISOString()}`)).toBe(0);
      expect(await counts('from=2099-01-01T00:00:00Z')).toBe(0);
      expect(await counts('from=2030-01-01&to=2020-01-01')).toBe(0);
    });

    it('are refused when there is no such moment, and shown in UTC', async () => {
      for (const from of ['tomorrow', '1700000000', '2026-02-31T00:00:00Z', ''])
        expect(await workspace.call('GET', `/v1/logs?from=${from}`), from).toMatchObject({
          status: 422,
          body: { error: { param: 'from' } },
        });
      const { body } = await workspace.call('POST', '/v1/api-keys', {
        scopes: ['inference'],
        expires_at: '2099-06-01T01:30:00+02:00',
      });
      expect(body.expires_at).toBe('2099-05-31T23:30:00.000Z');
    });
  });

  describe('the region of a Bedrock key', () => {
    const pair = {
      accessKeyId: 'AKIASIMKEYWAYREGIONS',
      secretAccessKey: simulatedSecretAccessKey,
      region: 'eu-west-1',
    };
    const apiKey = simulatedApiKey();
    type Step = [change: JsonObject, region: string, source: string];

    it.each<[string, JsonObject, Step[]]>([
      [
        'the field, and back to the default',
        { credential: apiKey },
        [
          [{ region: 'us-west-2' }, 'us-west-2', 'field'],
          [{ label: 'same' }, 'us-west-2', 'field'],
          [{ region: null }, 'us-east-1', 'default'],
        ],
      ],
      [
        'the credential before the field',
        { credential: pair },
        [
          [{ region: 'us-west-2' }, 'eu-west-1', 'credential'],
          [{ credential: apiKey }, 'us-west-2', 'field'],
          [{ credential: { apiKey, region: 'ap-south-1' } }, 'ap-south-1', 'credential'],
          [{ region: null }, 'ap-south-1', 'credential'],
          [{ credential: apiKey }, 'us-east-1', 'default'],
        ],
      ],
      [
        'the short-term key before everything',
        { credential: apiKey, region: 'us-west-2' },
        [
          [{ credential: simulatedShortTermKey('sa-east-1', new Date()) }, 'sa-east-1', 'key'],
          [{ region: 'eu-north-1' }, 'sa-east-1', 'key'],
          [{ credential: apiKey }, 'eu-north-1', 'field'],
          [{ credential: pair, region: null }, 'eu-west-1', 'credential'],
          [{ credential: apiKey }, 'us-east-1', 'default'],
        ],
      ],
    ])('is %s, whatever was changed before', async (_, first, steps) => {
      const created = (await workspace.call('POST', '/v1/provider-keys', { provider: 'bedrock', ...first })).body;
      for (const [change, region, region_source] of steps) {
        const { status, body } = await workspace.call('PATCH', `/v1/provider-keys/${created.id}`, change);
        expect([status, body.region, body.region_source], JSON.stringify(change)).toEqual([200, region, region_source]);
      }
      await workspace.call('DELETE', `/v1/provider-keys/${created.id}`);
    });

    it('must be the name of one', async () => {
      for (const region of ['bad', 'us-east-1.example.com', 'us-east-1/..', ''])
        expect(
          await workspace.call('POST', '/v1/provider-keys', { provider: 'bedrock', credential: apiKey, region }),
        ).toMatchObject({
          status: 422,
          body: { error: { param: 'region' } },
        });
    });
  });

  it.each(['openai/gpt-4o-mini', 'bedrock/amazon.nova-lite-v1:0', 'vertex/gemini-2.5-flash'])(
    'refuses a body that is nested too deeply before it calls %s',
    async (model) => {
      gateway.calls.length = 0;
      const levels = 100_000;
      const body = JSON.stringify({ ...chat, model, metadata: 0 }).replace(
        '"metadata":0',
        `"metadata":${'['.repeat(levels)}${']'.repeat(levels)}`,
      );
      const answer = await fetch(`${gateway.url}/v1/chat/completions`, {
        method: 'POST',
        headers: { authorization: `Bearer ${workspace.key}` },
        body,
      });
      expect([answer.status, await answer.json()]).toMatchObject([400, { error: { code: 'invalid_request' } }]);
      expect(gateway.calls).toEqual([]);
    },
  );

  it.each([
    ['bedrock/amazon.nova-lite-v1:0', { temperature: 'hot' }, 'temperature', 'temperature'],
    ['bedrock/amazon.nova-lite-v1:0', { messages: [{ role: 'bob', content: 'x' }] }, 'messages.0.role', 'role'],
    ['vertex/gemini-2.5-flash', { messages: [{ role: 'bob', content: 'x' }] }, 'messages.0.role', 'role'],
    ['vertex/gemini-2.5-flash', { audio: {} }, 'audio', 'audio'],
  ])('says what %s cannot take, and why: %j', async (model, change, param, word) => {
    const { status, body } = await workspace.call('POST', '/v1/chat/completions', { ...chat, model, ...change });
    expect([status, body.error]).toMatchObject([400, { code: 'invalid_request', param }]);
    expect(String((body.error as JsonObject).message).replace(/^.*?does not take this request\./, '')).toContain(word);
  });
});
