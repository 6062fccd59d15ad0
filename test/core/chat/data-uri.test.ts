import { describe, expect, it } from 'vitest';
import { base64Of, readDataUri } from '../../../functions/core/chat/data-uri.ts';

describe('data URIs', () => {
  it.each([
    ['data:image/png;base64,QUJD', 'image/png', 'QUJD'],
    ['data:IMAGE/PNG;BASE64,QUJD', 'image/png', 'QUJD'],
    ['data:text/plain;charset=utf-8;base64,QUJD', 'text/plain', 'QUJD'],
    ['data:text/plain,a%20b%', 'text/plain', 'YSBiJQ=='],
    ['data:,ABC', '', 'QUJD'],
  ])('%s', (url, mimeType, base64) => {
    const found = readDataUri(url);
    expect(found?.mimeType).toBe(mimeType);
    expect(found && base64Of(found)).toBe(base64);
  });

  it.each(['https://example.com/a.png', 'data:image/png;base64', ''])('%j is none', (url) => {
    expect(readDataUri(url)).toBeNull();
  });
});
