import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { JsonObject } from '../../../functions/core/json.ts';
import { type FakeCloudWatch, since, startFakeCloudWatch } from '../../embedded/fake-cloudwatch.ts';
import { call, createTenant } from '../../embedded/workspace.ts';
import { type Gateway, type Stores, startGateway } from '../../embedded-gateway.ts';
import { owner, startStoresWithOperators, support } from './operators.ts';

const described = (says: string, chapter: string) => `Keyway: ${says}. docs/runbook.md, "${chapter}".`;
const sweep = {
  name: 'keyway-prod-ObservabilityBellsSweepNotRun1A2B',
  description: described('no run of the sweep has ended well for 15 minutes', 'The sweep has not run'),
  state: 'ALARM' as const,
  reason: 'Threshold Crossed: no datapoints were received for 3 periods.',
  actions: ['arn:aws:sns:eu-central-1:123456789012:bell'],
};

describe('the alarms', () => {
  let stores: Stores;
  let cloudWatch: FakeCloudWatch;
  let gateway: Gateway;
  const list = async (key = owner, at = gateway) =>
    (await call(at, 'GET', '/v1/operator/alarms', { key })).json as JsonObject & { data: JsonObject[] };

  beforeAll(async () => {
    [stores, cloudWatch] = await Promise.all([startStoresWithOperators(), startFakeCloudWatch()]);
    gateway = await startGateway(stores, {
      AWS_ENDPOINT_URL_CLOUDWATCH: cloudWatch.url,
      KEYWAY_ALARM_PREFIXES: 'keyway-prod-Observability,keyway-prod-Export',
    });
  });
  afterAll(async () => {
    await Promise.all([gateway.close(), cloudWatch.close()]);
    await stores.close();
  });
  beforeEach(() => {
    const quiet = ['A', 'B', 'C', 'D'].map((letter) => ({
      name: `keyway-prod-ObservabilityBells${letter}`,
      description: described(`${letter} is wrong`, 'Gateway errors'),
      state: 'OK' as const,
    }));
    const lagging = {
      name: 'keyway-prod-Exportlags',
      description: 'Keyway, takes a release back: it crashes. docs/runbook.md, "A release was taken back".',
      state: 'INSUFFICIENT_DATA' as const,
    };
    const others = { ...sweep, name: 'keyway-prod-2-ObservabilityBellsSweepNotRun' };
    cloudWatch.alarms = [...quiet, lagging, sweep, others];
    cloudWatch.asked = [];
    cloudWatch.refuse = null;
  });

  it('are those of this stack alone, on however many pages, and those that ring come first', async () => {
    const { data, source, problem, next_cursor } = await list();
    expect([source, problem, next_cursor]).toEqual(['cloudwatch', null, null]);
    expect(data[0]).toEqual({
      object: 'alarm',
      name: sweep.name,
      says: 'no run of the sweep has ended well for 15 minutes',
      state: 'alarm',
      since,
      reason: sweep.reason,
      notifies: true,
      runbook: { chapter: 'The sweep has not run', path: 'docs/runbook.md#the-sweep-has-not-run' },
    });
    expect(data[1]).toMatchObject({
      says: 'it crashes',
      state: 'insufficient_data',
      notifies: false,
      runbook: { path: 'docs/runbook.md#a-release-was-taken-back' },
    });
    expect(data.slice(2).map(({ state, says }) => [state, says])).toEqual(
      ['A', 'B', 'C', 'D'].map((letter) => ['ok', `${letter} is wrong`]),
    );
    expect(new Set(cloudWatch.asked.map(({ target }) => target))).toEqual(
      new Set(['GraniteServiceVersion20100801.DescribeAlarms']),
    );
  });

  it('that somebody described in words of their own are shown with them', async () => {
    cloudWatch.alarms = [{ ...sweep, description: 'mine' }];
    expect((await list()).data).toMatchObject([{ says: 'mine', runbook: null }]);
  });

  it.each([
    ['denied', 403, 'AccessDeniedException', 'cloudwatch:DescribeAlarms'],
    ['unreachable', 500, 'InternalServiceFault', 'AWS Health Dashboard'],
  ])(
    'that CloudWatch does not tell (%s) are no empty list that looks like silence',
    async (kind, status, type, hint) => {
      cloudWatch.refuse = { status, type };
      const { data, problem } = await list();
      expect(data).toEqual([]);
      expect(problem).toMatchObject({ kind, message: `CloudWatch: ${type}.`, hint: expect.stringContaining(hint) });
      expect(JSON.stringify(problem)).not.toContain('123456789012');
    },
  );

  it('of a gateway that has none are none, and it says so', async () => {
    const onADesk = await startGateway(stores);
    expect(await list(owner, onADesk)).toEqual({
      ...{ object: 'list', data: [], next_cursor: null },
      ...{ source: 'none', problem: null },
    });
    await onADesk.close();
  });

  it('of a CloudWatch that cannot be reached are unreachable', async () => {
    const cutOff = await startGateway(stores, {
      AWS_ENDPOINT_URL_CLOUDWATCH: 'http://127.0.0.1:9',
      KEYWAY_ALARM_PREFIXES: 'keyway-prod-Observability',
    });
    expect((await list(owner, cutOff)).problem).toMatchObject({ kind: 'unreachable' });
    await cutOff.close();
  });

  it('are for operators, of either role', async () => {
    expect((await list(support)).data).toHaveLength(6);
    const { apiKey } = await createTenant(gateway);
    for (const key of [apiKey, 'nobody']) {
      expect((await call(gateway, 'GET', '/v1/operator/alarms', { key })).status).toBe(401);
      expect((await call(gateway, 'GET', '/v1/operator/credentials', { key })).status).toBe(401);
    }
  });
});
