import { describe, expect, it } from 'vitest';
import { apiGatewayUsd } from '../../scripts/costs/prices.ts';
import { byok, eventFunctionLines, storeLines } from '../../scripts/costs/requests.ts';
import { monthOf } from '../../scripts/costs/shells.ts';
import { sum } from '../../scripts/costs/table.ts';
import { monthOfTenants } from '../../scripts/costs/tenants.ts';

const item = (lines: { item: string; usd: number }[], name: string) => lines.find((line) => line.item === name)?.usd;

describe('what npm run costs prints', () => {
  it('counts each tier of API Gateway', () => {
    expect(apiGatewayUsd(1)).toBe(3.5);
    expect(apiGatewayUsd(500)).toBeCloseTo(333 * 3.5 + 167 * 2.8);
    expect(apiGatewayUsd(2000)).toBeCloseTo(333 * 3.5 + 667 * 2.8 + 1000 * 2.38);
  });

  it('bills an event function for as long as an answer takes', () => {
    expect(item(eventFunctionLines(20), 'Lambda duration')).toBeCloseTo(133.33, 1);
    expect(item(eventFunctionLines(1), 'Lambda duration')).toBeCloseTo(6.67, 1);
  });

  it('says the same of a month as of a million requests', () => {
    // A hundred streams of 20 s at once are 13.14 million requests.
    const { lines } = monthOf('event', 100);
    for (const { item: name, usd } of [...eventFunctionLines(20), ...storeLines(byok)])
      expect(item(lines, name)).toBeCloseTo(usd * 13.14);
  });

  it('makes waiting ten times cheaper in the web server, from a hundred streams on', () => {
    for (const streams of [100, 10_000])
      for (const shell of ['container', 'web-function'] as const)
        expect(sum(monthOf(shell, streams).lines) / sum(monthOf('event', streams).lines)).toBeLessThanOrEqual(0.1);
  });

  it('tells the key stores apart by the price of a secret', () => {
    const secrets = (store: 'secrets-manager' | 'kms') => item(monthOfTenants(100_000, store).lines, 'secrets');
    expect(secrets('secrets-manager')).toBeCloseTo(40_000);
    expect(secrets('kms')).toBeLessThan(2);
  });
});
