import { describe, expect, it } from 'vitest';
import { operationUrl, readModel, type VertexModel } from '../../../functions/providers/vertex/access/address.ts';

function known(model: string): VertexModel {
  const read = readModel(model);
  if (!read) throw new Error(`${model} was refused.`);
  return read;
}

describe('a model id', () => {
  it.each([
    ['gemini-2.5-flash', 'google', 'gemini-2.5-flash', 'gemini'],
    ['google/gemini-2.5-flash', 'google', 'gemini-2.5-flash', 'gemini'],
    ['anthropic/claude-sonnet-4@20250514', 'anthropic', 'claude-sonnet-4@20250514', 'anthropic'],
    ['claude-sonnet-4-5@20250929', 'anthropic', 'claude-sonnet-4-5@20250929', 'anthropic'],
    ['meta/llama-3.3-70b-instruct-maas', 'meta', 'llama-3.3-70b-instruct-maas', 'openai'],
    ['google/gemma-4-26b-maas', 'google', 'gemma-4-26b-maas', 'openai'],
    ['endpoints/1234567890', 'endpoints', '1234567890', 'gemini'],
  ])('%s leads to its publisher and format', (model, publisher, id, speaks) => {
    expect(known(model)).toMatchObject({ publisher, id, speaks });
  });

  it.each([
    '../../../secret',
    'gemini:generateContent?x=',
    'a/b/c',
    'gemini%2f..%2f..',
    'gemini#x',
    '',
    '..',
    '.',
    '../x',
    'a/..',
    'endpoints/x',
    'gemini?x',
    'ge mini',
    'x'.repeat(200),
  ])('that could leave its place in the path is none: %s', (model) => {
    expect(readModel(model)).toBeNull();
  });
});

describe('the URL', () => {
  it.each([
    ['global', 'https://aiplatform.googleapis.com'],
    ['us', 'https://aiplatform.us.rep.googleapis.com'],
    ['eu', 'https://aiplatform.eu.rep.googleapis.com'],
    ['europe-west4', 'https://europe-west4-aiplatform.googleapis.com'],
  ])('of %s has its host', (region, host) => {
    expect(operationUrl(null, 'p', region, known('gemini-2.5-flash'), 'generateContent')).toBe(
      `${host}/v1beta1/projects/p/locations/${region}/publishers/google/models/gemini-2.5-flash:generateContent`,
    );
  });

  it('keeps to the operator’s base, and knows endpoints and the OpenAI format', () => {
    const base = 'http://127.0.0.1:1/vertex';
    expect(operationUrl(base, 'p', 'global', known('endpoints/12'), 'generateContent')).toBe(
      `${base}/v1beta1/projects/p/locations/global/endpoints/12:generateContent`,
    );
    expect(operationUrl(base, 'p', 'global', known('meta/llama-4'), 'chat/completions')).toBe(
      `${base}/v1beta1/projects/p/locations/global/endpoints/openapi/chat/completions`,
    );
  });
});
