import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import type { JsonObject } from '../../../functions/core/json.ts';
import { chatBounds } from '../../../functions/dialects/openai-chat/bounds.ts';

const size = (body: unknown) => Buffer.byteLength(JSON.stringify(body));
const bounds = (body: JsonObject) => chatBounds(body, size(body));
const withPart = (part: unknown) => ({ messages: [{ role: 'user', content: [part] }] });
const inline = (chars: number) => `data:image/png;base64,${'A'.repeat(chars)}`;

describe('what a request may cost', () => {
  it('counts everything but media as text, in bytes', () => {
    const body = { messages: [{ role: 'user', content: 'Grüße 😀' }] };
    expect(bounds(body)).toEqual({
      textBytes: size(body),
      images: 0,
      audioChars: 0,
      mediaChars: 0,
      remoteMedia: 0,
      maxOutputTokens: null,
      choices: 1,
      audioOut: false,
    });
  });

  test.each<[string, JsonObject, object]>([
    ['a picture', { type: 'image_url', image_url: { url: inline(1000) } }, { images: 1, mediaChars: 0 }],
    ['a picture’s bare address', { type: 'image_url', image_url: inline(1000) }, { images: 1 }],
    [
      'a picture elsewhere',
      { type: 'image_url', image_url: { url: 'https://x/a.png' } },
      { images: 1, remoteMedia: 0 },
    ],
    ['speech', { type: 'input_audio', input_audio: { data: 'A'.repeat(1000) } }, { audioChars: 1000 }],
    ['a file', { type: 'file', file: { file_data: 'A'.repeat(1000) } }, { mediaChars: 1000, remoteMedia: 0 }],
    ['a stored file', { type: 'file', file: { file_id: 'file-1' } }, { mediaChars: 0, remoteMedia: 1 }],
    ['a file elsewhere', { type: 'file', file: { file_data: 'https://x/a.pdf' } }, { mediaChars: 0, remoteMedia: 1 }],
    [
      'a video',
      { type: 'video_url', video_url: { url: `data:video/mp4;base64,${'A'.repeat(78)}` } },
      { mediaChars: 100 },
    ],
    ['a video elsewhere', { type: 'video_url', video_url: { url: 'gs://b/a' } }, { remoteMedia: 1 }],
  ])('counts %s', (_, part, expected) => {
    expect(bounds(withPart(part))).toMatchObject(expected);
    expect(bounds(withPart(part)).textBytes).toBeLessThan(200);
  });

  it('takes nothing for media that is not in a part of that kind', () => {
    const hidden = withPart({ type: 'text', text: 'x', image_url: { url: inline(1000) } });
    expect(bounds(hidden)).toMatchObject({ textBytes: size(hidden), images: 0 });
  });

  test.each<[JsonObject, number | null]>([
    [{ max_tokens: 5 }, 5],
    [{ max_completion_tokens: 5.5 }, 6],
    [{ max_tokens: 5, max_completion_tokens: 9 }, 9],
    [{ max_tokens: 9, max_completion_tokens: 5 }, 9],
    [{ max_tokens: '5' }, null],
    [{ max_tokens: 5, max_completion_tokens: '900' }, null],
    [{ max_tokens: -1 }, null],
    [{ max_tokens: 0 }, null],
    [{ max_tokens: Number.POSITIVE_INFINITY }, null],
    [{ max_tokens: [5] }, null],
    [{ max_tokens: null, max_completion_tokens: 7 }, 7],
  ])('%j limits the answer to %j', (body, limit) => {
    expect(bounds(body).maxOutputTokens).toBe(limit);
  });

  test.each<[JsonObject, number]>([
    [{ n: 3 }, 3],
    [{ n: '3' }, 3],
    [{ n: 0 }, 1],
    [{ n: -3 }, 1],
    [{ n: 'x' }, 1],
    [{ n: 2, best_of: 5 }, 5],
  ])('%j asks for %j answers', (body, choices) => {
    expect(bounds(body).choices).toBe(choices);
  });

  test.each<[JsonObject, number | undefined]>([
    [{ n: 2, prompt: ['a', 'b', 'c'] }, 3],
    [{ prompt: [1, 2, 3] }, undefined],
    [{ prompt: [[1, 2], [3]] }, 2],
  ])('%j has %j prompts', (body, prompts) => {
    expect(bounds(body).prompts).toBe(prompts);
  });

  test('what was predicted may be paid beside the answer', () => {
    const content = 'é'.repeat(100);
    const limit = bounds({ max_tokens: 10, prediction: { type: 'content', content } }).maxOutputTokens;
    expect(limit).toBeGreaterThanOrEqual(210);
    expect(bounds({ prediction: { type: 'content', content } }).maxOutputTokens).toBeNull();
  });

  it('tells that speech may come', () => {
    expect(bounds({ modalities: ['text', 'audio'] }).audioOut).toBe(true);
    expect(bounds({ audio: {} }).audioOut).toBe(true);
  });

  it('is never less than nothing, whatever is sent', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.jsonValue(), fc.jsonValue(), (content, limit, n) => {
        const counted = bounds({
          messages: [{ content: [content, { type: 'image_url', image_url: content }] }],
          max_tokens: limit,
          n,
        });
        for (const value of Object.values(counted))
          if (typeof value === 'number') expect(value).toBeGreaterThanOrEqual(0);
        expect(counted.choices).toBeGreaterThanOrEqual(1);
        if (counted.maxOutputTokens !== null) expect(counted.maxOutputTokens).toBeGreaterThanOrEqual(1);
      }),
    );
  });
});
