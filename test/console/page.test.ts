import { readFileSync } from 'node:fs';
import { createServer, request as httpRequest } from 'node:http';
import type { Browser } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { listen } from '../../local/listening.ts';
import { simulatedShortTermKey } from '../../local/simulated/bedrock/credentials.ts';
import { simulatedServiceAccount } from '../../local/simulated/vertex/server.ts';
import { adminToken, startGateway, type TestGateway, type TestWorkspace } from '../client/gateway.ts';
import { launchBrowser } from './browser.ts';
import { signIn, type Visit, visit } from './visit.ts';

const chat = { model: 'openai/gpt-4o-mini', messages: [{ role: 'user', content: 'hello' }] };
const ofOperators = ['workspaces', 'failures', 'alarms', 'credentials', 'prices', 'changes'];
const ofWorkspaces = ['keys', 'requests', 'usage', 'playground', 'api-keys'];

// A browser on a machine that is busy otherwise misses a click now and then; what is wrong fails twice.
describe('the page', { timeout: 120_000, retry: 1 }, () => {
  let gateway: TestGateway;
  let browser: Browser;
  let workspace: TestWorkspace;
  let visitor: Visit;

  beforeAll(async () => {
    const customServers = { KEYWAY_CUSTOM_HOSTS: '127.0.0.1', KEYWAY_CUSTOM_HTTP: '1' };
    [gateway, browser] = await Promise.all([startGateway(customServers), launchBrowser()]);
  }, 300_000);
  afterAll(async () => {
    await browser.close();
    await gateway.close();
  });
  beforeEach(async () => {
    workspace = await gateway.workspace({ keys: {}, credit: '10' });
    visitor = await visit(browser, gateway.url);
  });
  afterEach(async () => {
    const { said, asked } = visitor;
    await visitor.close();
    expect(said).toEqual([]);
    // Nothing is asked of anybody else, and no key is part of an address.
    expect(asked.filter((url) => !url.startsWith(gateway.url) && !url.startsWith('blob:'))).toEqual([]);
    expect(asked.filter((url) => url.includes('kw_'))).toEqual([]);
  });

  const store = async (credential: unknown, more: object = {}) => {
    const { status, body } = await workspace.call('POST', '/v1/provider-keys', {
      provider: 'openai',
      credential,
      ...more,
    });
    expect(status).toBe(201);
    return String(body.id);
  };
  const keysInOrder = async () => {
    const list = (await workspace.call('GET', '/v1/provider-keys?limit=100')).body.data as {
      label: string;
      priority: number;
    }[];
    return list.sort((a, b) => a.priority - b.priority).map(({ label }) => label);
  };

  describe('signing in', () => {
    it('says why a key opens nothing, keeps the good one in this tab alone, and forgets it on leaving', async () => {
      const { page } = visitor;
      await page.goto(`${gateway.url}/console`);
      await visitor.isAccessible('sign-in');
      await page
        .getByLabel('API key or admin token')
        .fill('kw_01ARZ3NDEKTSV4RRFFQ69G5FAV_nothing-of-the-kind-0123456789012345678901234');
      await page.keyboard.press('Enter');
      await page.getByRole('alert').waitFor();
      await signIn(page, workspace.key);
      await page.reload();
      await page.getByRole('heading', { name: 'Keys', exact: true }).waitFor();
      const kept = await page.evaluate(() => [JSON.stringify(localStorage), document.cookie, sessionStorage.length]);
      expect(kept).toEqual(['{}', '', 1]);
      await page.getByRole('button', { name: 'Sign out' }).click();
      await page.getByLabel('API key or admin token').waitFor();
      await visitor.holdsNo(workspace.key);
    });

    it('ends with the reason when the key ends', async () => {
      const { page } = visitor;
      await visitor.open('#/keys', workspace.key);
      const { data } = (await workspace.call('GET', '/v1/api-keys')).body as { data: { id: string }[] };
      await workspace.call('DELETE', `/v1/api-keys/${data[0]?.id}`);
      await page.getByText('Your key does not open this page any more.').waitFor();
      await visitor.holdsNo(workspace.key);
    });

    it('shows a key of the scope inference what it may see', async () => {
      const { body } = await workspace.call('POST', '/v1/api-keys', { scopes: ['inference'] });
      await visitor.open('', String(body.key));
      const names = await visitor.page.getByRole('navigation').getByRole('link').allTextContents();
      expect(names).toEqual(['Usage', 'Playground']);
    });
  });

  describe('keys', () => {
    it('says what a credential is while it is pasted, stores it, tests it, and keeps nothing of it', async () => {
      const { page } = visitor;
      await visitor.open('#/keys', workspace.key);
      await page.getByRole('button', { name: 'Add your first key' }).click();
      const dialog = page.getByRole('dialog');
      await dialog.getByLabel('Credential').fill(simulatedShortTermKey('eu-west-1', new Date()));
      await dialog.getByText('Recognised: Short-term API key of Bedrock').waitFor();
      await dialog.getByText('eu-west-1').waitFor();
      await dialog.getByText('bedrock:InvokeModel', { exact: true }).waitFor();
      await dialog.getByLabel('Credential').fill(JSON.stringify(simulatedServiceAccount('tenant')));
      await dialog.getByText('Recognised: Service account key of Google Cloud').waitFor();
      await dialog.getByText(/^tenant@/).waitFor();
      await visitor.isAccessible('adding a key');
      await dialog.getByLabel('Credential').fill('sk-proj-has spaces');
      await dialog.getByText('A key has no spaces or line breaks in it.').waitFor();
      await dialog.getByLabel('Provider').selectOption('openai');
      await dialog.getByLabel('Credential').fill('sk-sim-quota');
      await dialog.getByLabel('Label (optional)').fill('Marketing');
      await dialog.getByRole('button', { name: 'Add key' }).click();
      await dialog.getByText('The key is stored.').waitFor();
      await visitor.holdsNo('sk-sim-quota');
      await dialog.getByRole('button', { name: 'Test' }).click();
      await dialog.getByText('Quota used up').waitFor();
      await visitor.isAccessible('a tested key');
      await dialog.getByRole('button', { name: 'Close' }).first().click();
      await page.getByRole('heading', { name: 'Marketing' }).waitFor();
      await visitor.holdsNo('sk-sim-quota');
    });

    it.each([
      ['sk-sim-good', 'Verified'],
      ['sk-sim-invalid', 'Invalid'],
      ['sk-sim-denied', 'No permission'],
      ['sk-sim-ratelimited', 'Rate limited'],
      ['sk-sim-overloaded', 'Inconclusive'],
    ])('tests %s: %s', async (credential, word) => {
      const { page } = visitor;
      await store(credential);
      await visitor.open('#/keys', workspace.key);
      await page.getByRole('button', { name: 'Test' }).click();
      await page.getByRole('dialog').getByRole('button', { name: 'Test' }).click();
      await page.getByRole('dialog').getByText(word, { exact: true }).waitFor();
    });

    it('tests a key whose server does not answer: Unreachable', async () => {
      const { page } = visitor;
      const server = await listen(createServer());
      await server.close();
      await store({ baseUrl: `${server.url}/v1`, apiKey: 'nobody-listens' }, { provider: 'custom' });
      await visitor.open('#/keys', workspace.key);
      await page.getByRole('button', { name: 'Test' }).click();
      const dialog = page.getByRole('dialog');
      await dialog.getByRole('button', { name: 'Test' }).click();
      await dialog.getByText('Unreachable', { exact: true }).waitFor();
      await dialog.getByText('this says nothing about the key').waitFor();
      await visitor.isAccessible('a key that could not be tested');
    });

    it('shows why a key fails, who served instead and for how much, and what exclusive use would do', async () => {
      const { page } = visitor;
      await store('sk-sim-invalid', { label: 'Old key' });
      await workspace.call('POST', '/v1/chat/completions', chat);
      await visitor.open('#/keys', workspace.key);
      const card = page.getByRole('listitem', { name: 'Old key' });
      await card.getByText('Failing, resting').waitFor();
      await card.getByText('The key was refused: it is invalid, revoked or expired.').waitFor();
      await card.getByText('Make a new key at the provider and rotate this one.').waitFor();
      await card.getByText('Incorrect API key provided').waitFor();
      await card
        .getByText(/the platform's credentials served 1 request instead, for \$0\.0000\d+ of your credit/)
        .waitFor();
      await card.getByText('charged to your credit').waitFor();
      await visitor.isAccessible('a failing key');
      await card.getByRole('switch', { name: "Never use the platform's credentials" }).click();
      await card.getByText('nothing is charged to your credit').waitFor();
      // The page says so before the gateway has answered.
      await expect
        .poll(async () => (await workspace.call('GET', '/v1/provider-keys')).body.data, { timeout: 15_000 })
        .toMatchObject([{ fallback_enabled: false }]);
    });

    it('names the other key that served in place of one that fails', async () => {
      const { page } = visitor;
      await store('sk-sim-invalid', { label: 'Old key' });
      await store('sk-sim-good', { label: 'Team', priority: 10 });
      await workspace.call('POST', '/v1/chat/completions', chat);
      await visitor.open('#/keys', workspace.key);
      const card = page.getByRole('listitem', { name: 'Old key' });
      await card.getByText('Your key “Team” served instead, at no cost to your credit').waitFor();
      await visitor.isAccessible('a key whose successor served', ['light']);
      await card.getByRole('link', { name: /^the request of/ }).click();
      await page.getByText('Instead your key “Team” served the request').waitFor();
      // The next one passes the failing key over, and says so.
      await workspace.call('POST', '/v1/chat/completions', chat);
      await page.getByRole('navigation').getByRole('link', { name: 'Requests' }).click();
      await page.getByText('Your key “Old key” was passed over').waitFor();
    });

    it('keeps the focus where it was and says the new place, when the order changes', async () => {
      const { page } = visitor;
      for (const label of ['one', 'two', 'three']) await store(`sk-sim-${label}`, { label });
      await visitor.open('#/keys', workspace.key);
      const up = page.getByRole('button', { name: 'Move three up' });
      await up.focus();
      const isFocused = () => up.evaluate((button) => button === document.activeElement);
      for (const place of [2, 1]) {
        await page.keyboard.press('Enter');
        await page.getByText(`three is now ${place} of 3.`).waitFor({ state: 'attached' });
        expect(await isFocused()).toBe(true);
      }
      await expect.poll(keysInOrder, { timeout: 20_000 }).toEqual(['three', 'one', 'two']);
      await page.keyboard.press('Enter');
      await page.getByText('three is already 1 of 3.').waitFor({ state: 'attached' });
      // The gateway has answered, and the list was asked for again.
      await page.waitForResponse((response) => response.url().includes('/v1/provider-keys?'));
      expect(await isFocused()).toBe(true);
    });

    it('orders by buttons, by keyboard and by dragging', async () => {
      const { page } = visitor;
      for (const label of ['one', 'two', 'three']) await store(`sk-sim-${label}`, { label });
      await visitor.open('#/keys', workspace.key);
      await page.getByRole('button', { name: 'Move three up' }).click();
      await expect.poll(keysInOrder, { timeout: 20_000 }).toEqual(['one', 'three', 'two']);
      const shownInOrder = () => page.locator('.key h2').allTextContents();
      await expect.poll(shownInOrder, { timeout: 20_000 }).toEqual(['one', 'three', 'two']);
      // On a busy machine the list may be drawn once more under the key press.
      await vi.waitFor(
        async () => {
          await page.getByRole('button', { name: 'Drag one, 1 of 3' }).focus();
          await page.keyboard.press('Space');
          await page.getByText('one would be 1 of 3.').waitFor({ state: 'attached', timeout: 3000 });
        },
        { timeout: 25_000, interval: 100 },
      );
      // The list listens to arrows a moment after it has said that the key is lifted.
      await vi.waitFor(
        async () => {
          await page.keyboard.press('ArrowDown');
          await page.getByText('one would be 2 of 3.').waitFor({ state: 'attached', timeout: 3000 });
        },
        { timeout: 20_000, interval: 100 },
      );
      await page.keyboard.press('Space');
      await expect.poll(keysInOrder, { timeout: 20_000 }).toEqual(['three', 'one', 'two']);
      await expect.poll(shownInOrder, { timeout: 20_000 }).toEqual(['three', 'one', 'two']);
      await page.getByRole('button', { name: 'Drag two, 3 of 3' }).hover();
      await page.mouse.down();
      const first = await page.getByRole('listitem', { name: 'three' }).boundingBox();
      await page.mouse.move(300, (first?.y ?? 0) + 200, { steps: 4 });
      await page.mouse.move(300, (first?.y ?? 0) + 10, { steps: 8 });
      await page.mouse.up();
      await expect.poll(keysInOrder, { timeout: 20_000 }).toEqual(['two', 'three', 'one']);
      await expect.poll(shownInOrder, { timeout: 20_000 }).toEqual(['two', 'three', 'one']);
    });

    it('changes the models, rotates and deletes', async () => {
      const { page } = visitor;
      const id = await store('sk-sim-first', { label: 'Team' });
      await visitor.open('#/keys', workspace.key);
      await page.getByRole('button', { name: 'Edit' }).click();
      await page.getByRole('dialog').getByLabel('Models (optional)').fill('gpt-4o*, gpt-5*');
      await page.getByRole('button', { name: 'Save' }).click();
      await page.getByText('gpt-5*').waitFor();
      await page.getByRole('button', { name: 'Rotate' }).click();
      await page.getByRole('dialog').getByLabel('Credential').fill('sk-sim-second-one');
      await page.getByRole('dialog').getByRole('button', { name: 'Rotate' }).click();
      await page.getByText('The key is stored.').waitFor();
      await visitor.holdsNo('sk-sim-second-one');
      await page.keyboard.press('Escape');
      const { body } = await workspace.call('GET', `/v1/provider-keys/${id}`);
      expect(body).toMatchObject({ models: ['gpt-4o*', 'gpt-5*'], version: 3 });
      await page.getByRole('button', { name: 'Delete' }).click();
      await page.getByText('The stored secret is destroyed at once').waitFor();
      await visitor.isAccessible('deleting a key');
      await page.getByRole('button', { name: 'Delete key' }).click();
      await page.getByText('No provider keys yet').waitFor();
      expect((await workspace.call('GET', `/v1/provider-keys/${id}`)).status).toBe(404);
    });
  });

  describe('requests', () => {
    it('explains a failing key: the reason first, then the attempts in the words of the provider', async () => {
      const { page } = visitor;
      await store('sk-sim-invalid', { label: 'Old key' });
      await visitor.open('#/requests', workspace.key);
      await page.getByText('No requests yet').waitFor();
      // Live: it comes without anybody asking for it.
      await workspace.call('POST', '/v1/chat/completions', chat);
      await page.getByRole('link', { name: /Platform served/ }).click();
      const why = page.getByRole('region', { name: 'What happened' });
      await why.getByText('Your key “Old key” was refused: it is invalid, revoked or expired.').waitFor();
      await why.getByText("Instead the platform's credentials served the request").waitFor();
      await why.getByText('Make a new key at the provider and rotate this one.').waitFor();
      await page.getByText('Incorrect API key provided').waitFor();
      await page.getByText('curl -i').waitFor();
      await visitor.isAccessible('one request');
      await page.getByRole('button', { name: 'Copy request id', exact: true }).click();
      const id = await page.evaluate(() => navigator.clipboard.readText());
      expect(page.url()).toContain(id);
      expect((await workspace.call('GET', `/v1/logs/${id}`)).status).toBe(200);
    });

    it('keeps its filters in the address', async () => {
      const { page } = visitor;
      await store('sk-sim-good');
      await workspace.call('POST', '/v1/chat/completions', chat);
      await workspace.call('POST', '/v1/chat/completions', { ...chat, model: 'openai/sim-missing' });
      await visitor.open('#/requests', workspace.key);
      await page.getByText('2 requests, and no older ones.').waitFor();
      await page.getByLabel('Outcome').selectOption('error');
      await page.getByText('1 request, and no older ones.').waitFor();
      expect(page.url()).toContain('status=error');
      await page.getByLabel('Model').fill(chat.model);
      await page.getByText('No request matches').waitFor();
      await page.reload();
      await page.getByText('No request matches').waitFor();
      await page.getByRole('link', { name: 'Show all requests' }).click();
      await page.getByText('2 requests, and no older ones.').waitFor();
    });

    it('has only the rows on screen in the document, however long the log is', async () => {
      const { page } = visitor;
      await store('sk-sim-good');
      await workspace.call('POST', '/v1/chat/completions', chat);
      const { data } = (await workspace.call('GET', '/v1/logs')).body as { data: object[] };
      // A log of a thousand requests, without sending them.
      await page.route('**/v1/logs?*', (route) => {
        const start = Number(new URL(route.request().url()).searchParams.get('cursor') ?? 0);
        const ids = Array.from({ length: 100 }, (_, i) => `req_${String(99_999 - start - i)}`);
        const page = {
          object: 'list',
          data: ids.map((id) => ({ ...data[0], request_id: id })),
          next_cursor: start < 900 ? String(start + 100) : null,
        };
        return route.fulfill({ json: page });
      });
      await visitor.open('#/requests', workspace.key);
      const rows = page.locator('.log-row');
      await rows.first().waitFor();
      await expect
        .poll(
          async () => {
            await page.evaluate(() => scrollTo(0, document.body.scrollHeight));
            return page.getByText('1,000 requests, and no older ones.').count();
          },
          { timeout: 60_000, interval: 100 },
        )
        .toBe(1);
      expect(await rows.count()).toBeLessThan(60);
    });
  });

  it('usage: sums, the table behind the chart, and CSV', async () => {
    const { page } = visitor;
    await store('sk-sim-good');
    await workspace.call('POST', '/v1/chat/completions', chat);
    await workspace.call('POST', '/v1/chat/completions', chat);
    await visitor.open('#/usage', workspace.key);
    await page.getByText('Own keys, at credit prices').waitFor();
    await page.locator('.chart canvas').waitFor();
    await page.getByLabel('Table by').selectOption('model');
    await page.getByRole('row', { name: /^openai\/gpt-4o-mini 2 0 / }).waitFor();
    await page.getByLabel('Chart').selectOption('cost');
    await page.getByRole('heading', { name: 'Cost by day' }).waitFor();
    expect(page.url()).toContain('show=cost');
    await visitor.isAccessible('usage');
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('button', { name: 'Download CSV' }).click(),
    ]);
    expect(readFileSync(await download.path(), 'utf8')).toMatch(/^day,model,/);
  });

  it('playground: streams, and shows route, timings, cost and the same as code', async () => {
    const { page } = visitor;
    await store('sk-sim-good', { label: 'Good' });
    await visitor.open('#/playground', workspace.key);
    await page.getByRole('combobox', { name: 'Model' }).fill('gpt 4o mini');
    await page.getByRole('option', { name: 'openai/gpt-4o-mini', exact: true }).click();
    await page.getByLabel('Message').fill('Good day to you');
    await page.keyboard.press('Enter');
    await page.getByText('You said: Good day to you').waitFor();
    await page.getByText('Whole answer after').waitFor();
    await page.getByText(/^byok\(pk_\w+\)=200$/).waitFor();
    await visitor.isAccessible('the playground');
    for (const [language, line] of [
      ['Python', 'from openai import OpenAI'],
      ['TypeScript', "import OpenAI from 'openai';"],
    ] as const) {
      await page.getByRole('radio', { name: language }).check();
      await page.getByText(line).waitFor();
    }
    await page.getByRole('combobox', { name: 'Model' }).fill('openai/sim-missing');
    await page.getByLabel('Credentials').selectOption('byok-only');
    await page.getByLabel('Message').fill('Again');
    await page.getByRole('button', { name: 'Send' }).click();
    await page.getByRole('alert').waitFor();
    await visitor.holdsNo('sk-sim-good');
  });

  it('API keys: made with limits and shown once, rotated with an overlap, revoked', async () => {
    const { page } = visitor;
    await visitor.open('#/api-keys', workspace.key);
    await page.getByRole('button', { name: 'Create key' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('Name (optional)').fill('Website');
    await dialog.getByText('Limits and expiry').click();
    await dialog.getByLabel('Requests a minute').fill('60');
    await dialog.getByLabel('Credit a month, USD').fill('12.50');
    await visitor.isAccessible('creating an API key');
    await dialog.getByRole('button', { name: 'Create key' }).click();
    await dialog.getByText('Copy it now').waitFor();
    await dialog.getByRole('button', { name: 'Copy API key' }).click();
    const key = await page.evaluate(() => navigator.clipboard.readText());
    expect(key).toMatch(/^kw_/);
    const asked = await fetch(`${gateway.url}/v1/models?limit=1`, { headers: { authorization: `Bearer ${key}` } });
    expect(asked.status).toBe(200);
    await dialog.getByRole('button', { name: 'I have it' }).click();
    const card = page.getByRole('listitem', { name: 'Website' });
    await card.getByText('60 requests a minute, $12.50 a month').waitFor();
    await visitor.holdsNo(key);
    await card.getByRole('button', { name: 'Rotate' }).click();
    await dialog.getByLabel('How long both hold').selectOption('3600');
    await dialog.getByRole('button', { name: 'Rotate' }).click();
    await dialog.getByRole('button', { name: 'I have it' }).click();
    await expect.poll(() => card.count(), { timeout: 20_000 }).toBe(2);
    await card.filter({ hasText: 'until' }).getByRole('button', { name: 'Revoke' }).click();
    await dialog.getByRole('button', { name: 'Revoke key' }).click();
    await page.getByRole('button', { name: 'Show 1 revoked' }).click();
    await visitor.isAccessible('API keys');
  });

  it.each([1280, 390])('fits %i px, and has no finding of axe', async (width) => {
    await visitor.close();
    visitor = await visit(browser, gateway.url, width);
    const { page } = visitor;
    await store('sk-sim-invalid', { label: 'A key with a rather long name, as people like to give them' });
    await workspace.call('POST', '/v1/chat/completions', chat);
    await visitor.open('#/keys', workspace.key);
    for (const view of ofWorkspaces) {
      await page.evaluate((hash) => location.assign(hash), `#/${view}`);
      await page.locator('main .card, main .playground').first().waitFor();
      const [inner, outer] = await page.evaluate(() => [document.documentElement.scrollWidth, innerWidth]);
      expect(inner, view).toBeLessThanOrEqual(outer ?? 0);
      // The colours are the same at every width.
      await visitor.isAccessible(`${view} at ${width} px`, width === 390 ? ['dark'] : undefined);
    }
  });

  it('works under a stage, as at API Gateway', async () => {
    const { page } = visitor;
    const stage = await listen(
      createServer((request, response) => {
        const path = (request.url ?? '').replace(/^\/prod(?=\/)/, '');
        const headers = { ...request.headers, host: new URL(gateway.url).host };
        const forward = httpRequest(gateway.url + path, { method: request.method, headers }, (answer) => {
          response.writeHead(answer.statusCode ?? 0, answer.headers);
          answer.pipe(response);
        });
        request.pipe(forward);
      }),
    );
    await page.goto(`${stage.url}/prod/console/`);
    await signIn(page, workspace.key);
    expect(page.url()).toBe(`${stage.url}/prod/console`);
    await page.getByRole('link', { name: 'Usage' }).click();
    await page.getByText('Nothing was used in this time').waitFor();
    expect(visitor.asked.filter((url) => !url.startsWith(`${stage.url}/prod/`))).toEqual([]);
    visitor.asked.length = 0;
    await stage.close();
  });

  it('says so when the gateway does not answer, and goes on when it does', async () => {
    const { page } = visitor;
    await page.route('**/v1/provider-keys?*', (route) => route.abort());
    await page.goto(`${gateway.url}/console#/keys`);
    await page.evaluate(
      (key) => sessionStorage.setItem('keyway.session', JSON.stringify({ key, role: 'manage' })),
      workspace.key,
    );
    await page.reload();
    await page.getByText('The gateway does not answer.').waitFor();
    await visitor.isAccessible('an error');
    // Before the click: a request that is held at this moment would never be answered.
    await page.unroute('**/v1/provider-keys?*');
    await page.getByRole('button', { name: 'Try again' }).click();
    await page.getByText('No provider keys yet').waitFor();
  });

  describe('what operators see of the gateway', () => {
    const alarm = {
      ...{ object: 'alarm', name: 'keyway-prod-ObservabilityBellsGatewayErrors1A2B', notifies: true },
      ...{ says: 'more than 1 % of all requests fail', state: 'alarm', since: '2026-11-25T22:14:03.000Z' },
      reason: 'Threshold Crossed: 2 out of the last 3 datapoints were greater than the threshold (1.0).',
      runbook: { chapter: 'Gateway errors', path: 'docs/runbook.md#gateway-errors' },
    };
    const quiet = { ...alarm, name: 'b', state: 'ok', runbook: { ...alarm.runbook, chapter: 'Throttles' } };
    const told = (data: object[], more: object = {}) => ({
      ...{ object: 'list', data, next_cursor: null, source: 'cloudwatch', problem: null },
      ...more,
    });

    it('credentials: what is set, how it fares, and what sets the others', async () => {
      const { page } = visitor;
      await workspace.call('POST', '/v1/chat/completions', chat);
      await visitor.open('#/credentials', adminToken);
      const openai = page.getByRole('listitem', { name: 'OpenAI', exact: true });
      await openai.getByText('Working').waitFor();
      await openai.getByText('API key').waitFor();
      await openai.getByText(/^Last used/).waitFor();
      await page.getByText('Store a credential of Mistral AI as the secret keyway/platform/mistral.').waitFor();
      await visitor.isAccessible('credentials');
      await page.route('**/v1/operator/credentials', async (route) => {
        const list = (await (await route.fetch()).json()) as { data: { provider: string; health: object }[] };
        const [first] = list.data;
        const last_error = {
          kind: 'credential',
          status: 401,
          code: 'invalid_api_key',
          message: 'No.',
          at: alarm.since,
        };
        Object.assign(first ?? {}, { health: { ...first?.health, state: 'failing', last_error } });
        Object.assign(list.data[1] ?? {}, { state: 'unknown', type: null, note: 'Secrets Manager: AccessDenied.' });
        await route.fulfill({ json: list });
      });
      await page.reload();
      await openai.getByText('The credential was refused: it is invalid, revoked or expired.').waitFor();
      await openai.getByText('Put a new one into keyway/platform/openai').waitFor();
      await page.getByText('Unknown', { exact: true }).waitFor();
      await visitor.isAccessible('failing credentials');
      await visitor.holdsNo('sk-');
    });

    it('alarms: a gateway on a desk has none, and says so', async () => {
      await visitor.open('#/alarms', adminToken);
      await visitor.page.getByText('This gateway has no alarms').waitFor();
      await visitor.isAccessible('no alarms');
    });

    it('alarms: what rings comes with its chapter of the runbook', async () => {
      const { page } = visitor;
      await page.route('**/v1/operator/alarms', (route) => route.fulfill({ json: told([alarm, quiet]) }));
      await visitor.open('#/alarms', adminToken);
      await page.getByText('1 of 2 alarms rings.').waitFor();
      const ringing = page.getByRole('listitem').filter({ hasText: 'Gateway errors' });
      await ringing.getByText('Threshold Crossed').waitFor();
      await ringing.getByText('five at least, got 500').waitFor();
      await page.getByText('Lambda refused more than 1 %').waitFor({ state: 'attached' });
      await visitor.isAccessible('alarms');
      await page.unroute('**/v1/operator/alarms');
      await page.route('**/v1/operator/alarms', (route) =>
        route.fulfill({ json: told([{ ...quiet, notifies: false }]) }),
      );
      await page.reload();
      await page.getByText('None of 1 alarm rings.').waitFor();
      await page.getByText('Nobody is told when an alarm rings.').waitFor();
    });

    it('alarms: a CloudWatch that does not tell, a slow answer and a gateway that is down look like neither silence nor noise', async () => {
      const { page } = visitor;
      const problem = { kind: 'denied', message: 'CloudWatch: AccessDenied.', hint: 'Deploy again.' };
      await page.route('**/v1/operator/alarms', (route) => route.fulfill({ json: told([], { problem }) }));
      await visitor.open('#/alarms', adminToken);
      await page.getByText('Whether an alarm rings is not known').waitFor();
      await page.getByText('Deploy again.').waitFor();
      await visitor.isAccessible('a CloudWatch that does not tell');
      await page.unroute('**/v1/operator/alarms');
      const answer = Promise.withResolvers<void>();
      await page.route('**/v1/operator/alarms', (route) => answer.promise.then(() => route.abort()));
      await page.reload();
      await page.getByText('This takes longer than usual.').waitFor();
      await visitor.isAccessible('slow alarms');
      answer.resolve();
      await page.getByText('The gateway does not answer.').waitFor();
      await visitor.isAccessible('alarms of a gateway that is down');
    });

    it('fits 390 px', async () => {
      await visitor.close();
      visitor = await visit(browser, gateway.url, 390);
      const { page } = visitor;
      await page.route('**/v1/operator/alarms', (route) => route.fulfill({ json: told([alarm, quiet]) }));
      await visitor.open('', adminToken);
      for (const view of ofOperators) {
        await page.evaluate((hash) => location.assign(hash), `#/${view}`);
        await page.locator('main :is(.card, .empty, table)').first().waitFor();
        const [inner, outer] = await page.evaluate(() => [document.documentElement.scrollWidth, innerWidth]);
        expect(inner, view).toBeLessThanOrEqual(outer ?? 0);
        await visitor.isAccessible(`${view} at 390 px`, ['dark']);
      }
    });
  });

  it('operators: workspaces, credit and prices, and what this gateway keeps of failures and changes', async () => {
    const { page } = visitor;
    await visitor.open('', adminToken);
    await page.getByRole('button', { name: 'Create workspace' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('Name').fill('Fabrikam');
    await dialog.getByLabel('Credit, USD (optional)').fill('5');
    await dialog.getByRole('button', { name: 'Create workspace' }).click();
    await dialog.getByText('Copy it now').waitFor();
    await dialog.getByRole('button', { name: 'I have it' }).click();
    await page.getByLabel('Name or id').fill('fabri');
    await visitor.isAccessible('workspaces');
    await page.getByRole('link', { name: 'Fabrikam' }).click();
    await page.getByRole('button', { name: 'Add credit' }).click();
    await dialog.getByLabel('Amount, USD').fill('2.5');
    await dialog.getByRole('button', { name: 'Add credit' }).click();
    await page.getByText('$7.50').waitFor();
    await visitor.isAccessible('a workspace');
    await page.getByRole('link', { name: 'Prices' }).click();
    await page.getByRole('button', { name: 'Set a price' }).click();
    await dialog.getByLabel('Model').fill('openai/gpt-4o-mini');
    await dialog.getByLabel('Input, USD a million').fill('0.25');
    await dialog.getByLabel('Output, USD a million').fill('1');
    await dialog.getByRole('button', { name: 'Save' }).click();
    await page.getByRole('row', { name: /^openai\/gpt-4o-mini Serves it \$0\.25 \$1\.00/ }).waitFor();
    await visitor.isAccessible('prices');
    await page.getByRole('button', { name: 'Change openai/gpt-4o-mini' }).click();
    await dialog.getByRole('button', { name: "Return to the catalogue's price" }).click();
    await page.getByText("The catalogue's prices hold for every model").waitFor();
    for (const view of ['Failures', 'Changes']) {
      await page.getByRole('link', { name: view }).click();
      await page.locator('main .empty, main table').first().waitFor();
      await visitor.isAccessible(view);
    }
    await visitor.holdsNo('kw_');
  });
});
