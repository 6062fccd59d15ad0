import { describe, expect, it } from 'vitest';
import { responseBounds } from '../../../functions/dialects/openai-responses/bounds.ts';

const none = {
  images: 0,
  audioChars: 0,
  mediaChars: 0,
  remoteMedia: 0,
  maxOutputTokens: null,
  choices: 1,
  audioOut: false,
};
const picture = `data:image/png;base64,${'A'.repeat(1000)}`;
const file = `data:application/pdf;base64,${'A'.repeat(2000)}`;
const asks = (...content: unknown[]) => ({ input: [{ role: 'user', content }] });

describe('the bounds of a Responses request', () => {
  it.each<[string, Record<string, unknown>, object]>([
    ['of text', { input: 'hello', max_output_tokens: 100 }, { textBytes: 10_000, maxOutputTokens: 100 }],
    [
      'of a picture',
      asks({ type: 'input_image', image_url: picture }),
      { textBytes: 10_000 - picture.length, images: 1 },
    ],
    [
      'of a picture elsewhere',
      asks({ type: 'input_image', image_url: 'https://a/b.png' }),
      { textBytes: 9985, images: 1 },
    ],
    [
      'of a file',
      asks({ type: 'input_file', file_data: file }),
      { textBytes: 10_000 - file.length, mediaChars: file.length },
    ],
    [
      'of files elsewhere',
      asks({ type: 'input_file', file_url: 'https://a/b.pdf' }, { type: 'input_file', file_id: 'file-1' }),
      { textBytes: 10_000, remoteMedia: 2 },
    ],
    [
      'of sound',
      asks({ type: 'input_audio', input_audio: { data: 'AAAA', format: 'wav' } }),
      { textBytes: 9996, audioChars: 4 },
    ],
    [
      'of a tool’s result',
      {
        input: [{ type: 'function_call_output', call_id: 'c', output: [{ type: 'input_image', image_url: picture }] }],
      },
      { textBytes: 10_000 - picture.length, images: 1 },
    ],
    [
      'of a screenshot',
      { input: [{ type: 'computer_call_output', output: { type: 'computer_screenshot', image_url: picture } }] },
      { textBytes: 10_000 - picture.length, images: 1 },
    ],
    [
      'of nonsense',
      {
        input: [
          null,
          7,
          { content: [null, 'x', { type: 'input_image', image_url: 7 }, { type: 'input_file', file_data: {} }] },
        ],
        max_output_tokens: '9',
      },
      { textBytes: 10_000, images: 1, remoteMedia: 1 },
    ],
  ])('%s', (_, body, expected) => {
    expect(responseBounds(body, 10_000)).toEqual({ ...none, ...expected });
  });

  it('are never below nothing', () => {
    expect(responseBounds(asks({ type: 'input_image', image_url: picture }), 10).textBytes).toBe(0);
    expect(responseBounds({ max_output_tokens: -1 }, 0).maxOutputTokens).toBeNull();
  });
});
