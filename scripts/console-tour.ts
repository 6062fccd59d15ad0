import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { launchBrowser } from '../test/console/browser.ts';
import { Recording } from './console/recording.ts';
import { startTour, type Tour } from './console/tour-gateway.ts';

/** Makes the pictures and the recording of docs/console.md, on a gateway of its own with simulated providers: `npm run console:tour`. */
const pictures = join(import.meta.dirname, '../docs/console');
const tour = await startTour();
const browser = await launchBrowser();
try {
  await picture('keys.png', '#/keys', '.key');
  await picture('request.png', '#/requests', '.log-row', async (page) => {
    await page.locator('.log-row', { hasText: 'Next key served' }).first().click();
    await page.getByText('What was tried').waitFor();
  });
  await record(browser, tour);
} finally {
  await browser.close();
  await tour.close();
}
process.exit(0);

async function open(browser: Browser, tour: Tour, width: number, height: number): Promise<Page> {
  const context = await browser.newContext({
    locale: 'en-US',
    viewport: { width, height },
    colorScheme: 'light',
    reducedMotion: 'reduce',
  });
  const page = await context.newPage();
  await page.goto(`${tour.url}/console`);
  return page;
}

async function enter(page: Page, key: string): Promise<void> {
  await page.getByLabel('API key or admin token').fill(key);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByRole('navigation').waitFor();
}

async function picture(name: string, hash: string, shows: string, then?: (page: Page) => Promise<void>): Promise<void> {
  const page = await open(browser, tour, 1120, 720);
  await enter(page, tour.key);
  await page.goto(`${tour.url}/console${hash}`);
  await page.locator(shows).first().waitFor();
  await then?.(page);
  await page.screenshot({ path: join(pictures, name) });
  await page.context().close();
}

/** From "it fails" to "it works": sign in, see why, test, rotate, test again. */
async function record(browser: Browser, tour: Tour): Promise<void> {
  const page = await open(browser, tour, 900, 600);
  const recording = new Recording(page);
  await recording.shows(900);
  await enter(page, tour.key);
  await page.locator('.key').first().waitFor();
  await recording.shows(2000);
  await page.getByRole('link', { name: 'Requests', exact: true }).click();
  await page.locator('.log-row').first().waitFor();
  await recording.shows(1600);
  await page.locator('.log-row', { hasText: 'Next key served' }).first().click();
  await page.getByText('What was tried').waitFor();
  await recording.shows(3000);
  await page.getByRole('link', { name: 'Keys', exact: true }).click();
  const key = page.locator('.key').first();
  await key.getByRole('button', { name: 'Rotate' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Credential').fill('sk-proj-sim');
  await recording.shows(1600);
  await dialog.getByLabel('Credential').fill('sk-sim-new-key-of-the-tour');
  await dialog.getByRole('button', { name: 'Rotate' }).click();
  await dialog.getByText('The key is stored.').waitFor();
  await recording.shows(1200);
  await dialog.getByRole('button', { name: 'Test' }).click();
  await dialog.getByText('Verified').waitFor();
  await recording.shows(2200);
  await dialog.getByRole('button', { name: 'Close' }).first().click();
  await page.locator('.key').first().getByText('Working').waitFor();
  await recording.shows(2000);
  writeFileSync(join(pictures, 'recording.gif'), recording.gif());
}
