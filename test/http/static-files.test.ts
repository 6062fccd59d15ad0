import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { afterAll, describe, expect, it } from 'vitest';
import { openStaticFiles } from '../../functions/http/static-files.ts';

const folder = mkdtempSync(join(tmpdir(), 'keyway-static-'));
const html = { type: 'text/html; charset=utf-8', etag: 'abc', immutable: false, encodings: ['br', 'gzip'] };
const files = { 'index.html': html, 'main-x.js': { ...html, type: 'text/javascript', etag: 'def', immutable: true } };
writeFileSync(join(folder, 'files.json'), JSON.stringify(files));
for (const name of Object.keys(files)) {
  writeFileSync(join(folder, name), `plain ${name}`);
  writeFileSync(join(folder, `${name}.br`), `br ${name}`);
  writeFileSync(join(folder, `${name}.gz`), gzipSync(`gz ${name}`));
}
const serve = openStaticFiles(folder);
const text = (body: unknown) => Buffer.from(body as Uint8Array).toString();

describe('the files of the page', () => {
  afterAll(() => rmSync(folder, { recursive: true }));

  it.each([
    [undefined, undefined],
    ['identity', undefined],
    ['br;q=0, deflate', undefined],
    ['gzip, deflate, br', 'br'],
    ['GZIP', 'gzip'],
    ['gzip;q=0.5, br;q=0', 'gzip'],
  ])('come as the caller takes them: %s', async (accepted, encoding) => {
    const { status, headers, body } = await serve('index.html', { 'accept-encoding': accepted });
    expect([status, headers['content-encoding'], headers.vary]).toEqual([200, encoding, 'accept-encoding']);
    const read = encoding === 'gzip' ? String(gunzipSync(body as Uint8Array)) : text(body);
    expect(read).toBe(`${encoding === undefined ? 'plain' : encoding === 'br' ? 'br' : 'gz'} index.html`);
  });

  it('that could not be read once are read when they can be', async () => {
    const late = mkdtempSync(join(tmpdir(), 'keyway-static-'));
    const serveLate = openStaticFiles(late);
    await expect(serveLate('index.html', {})).rejects.toThrow('ENOENT');
    writeFileSync(join(late, 'files.json'), JSON.stringify(files));
    await expect(serveLate('index.html', {})).rejects.toThrow('ENOENT');
    writeFileSync(join(late, 'index.html'), 'at last');
    expect(text((await serveLate('index.html', {})).body)).toBe('at last');
    rmSync(late, { recursive: true });
    expect(text((await serveLate('index.html', {})).body)).toBe('at last');
  });

  it('are kept for good when their name holds a hash, and asked for anew otherwise', async () => {
    expect((await serve('main-x.js', {})).headers['cache-control']).toBe('public, max-age=31536000, immutable');
    expect((await serve('index.html', {})).headers['cache-control']).toBe('no-cache');
  });

  it.each(['"abc"', 'W/"abc"', '"x", "abc"'])('are not sent again to who has them: %s', async (etag) => {
    expect(await serve('index.html', { 'if-none-match': etag })).toMatchObject({ status: 304, body: '' });
    expect((await serve('main-x.js', { 'if-none-match': etag })).status).toBe(200);
  });

  it.each(['files.json', '../files.json', 'main-x.js.br', '', '__proto__', 'constructor', '/etc/passwd'])(
    'are those of the list alone: %j is none',
    async (name) => {
      await expect(serve(name, {})).rejects.toMatchObject({ code: 'not_found' });
    },
  );

  it('allow no inline code, no other origin and no frame', async () => {
    const { 'content-security-policy': policy = '', ...headers } = (await serve('index.html', {})).headers;
    expect(policy).not.toMatch(/unsafe|https?:|\*/);
    for (const part of ["default-src 'none'", "script-src 'self'", "style-src 'self'", "frame-ancestors 'none'"])
      expect(policy.split('; ')).toContain(part);
    expect(headers).toMatchObject({ 'x-content-type-options': 'nosniff', 'referrer-policy': 'no-referrer' });
  });
});
