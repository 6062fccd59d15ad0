import { describe, expect, it } from 'vitest';
import type { Block, ChatRequest } from '../../functions/core/chat/conversation.ts';
import { openaiChat } from '../../functions/dialects/openai-chat/door.ts';
import { inlineImages, inlineMessageImages } from '../../functions/providers/inline-images.ts';
import { ImageFetchError } from '../../functions/transport/image-fetch.ts';

const image = (url: string): Block => ({ type: 'image', source: { type: 'url', url }, at: 'messages.0.content.1' });
const requestWith = (...blocks: Block[]): ChatRequest => ({
  ...openaiChat.readRequest({ messages: [{ role: 'user', content: 'hi' }] }),
  turns: [{ role: 'user', at: 'messages.0', blocks }],
});
const { signal } = new AbortController();
const files: Record<string, Buffer> = {
  'https://x.example/png': Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'),
  'https://x.example/jpeg': Buffer.from('\xff\xd8\xff\xe0', 'latin1'),
  'https://x.example/gif': Buffer.from('GIF89a'),
  'https://x.example/webp': Buffer.from('RIFF\x01\x02\x03\x04WEBPVP8', 'latin1'),
  'https://x.example/page': Buffer.from('<html>'),
};
const fetchFile = async (url: string) => files[url] ?? Promise.reject(new ImageFetchError('The image is gone.'));

describe('pictures behind https addresses', () => {
  it.each(['png', 'jpeg', 'gif', 'webp'])('become their bytes, as what they are: %s', async (type) => {
    const url = `https://x.example/${type}`;
    const result: Block = { type: 'tool_result', callId: 'a', blocks: [image(url)] };
    const request = await inlineImages(requestWith(image(url), result), 'Claude', fetchFile, signal);
    const source = { type: 'base64', mediaType: `image/${type}`, data: files[url]?.toString('base64') };
    expect(request.turns[0]?.blocks).toMatchObject([{ type: 'image', source }, { blocks: [{ source }] }]);
  });

  it('are fetched once each, and other sources stay', async () => {
    const asked: string[] = [];
    const count = (url: string) => {
      asked.push(url);
      return fetchFile(url);
    };
    const url = 'https://x.example/png';
    const stored = image('gs://b/a.png');
    const request = await inlineImages(requestWith(image(url), image(url), stored), 'Claude', count, signal);
    expect(asked).toEqual([url]);
    expect(request.turns[0]?.blocks[2]).toBe(stored);
  });

  it('are not looked for in vain: the request stays the same', async () => {
    const request = requestWith({ type: 'text', text: 'https://x.example/png' });
    expect(await inlineImages(request, 'Claude', fetchFile, signal)).toBe(request);
  });

  it.each([
    ['no pictures', [image('https://x.example/page')], /no PNG/],
    ['gone', [image('https://x.example/nothing')], /is gone/],
    ['too many', Array.from({ length: 21 }, (_, i) => image(`https://x.example/${i}`)), /up to 20/],
  ])('that are %s are refused where they stand', async (_name, blocks, message) => {
    const refused = inlineImages(requestWith(...blocks), 'Claude', fetchFile, signal);
    await expect(refused).rejects.toMatchObject({
      param: 'messages.0.content.1',
      message: expect.stringMatching(message),
    });
  });
});

describe('pictures behind https addresses in a body of the Messages format', () => {
  const picture = (url: string, more: object = {}) => ({ type: 'image', source: { type: 'url', url }, ...more });
  const bodyWith = (...content: unknown[]) => ({ model: 'm', x: [1], messages: [{ role: 'user', content }] });
  const inline = (body: ReturnType<typeof bodyWith>) => inlineMessageImages(body, fetchFile, signal);
  const url = 'https://x.example/gif';
  const source = { type: 'base64', media_type: 'image/gif', data: files[url]?.toString('base64') };

  it('become their bytes, in results of tools, too, and all else stays as it is', async () => {
    const marked = picture(url, { cache_control: { type: 'ephemeral' }, unknown: 1 });
    const others = [
      { type: 'text', text: url },
      picture('http://x.example/gif'),
      picture('gs://b/gif'),
      { type: 'image', source: { type: 'base64', media_type: 'image/png', data: 'aGk=' } },
      { type: 'document', source: { type: 'url', url } },
      { type: 'tool_use', id: 'a', name: 'f', input: { content: [picture(url)] } },
      { type: 'image' },
      { type: 'image', source: { type: 'url', url: 1 } },
      'text',
      null,
    ];
    const body = bodyWith(marked, { type: 'tool_result', tool_use_id: 'a', content: [picture(url)] }, ...others);
    const before = structuredClone(body);
    expect(await inline(body)).toEqual(
      bodyWith(
        { ...marked, source },
        { type: 'tool_result', tool_use_id: 'a', content: [{ type: 'image', source }] },
        ...others,
      ),
    );
    expect(body).toEqual(before);
  });

  it.each([
    bodyWith({ type: 'text', text: url }),
    { messages: url },
    { messages: [{ role: 'user', content: url }, 'text', null] },
    {},
  ])('are not looked for in vain: %j stays the same', async (body) => {
    expect(await inlineMessageImages(body, fetchFile, signal)).toBe(body);
  });

  it.each([
    ['no pictures', [picture('https://x.example/page')]],
    ['gone', [picture('https://x.example/nothing')]],
    ['too many', Array.from({ length: 21 }, () => 0).map((_, i) => picture(`https://x.example/gif#${i}`))],
  ])('that are %s go on as they came', async (_name, content) => {
    const body = bodyWith(...content);
    expect(await inlineMessageImages(body, fetchFile, signal)).toBe(body);
  });

  it('go on as far as they can be fetched', async () => {
    const gone = picture('https://x.example/nothing');
    expect(await inline(bodyWith(gone, picture(url)))).toEqual(bodyWith(gone, { type: 'image', source }));
  });

  it('are not hidden when the fetching itself breaks', async () => {
    const broken = () => Promise.reject(new TypeError('a bug'));
    await expect(inlineMessageImages(bodyWith(picture(url)), broken, signal)).rejects.toThrow('a bug');
  });
});
