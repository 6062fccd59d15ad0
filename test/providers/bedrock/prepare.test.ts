import { describe, expect, it } from 'vitest';
import { createBedrockUpstream } from '../../../functions/providers/bedrock/upstream.ts';
import { upstreamCall } from './call.ts';

const upstream = createBedrockUpstream({ endpoint: 'http://127.0.0.1:9', defaultRegion: 'us-east-1' });

describe('a request to Bedrock that is not sent yet', () => {
  it('tells what it costs at most, and what it leaves out', async () => {
    const body = { messages: [{ role: 'user', content: 'hi' }], seed: 7, reasoning_effort: 'low' };
    expect(
      await upstream.prepare(upstreamCall({ body, model: 'anthropic.claude-sonnet-4-20250514-v1:0' })),
    ).toMatchObject({
      type: 'ready',
      dropped: ['seed'],
      bounds: { maxOutputTokens: 1024 + 4096, choices: 1, images: 0, audioOut: false },
    });
  });

  it('tells the same of embeddings, which answer nothing', async () => {
    const call = upstreamCall({
      operation: 'embed',
      door: null,
      model: 'amazon.titan-embed-text-v2:0',
      body: { input: ['a', 'é'], user: 'u' },
    });
    expect(await upstream.prepare(call)).toMatchObject({
      type: 'ready',
      dropped: ['user'],
      bounds: { textBytes: '{"inputText":"a"}{"inputText":"é"}'.length + 1, maxOutputTokens: 0 },
    });
  });

  it.each([
    [{ n: 2 }, 'n'],
    [{ messages: [] }, 'messages'],
    [{ messages: 'hi' }, 'messages'],
    [
      { messages: [{ role: 'user', content: [{ type: 'input_audio', input_audio: { data: 'AA==' } }] }] },
      'messages.0.content.0.input_audio',
    ],
    [
      { messages: [{ role: 'user', content: [{ type: 'file', file: { file_id: 'file-1' } }] }] },
      'messages.0.content.0.file',
    ],
    [{ guardrail_version: '1' }, 'guardrail_version'],
  ])('is refused without a call: %j', async (changes, param) => {
    const body = { messages: [{ role: 'user', content: 'hi' }], ...changes };
    expect(await upstream.prepare(upstreamCall({ body }))).toMatchObject({
      type: 'failure',
      failure: { kind: 'bad_request', local: true, param },
    });
  });

  it('is never a throw, whatever goes wrong', async () => {
    const conversation = () => {
      throw new RangeError('too deep');
    };
    expect(await upstream.prepare(upstreamCall({ conversation }))).toMatchObject({ type: 'failure' });
    expect(await upstream.prepare(upstreamCall({ door: null }))).toMatchObject({ type: 'failure' });
  });
});
