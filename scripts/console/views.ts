import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import type { Tour } from './tour-gateway.ts';

/** An alarm that rings and one that does not, as the API tells them: a gateway on a desk has none. */
const alarms = {
  ...{ object: 'list', next_cursor: null, source: 'cloudwatch', problem: null },
  data: [
    {
      ...{ object: 'alarm', name: 'keyway-prod-ObservabilityBellsGatewayErrors3F0C1A2B-9XKQ', state: 'alarm' },
      says: 'more than 1 % of all requests fail by a fault of Keyway or its stores',
      since: new Date(Date.now() - 1_500_000).toISOString(),
      reason:
        'Threshold Crossed: 2 out of the last 3 datapoints [2.4 (26/11/26 01:20:00), 1.9 (26/11/26 01:15:00)] were greater than the threshold (1.0).',
      notifies: false,
      runbook: { chapter: 'Gateway errors', path: 'docs/runbook.md#gateway-errors' },
    },
    {
      ...{ object: 'alarm', name: 'keyway-prod-ObservabilityBellsThrottles0D5E6F70-1ABC', state: 'ok' },
      says: 'Lambda refuses more than 1 % of the invocations',
      since: new Date(Date.now() - 86_400_000 * 3).toISOString(),
      ...{ reason: '', notifies: false },
      runbook: { chapter: 'Throttles', path: 'docs/runbook.md#throttles' },
    },
  ],
};

type View = [name: string, hash: string, then?: (page: Page) => Promise<unknown>];

const press = (name: string) => (page: Page) => page.getByRole('button', { name }).first().click();
const ofWorkspaces: View[] = [
  ['keys', '#/keys'],
  ['add-key', '#/keys', press('Add key')],
  ['test-key', '#/keys', press('Test')],
  ['delete-key', '#/keys', press('Delete')],
  ['requests', '#/requests'],
  ['request', '#/requests', (page) => page.locator('.log-row', { hasText: 'was refused' }).first().click()],
  ['no-request', '#/requests?model=none'],
  ['usage', '#/usage'],
  ['playground', '#/playground'],
  ['api-keys', '#/api-keys'],
  ['create-api-key', '#/api-keys', press('Create key')],
];
const ofOperators: View[] = [
  ['workspaces', '#/workspaces'],
  ['workspace', '#/workspaces', (page) => page.getByRole('link', { name: 'Northwind' }).click()],
  ['failures', '#/failures'],
  ['alarms', '#/alarms'],
  ['credentials', '#/credentials'],
  ['prices', '#/prices'],
  ['set-price', '#/prices', press('Set a price')],
  ['changes', '#/changes'],
];

/** A picture of every view in `folder`, as `<view>-<theme>-<width>.png`. */
export async function takeViews(browser: Browser, tour: Tour, folder: string): Promise<void> {
  for (const width of [1280, 390])
    for (const colorScheme of ['light', 'dark'] as const)
      for (const [key, views] of [
        ['', [['sign-in', '']]],
        [tour.key, ofWorkspaces],
        [tour.adminToken, ofOperators],
      ] as [string, View[]][]) {
        const context = await browser.newContext({
          ...{ locale: 'en-US', viewport: { width, height: 860 }, colorScheme, reducedMotion: 'reduce' },
        });
        const page = await context.newPage();
        await page.route('**/v1/operator/alarms', (route) => route.fulfill({ json: alarms }));
        await page.goto(`${tour.url}/console`);
        if (key !== '') {
          await page.getByLabel('API key or admin token').fill(key);
          await page.getByRole('button', { name: 'Sign in' }).click();
          await page.getByRole('navigation').waitFor();
        }
        for (const [name, hash, then] of views) {
          // From elsewhere, so that a view which is open already is opened anew.
          if (hash !== '') await page.goto('about:blank').then(() => page.goto(`${tour.url}/console${hash}`));
          await page.waitForLoadState('networkidle');
          await then?.(page);
          await page.waitForTimeout(500);
          await page.screenshot({ path: join(folder, `${name}-${colorScheme}-${width}.png`), fullPage: true });
        }
        await context.close();
      }
}
