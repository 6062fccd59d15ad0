import { createServer } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseJson } from '../../../functions/core/json.ts';
import { readEnvironment } from '../../../functions/environment.ts';
import { reserveConcurrency } from '../../../functions/gateway/sweep/reserve-concurrency.ts';
import { createFunctionConcurrency, createLambda } from '../../../functions/stores/function-concurrency.ts';
import { type Listening, listen, readBody } from '../../../local/listening.ts';

/** What Lambda knows: docs.aws.amazon.com/lambda/latest/api/API_PutFunctionConcurrency.html and its neighbours. */
let account: { limit: number; reserved: Record<string, number> };
let server: Listening;
beforeAll(async () => {
  server = await listen(
    createServer(async (request, response) => {
      const answer = (status: number, body: object) =>
        response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
      const unreserved = account.limit - Object.values(account.reserved).reduce((sum, each) => sum + each, 0);
      const [, name = ''] = /functions\/([^/]+)\/concurrency/.exec(request.url ?? '') ?? [];
      if (request.url?.includes('account-settings'))
        return answer(200, {
          AccountLimit: { ConcurrentExecutions: account.limit, UnreservedConcurrentExecutions: unreserved },
        });
      if (request.method === 'GET')
        return answer(200, name in account.reserved ? { ReservedConcurrentExecutions: account.reserved[name] } : {});
      const { ReservedConcurrentExecutions: wanted } = parseJson(String(await readBody(request))) as Record<
        string,
        number
      >;
      if (wanted === undefined || unreserved - wanted < Math.min(100, account.limit))
        return answer(400, {
          Type: 'User',
          message: 'decreases the UnreservedConcurrentExecution below its minimum value',
        });
      account.reserved[name] = wanted;
      return answer(200, { ReservedConcurrentExecutions: wanted });
    }),
  );
});
afterAll(() => server.close());

const run = () => {
  const client = createLambda({
    endpoint: server.url,
    region: 'us-east-1',
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
  });
  return reserveConcurrency({
    concurrency: createFunctionConcurrency(client),
    managementFunctions: readEnvironment({ KEYWAY_MANAGEMENT_FUNCTIONS: 'operator=5, keys=10,workspace=50' })
      .managementFunctions,
  });
};

describe('concurrency for the functions that manage', () => {
  it('is reserved once where the account has room', async () => {
    account = { limit: 1000, reserved: { other: 100 } };
    expect(await run()).toEqual({ reserved: 3, missing: 0 });
    expect(account.reserved).toEqual({ other: 100, operator: 5, keys: 10, workspace: 50 });
    expect(await run()).toEqual({ reserved: 3, missing: 0 });
  });

  it.each([10, 50, 100, 104])(
    'is not asked for in an account with %i executions, and comes with a higher quota',
    async (limit) => {
      account = { limit, reserved: {} };
      expect(await run()).toEqual({ reserved: 0, missing: 3 });
      account.limit = 1000;
      expect(await run()).toEqual({ reserved: 3, missing: 0 });
    },
  );

  it('is as much as there is room for', async () => {
    account = { limit: 120, reserved: {} };
    expect(await run()).toEqual({ reserved: 2, missing: 1 });
    expect(account.reserved).toEqual({ operator: 5, keys: 10 });
  });

  it('stays as an operator has set it', async () => {
    account = { limit: 1000, reserved: { operator: 1 } };
    expect(await run()).toEqual({ reserved: 3, missing: 0 });
    expect(account.reserved.operator).toBe(1);
  });

  it('is wanted of nothing that makes no sense', () => {
    for (const text of ['operator', 'operator=0', '=5', 'operator=many'])
      expect(() => readEnvironment({ KEYWAY_MANAGEMENT_FUNCTIONS: text })).toThrow('must list functions');
    expect(readEnvironment({}).managementFunctions).toEqual([]);
  });
});
