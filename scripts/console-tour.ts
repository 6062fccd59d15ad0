import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { launchBrowser } from '../test/console/browser.ts';
import { startRecording } from './console/recording.ts';
import { startTour, type Tour } from './console/tour-gateway.ts';
import { takeViews } from './console/views.ts';

/**
 * Makes the pictures and the recording of docs/console.md, on a gateway of its own with simulated providers: `npm run console:tour`.
 * With a folder (`npm run console:tour -- <folder>`) it takes a picture of every view instead, light and dark, wide and narrow, for whoever
 * has changed one.
 */
const pictures = join(import.meta.dirname, '../docs/console');
const folder = process.argv[2];
const tour = await startTour();
const browser = await launchBrowser();
try {
  if (folder !== undefined) {
    mkdirSync(folder, { recursive: true });
    await takeViews(browser, tour, folder);
  } else {
    await picture('keys.png', '#/keys', '.key', (page) => page.getByText('served instead').waitFor());
    await picture('request.png', '#/requests', '.log-row', async (page) => {
      await page.locator('.log-row', { hasText: 'was refused' }).last().click();
      await page.getByText('What was tried').waitFor();
    });
    await record(browser, tour);
  }
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

/** From "it fails" to "it works" within a minute: sign in, see which key fails and why, look at a request, rotate the key, test it. */
async function record(browser: Browser, tour: Tour): Promise<void> {
  const page = await open(browser, tour, 900, 600);
  const recording = await startRecording(page);
  const typed = (label: string, text: string) =>
    page.getByRole('textbox', { name: label }).pressSequentially(text, { delay: 25 });
  const look = (ms: number) => page.waitForTimeout(ms);
  await look(800);
  await typed('API key or admin token', tour.key);
  await look(400);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.locator('.key').first().waitFor();
  await look(2600);
  await page.getByRole('link', { name: 'Requests', exact: true }).click();
  await page.locator('.log-row').first().waitFor();
  await look(1800);
  await page.locator('.log-row', { hasText: 'was refused' }).last().click();
  await page.getByText('What was tried').waitFor();
  await look(2600);
  for (let i = 0; i < 6; i++) {
    await page.mouse.wheel(0, 45);
    await look(60);
  }
  await look(2200);
  await page.getByRole('link', { name: 'Keys', exact: true }).click();
  await page.locator('.key').first().getByRole('button', { name: 'Rotate' }).click();
  await look(900);
  await typed('Credential', 'sk-sim-new-key-of-the-tour');
  await look(900);
  const dialog = page.getByRole('dialog');
  await dialog.getByRole('button', { name: 'Rotate' }).click();
  await dialog.getByText('The key is stored.').waitFor();
  await look(1400);
  await dialog.getByRole('button', { name: 'Test' }).click();
  await dialog.getByText('Verified').waitFor();
  await look(2400);
  await dialog.getByRole('button', { name: 'Close' }).first().click();
  await page.locator('.key').first().getByText('Working').waitFor();
  await look(2000);
  const gif = await recording.stop();
  writeFileSync(join(pictures, 'recording.gif'), gif);
  console.log(`recording.gif  ${(gif.length / 1024).toFixed(0)} KB`);
}
