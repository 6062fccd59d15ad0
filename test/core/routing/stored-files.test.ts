import { describe, expect, test } from 'vitest';
import { namesStoredFile } from '../../../functions/core/routing/stored-files.ts';

const withPart = (part: unknown) => ({
  messages: [
    { role: 'user', content: 'hello' },
    { role: 'user', content: [{ type: 'text', text: 'what is this?' }, part] },
  ],
});

describe('files that a provider opens in the name of the credential', () => {
  test.each([
    { type: 'image_url', image_url: { url: 'gs://bucket/picture.png' } },
    { type: 'image_url', image_url: 'gs://bucket/picture.png' },
    { type: 'image_url', image_url: { url: ' GS://bucket/picture.png' } },
    { type: 'video_url', video_url: { url: 's3://bucket/video.mp4' } },
    { type: 'file', file: { file_id: 'gs://bucket/a.pdf' } },
    { type: 'file', file: { file_id: 'file-abc' } },
    { type: 'file', file: { file_data: 'gs://bucket/a.pdf' } },
    { type: 'unknown', anything: { nested: { uri: 'gs://bucket/a.pdf' } } },
  ])('%j names one', (part) => {
    expect(namesStoredFile(withPart(part))).toBe(true);
  });

  test.each([
    { type: 'text', text: 'gs://bucket/picture.png' },
    { type: 'image_url', image_url: { url: 'https://example.com/gs://picture.png' } },
    { type: 'image_url', image_url: { url: 'data:image/png;base64,AAAA' } },
    { type: 'file', file: { file_id: 'https://example.com/a.pdf' } },
    { type: 'file', file: { file_data: 'data:application/pdf;base64,AAAA', filename: 'a.pdf' } },
    null,
  ])('%j names none', (part) => {
    expect(namesStoredFile(withPart(part))).toBe(false);
  });

  test.each([{}, { messages: null }, { messages: [null, { content: 'gs://a' }] }, { input: 'gs://a' }])(
    '%j is not a chat that names one',
    (body) => {
      expect(namesStoredFile(body)).toBe(false);
    },
  );
});
