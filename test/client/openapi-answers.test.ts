import { Ajv2020 } from 'ajv/dist/2020.js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { endpoints, type Operation } from '../../functions/endpoints.ts';
import { openApiDocument } from '../../functions/http/openapi.ts';
import { adminToken, startGateway, type TestGateway } from './gateway.ts';

type Path = Record<
  string,
  { operationId: Operation; responses: Record<string, { content?: Record<string, unknown> }> }
>;
const document = openApiDocument() as { paths: Record<string, Path>; components: unknown };
const ajv = new Ajv2020({ strict: false, allErrors: true }).addSchema(
  { $id: 'keyway', components: document.components },
  'keyway',
);

const chat = { model: 'openai/gpt-4o-mini', messages: [{ role: 'user', content: 'hello' }] };

/** One call of the API, and the answer that the document promises for it. */
interface Answered {
  operation: Operation;
  status: number;
  text: string;
}

describe('what the OpenAPI document says of answers', () => {
  let gateway: TestGateway;
  let key: string;
  const answered: Answered[] = [];

  const call = async (operation: Operation, params: string[] = [], body?: unknown, bearer = key) => {
    const endpoint = endpoints.find((each) => each.operation === operation);
    if (endpoint === undefined) throw new Error(`No endpoint ${operation}`);
    const rest = [...params];
    const path = endpoint.path.replace(/\{\w+\+?\}/g, () => rest.shift() ?? '');
    const response = await fetch(gateway.url + path + (rest[0] ?? ''), {
      method: endpoint.method,
      headers: { authorization: `Bearer ${bearer}`, 'content-type': 'application/json' },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    answered.push({ operation, status: response.status, text });
    return (text === '' ? {} : JSON.parse(text)) as Record<string, unknown>;
  };

  beforeAll(async () => {
    gateway = await startGateway();
    const workspace = await call('createWorkspace', [], { name: 'a tenant', credit_usd: '5' }, adminToken);
    key = (workspace.api_key as { key: string }).key;
    const good = await call('createProviderKey', [], { provider: 'openai', credential: 'sk-sim-tenant', label: 'own' });
    const bad = await call('createProviderKey', [], { provider: 'openai', credential: 'sk-sim-revoked', priority: -1 });
    const fields = { label: null, models: ['gpt-*'], fallback_on: ['credential'], fallback_cap_day_usd: '1' };
    await call('updateProviderKey', [String(bad.id)], fields);
    for (const id of [good.id, bad.id]) await call('testProviderKey', [String(id)], {});
    await call('createChatCompletion', [], chat);
    await call('createCompletion', [], { model: 'openai/gpt-3.5-turbo-instruct', prompt: 'hello' });
    await call('createResponse', [], { model: chat.model, input: 'hello' });
    await call('createMessage', [], { ...chat, max_tokens: 20 });
    await call('countMessageTokens', [], chat);
    await call('createEmbeddings', [], { model: 'openai/text-embedding-3-small', input: 'hello' });
    await call('createEmbeddings', [], { model: 'none/at-all', input: 'hello' });
    await call('getProviderKey', [String(bad.id)]);
    await call('listProviderKeys');
    const apiKey = await call('createApiKey', [], { scopes: ['inference'], requests_per_day: 5, models: ['gpt-*'] });
    await call('updateApiKey', [String(apiKey.id)], { name: 'phone', spend_total_usd: '2' });
    const successor = await call('rotateApiKey', [String(apiKey.id)], { overlap_seconds: 60 });
    await call('deleteApiKey', [String(successor.id)]);
    await call('listApiKeys');
    await call('listModels');
    await call('getModel', ['gpt-4o-mini']);
    await call('getModel', ['openai/not-in-the-catalogue']);
    await call('listProviders');
    const logs = await call('listLogs');
    await call('getLog', [String((logs.data as { request_id: string }[])[0]?.request_id)]);
    await call('getUsage');
    await call('getBalance');
    await call('deleteProviderKey', [String(bad.id)]);
    await call('updateWorkspace', [String(workspace.id)], { fallback_cap_month_usd: '9' }, adminToken);
    await call('addCredits', [String(workspace.id)], { amount_usd: '1', idempotency_key: 'once' }, adminToken);
    await call('listWorkspaces', [], undefined, adminToken);
    await call('getWorkspace', [String(workspace.id)], undefined, adminToken);
    await call('listWorkspaceProviderKeys', [String(workspace.id)], undefined, adminToken);
    await call('getOperator', [], undefined, adminToken);
    await call('createChatCompletion', [], { ...chat, model: 'anthropic/claude-haiku-4-5' });
    await call('listPlatformCredentials', [], undefined, adminToken);
    await call('listAlarms', [], undefined, adminToken);
    await call('listAudit', [], undefined, adminToken);
    await call('listAudit');
    await call('listLogs', [], undefined, adminToken);
    await call('getUsage', [], undefined, adminToken);
    const rates = { input_usd_per_million: '1', output_usd_per_million: '2' };
    const tiers = [{ above_tokens: 100, ...rates }];
    await call('setPrice', ['openai/gpt-4o-mini'], { ...rates, tiers }, adminToken);
    await call('setPrice', ['openai/gpt-4o'], { served: false }, adminToken);
    await call('listPrices', [], undefined, adminToken);
    await call('deletePrice', ['openai/gpt-4o'], undefined, adminToken);
    await call('getHealth');
    await call('getOpenApi');
  });
  afterAll(() => gateway.close());

  it.each(endpoints.filter(({ entry }) => entry !== 'console').map(({ operation }) => operation))(
    'is true of %s',
    (operation) => {
      const promised = promisedFor(operation);
      const answers = answered.filter((each) => each.operation === operation);
      expect(
        answers.some(({ status }) => status < 300),
        JSON.stringify(answers),
      ).toBe(true);
      for (const { status, text } of answers) {
        const answer = promised[String(status)] ?? promised.default;
        expect(answer === promised.default, `${status} ${text}`).toBe(status >= 400);
        const pointer = refOf(answer?.content?.['application/json']);
        if (pointer === null) {
          expect(text).toBe('');
          continue;
        }
        const validate = ajv.compile({ $ref: `keyway${pointer}` });
        expect(validate(JSON.parse(text)), `${ajv.errorsText(validate.errors)} in ${text.slice(0, 2000)}`).toBe(true);
      }
    },
  );
});

function promisedFor(operation: Operation) {
  const methods = Object.values(document.paths).flatMap((path) => Object.values(path));
  return methods.find(({ operationId }) => operationId === operation)?.responses ?? {};
}

function refOf(content: unknown): string | null {
  return content === undefined ? null : (content as { schema: { $ref: string } }).schema.$ref;
}
