import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { launchBrowser } from '../test/console/browser.ts';
import { buildConsole } from './build-console.ts';
import { startTour } from './console/tour-gateway.ts';

/** How much script the page loads, compressed, and how soon the first list is there: `npm run console:size`. */
const folder = await buildConsole();
const kilobytes = (name: string) => statSync(join(folder, `${name}.br`)).size / 1024;
const scripts = readdirSync(folder).filter((name) => name.endsWith('.js'));
const html = readFileSync(join(folder, 'index.html'), 'utf8');
const first = scripts.filter((name) => html.includes(`/${name}"`));
const sum = (names: string[]) => names.reduce((total, name) => total + kilobytes(name), 0).toFixed(1);
console.log(`first load  ${sum(first)} KB of script (brotli), of 120`);
for (const name of scripts.filter((each) => !first.includes(each)))
  console.log(`  ${name}  ${sum([name])} KB, when it is opened`);
console.log(`all scripts ${sum(scripts)} KB`);

const tour = await startTour();
const browser = await launchBrowser();
const times: number[] = [];
for (let run = 0; run < 5; run++) {
  const context = await browser.newContext({ locale: 'en-US' });
  const page = await context.newPage();
  // Signed in already, as after a reload: what is measured is page, script, keys.
  await page.addInitScript(
    (key) => sessionStorage.setItem('keyway.session', JSON.stringify({ key, role: 'manage' })),
    tour.key,
  );
  await page.goto(`${tour.url}/console#/keys`, { waitUntil: 'commit' });
  await page.locator('.key').first().waitFor();
  times.push(await page.evaluate(() => performance.now()));
  await context.close();
}
console.log(`first list  ${times.map((ms) => ms.toFixed(0)).join(', ')} ms after the navigation began, empty cache`);
await browser.close();
await tour.close();
process.exit(0);
