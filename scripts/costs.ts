import { assumption } from './costs/assumptions.ts';
import { apiGatewayUsd, prices } from './costs/prices.ts';
import { byok, countedAnswers, eventFunctionLines, type Features, storeLines } from './costs/requests.ts';
import { computeOf, monthOf, type ShellName } from './costs/shells.ts';
import { type Line, printTable, sum } from './costs/table.ts';
import { monthOfTenants } from './costs/tenants.ts';

/**
 * What the gateway costs in AWS: a million requests, a month of streams by shell, tenants by key store, and being seen. Prices are data
 * (costs/prices.ts); `npm run costs -- --requests-per-secret 1000000 --bytes 4000` and so on for other assumptions (costs/assumptions.ts).
 */

const aMillion = (seconds: number, features: Features): Line[] => [
  ...eventFunctionLines(seconds),
  { item: 'API Gateway', usd: apiGatewayUsd(countedAnswers()) },
  ...storeLines(features),
];
printTable('USD for a million requests to event functions', [
  { title: 'BYOK 1 s', lines: aMillion(1, byok) },
  { title: 'BYOK 20 s', lines: aMillion(20, byok) },
  { title: 'platform 1 s', lines: aMillion(1, { ...byok, platform: true }) },
  { title: 'platform 20 s', lines: aMillion(20, { ...byok, platform: true }) },
  { title: 'BYOK 1 s, all features', lines: aMillion(1, { platform: false, limits: true, fee: true, exports: true }) },
]);

const shells: ShellName[] = ['event', 'container', 'web-function'];
for (const streams of [1, 100, 10_000]) {
  const columns = shells.map((shell) => monthOf(shell, streams));
  const seconds = assumption('stream-seconds');
  printTable(`USD a month for ${streams.toLocaleString('en-US')} streams at once of ${seconds} s, BYOK`, columns);
  const millions = (streams * 730 * 3600) / seconds / 1e6;
  const ratio = (shell: ShellName) => {
    const all = sum(monthOf(shell, streams).lines) / sum(monthOf('event', streams).lines);
    const alone = sum(computeOf(shell, streams, millions)) / sum(computeOf('event', streams, millions));
    return `${shell}/event ${alone.toFixed(3)} (with all that is the same in each shell: ${all.toFixed(3)})`;
  };
  console.log(`\n${ratio('container')}; ${ratio('web-function')}`);
}

for (const tenants of [10, 1000, 100_000])
  printTable(`USD a month for ${tenants.toLocaleString('en-US')} tenants, beside their requests`, [
    monthOfTenants(tenants, 'secrets-manager'),
    monthOfTenants(tenants, 'kms'),
  ]);

/** test/lib/observability.test.ts counts them in the stack. */
const observed = { alarmMetrics: 68, dashboards: 1, insightRules: 4 };
const monthly: Line[] = [
  { item: `${assumption('metrics')} series of metrics`, usd: assumption('metrics') * prices.metric },
  { item: `${observed.alarmMetrics} metrics in alarms`, usd: observed.alarmMetrics * prices.alarmMetric },
  { item: 'dashboard', usd: observed.dashboards * prices.dashboard },
  { item: 'counts by workspace', usd: observed.insightRules * prices.insightRule },
];
printTable('USD a month to be seen, whatever the traffic', [{ title: '', lines: monthly }]);
