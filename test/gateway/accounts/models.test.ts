import { describe, expect, it } from 'vitest';
import { builtInCatalogue } from '../../../functions/core/catalogue/built-in-catalogue.ts';
import { getModel, listModels, unknownModel } from '../../../functions/gateway/accounts/models.ts';

const catalogue = builtInCatalogue('2026-11-25T00:00:00.000Z');

describe('a model of the list', () => {
  it('has its limits and media under the names that OpenRouter gives them', () => {
    expect(getModel(catalogue, 'google/gemini-2.5-flash')).toEqual({
      id: 'google/gemini-2.5-flash',
      object: 'model',
      created: Date.UTC(2025, 5, 17) / 1000,
      owned_by: 'google',
      kind: 'chat',
      providers: ['vertex', 'gemini'],
      context_length: 1_048_576,
      architecture: { input_modalities: ['text', 'image', 'file', 'audio', 'video'], output_modalities: ['text'] },
      top_provider: { context_length: 1_048_576, max_completion_tokens: 65_536 },
      pricing: { input_usd_per_million: '0.3000000', output_usd_per_million: '2.5000000' },
    });
  });

  it.each([
    ['openai/gpt-4o', 'openai'],
    ['bedrock/global.anthropic.claude-opus-5', 'anthropic'],
    ['bedrock/zai.glm-5', 'zai'],
    ['bedrock/deepseek.v3.2', 'deepseek'],
    ['vertex/gemini-3.8-flash', 'google'],
    ['vertex/anthropic/claude-opus-5', 'anthropic'],
    ['anthropic/claude-opus-5', 'anthropic'],
  ])('%s is owned by %s, who made it', (id, owner) => {
    expect(getModel(catalogue, id).owned_by).toBe(owner);
  });

  it('tells its end and its successor when its provider has announced them', () => {
    expect(getModel(catalogue, 'openai/gpt-5')).toMatchObject({
      expiration_date: '2026-12-11',
      successor: 'openai/gpt-6.1-sol',
    });
  });

  it('has no day of release that no source gives', () => {
    expect(getModel(catalogue, 'openai/gpt-6-sol').created).toBe(0);
  });

  it('comes with the day for which the list was made', () => {
    expect(listModels(catalogue, 1, null).data_as_of).toBe('2026-11-23');
  });
});

it('refuses a retired model with the day of its end, its successor and the id that still leads to it', () => {
  const { code, message, details } = unknownModel('gpt-4', catalogue);
  expect([code, message, details.hint]).toEqual([
    'model_not_found',
    'openai retired "gpt-4" on 2026-10-23.',
    'Its provider names openai/gpt-5.6-sol as the successor. With a key of your own that still has it, send openai/gpt-4.',
  ]);
});
