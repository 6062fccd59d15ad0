import { AxeBuilder } from '@axe-core/playwright';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { expect } from 'vitest';

/** Patient: two busy cores may take long for what takes a moment. */
const patienceMs = 30_000;

type Theme = 'light' | 'dark';

export interface Visit {
  page: Page;
  /** Console messages, errors and violations of the content security policy, but for the browser's notes of refused calls. */
  said: string[];
  /** Every address that was asked. */
  asked: string[];
  /** Opens a view, signed in with a key. */
  open(hash: string, key: string): Promise<void>;
  /** Fails when axe finds anything, in light and dark unless `themes` says less. */
  isAccessible(where: string, themes?: readonly Theme[]): Promise<void>;
  /** Fails when a secret is anywhere that it may not be. */
  holdsNo(secret: string): Promise<void>;
  close(): Promise<void>;
}

/** A visitor with a browser profile of its own. */
export async function visit(browser: Browser, url: string, width = 1280): Promise<Visit> {
  const context = await browser.newContext({
    // A machine without a locale would give the browser one that no page knows.
    locale: 'en-US',
    viewport: { width, height: 860 },
    permissions: ['clipboard-read', 'clipboard-write'],
    reducedMotion: 'reduce',
  });
  context.setDefaultTimeout(patienceMs);
  const page = await context.newPage();
  const said: string[] = [];
  const asked: string[] = [];
  page.on('console', (message) => {
    if (!message.text().startsWith('Failed to load resource')) said.push(`${message.type()}: ${message.text()}`);
  });
  page.on('pageerror', (error) => said.push(`error: ${error.stack ?? error.message}`));
  page.on('request', (request) => asked.push(request.url()));
  await page.addInitScript(() => {
    addEventListener('securitypolicyviolation', (event) =>
      console.error(`policy: ${event.violatedDirective} ${event.blockedURI} ${event.sample}`),
    );
  });
  return {
    page,
    said,
    asked,
    async open(hash, key) {
      await page.goto(`${url}/console${hash}`);
      await signIn(page, key);
    },
    async isAccessible(where, themes = ['light', 'dark']) {
      const ids = await page.evaluate(() => [...document.querySelectorAll('[id]')].map(({ id }) => id));
      // A label would name the other one; axe looks at some of them alone.
      expect(
        ids.filter((id, index) => ids.indexOf(id) !== index),
        `${where}, ids that two have`,
      ).toEqual([]);
      for (const colorScheme of themes) {
        await page.emulateMedia({ colorScheme });
        const { violations } = await new AxeBuilder({ page }).setLegacyMode(true).analyze();
        const found = violations.map(
          ({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 200)).join(' | ')}`,
        );
        expect(found, `${where}, ${colorScheme}`).toEqual([]);
      }
    },
    holdsNo: (secret) => holdsNo(context, page, [...said, ...asked], secret),
    close: () => context.close(),
  };
}

export async function signIn(page: Page, key: string): Promise<void> {
  await page.getByLabel('API key or admin token').fill(key);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByRole('navigation').waitFor();
}

async function holdsNo(context: BrowserContext, page: Page, seen: string[], secret: string): Promise<void> {
  const places = await page.evaluate(() => ({
    document: document.documentElement.outerHTML,
    fields: [...document.querySelectorAll('input, textarea')]
      .map((field) => (field as HTMLInputElement).value)
      .join('\n'),
    address: location.href,
    storage: JSON.stringify([{ ...localStorage }, { ...sessionStorage }]),
    cookies: document.cookie,
  }));
  const all = { ...places, cookies: places.cookies + JSON.stringify(await context.cookies()), seen: seen.join('\n') };
  for (const [place, text] of Object.entries(all))
    expect(text.includes(secret), `the secret is in: ${place}`).toBe(false);
}
