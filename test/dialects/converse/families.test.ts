import { describe, expect, it } from 'vitest';
import { familyOf, withoutProfile } from '../../../functions/dialects/converse/families.ts';

describe('the family of a model', () => {
  it.each([
    ['anthropic.claude-v2:1', { maker: 'anthropic', sampling: 'both', structured: 'words', reasoning: null }],
    ['anthropic.claude-instant-v1', { maker: 'anthropic', structured: 'words', reasoning: null }],
    [
      'anthropic.claude-3-haiku-20240307-v1:0',
      {
        sampling: 'both',
        structured: 'tool',
        reasoning: null,
        cachePoints: { content: false, tools: false, hour: false },
      },
    ],
    [
      'us.anthropic.claude-3-5-sonnet-20241022-v2:0',
      { sampling: 'both', cachePoints: { content: true, tools: true, hour: false } },
    ],
    ['us.anthropic.claude-3-7-sonnet-20250219-v1:0', { sampling: 'both', reasoning: 'claude-budget' }],
    [
      'us.anthropic.claude-sonnet-4-20250514-v1:0',
      { sampling: 'one', structured: 'tool', reasoning: 'claude-budget', cachePoints: { hour: false } },
    ],
    [
      'eu.anthropic.claude-sonnet-4-5-20250929-v1:0',
      {
        sampling: 'one',
        structured: 'native',
        strictTools: true,
        reasoning: 'claude-budget',
        cachePoints: { hour: true },
      },
    ],
    ['us.anthropic.claude-haiku-4-5-20251001-v1:0', { structured: 'tool', strictTools: false }],
    ['global.anthropic.claude-opus-4-6-v1', { sampling: 'one', structured: 'native', reasoning: 'claude-adaptive' }],
    [
      'us.anthropic.claude-sonnet-4-6',
      { sampling: 'one', structured: 'tool', strictTools: true, reasoning: 'claude-adaptive' },
    ],
    [
      'us.anthropic.claude-opus-4-7',
      { sampling: 'none', structured: 'tool', strictTools: false, forcing: 'tool', reasoning: 'claude-adaptive' },
    ],
    ['us.anthropic.claude-sonnet-5', { forcing: 'tool', structured: 'tool', thinking: { off: 'disabled' } }],
    ['us.anthropic.claude-fable-5', { forcing: 'tool', thinking: { off: 'never' } }],
    [
      'anthropic.claude-opus-5-5',
      {
        sampling: 'none',
        reasoning: 'claude-adaptive',
        forcing: 'none',
        structured: 'words',
        thinking: { off: 'never' },
      },
    ],
    ['us.anthropic.claude-sonnet-5-5', { forcing: 'none', structured: 'words', thinking: { off: 'between_tools' } }],
    ['global.anthropic.claude-fable-5-1', { forcing: 'none', structured: 'words', thinking: { off: 'never' } }],
    ['anthropic.claude-mythos-preview', { sampling: 'none', reasoning: 'claude-adaptive' }],
    [
      'arn:aws:bedrock:us-east-1:000000000000:inference-profile/us.anthropic.claude-sonnet-4-5-20250929-v1:0',
      { maker: 'anthropic', structured: 'native' },
    ],
    [
      'arn:aws:bedrock:us-east-1:000000000000:application-inference-profile/a1b2c3d4e5f6',
      { maker: null, sampling: 'both', structured: 'tool', reasoning: null },
    ],
    [
      'us.amazon.nova-pro-v1:0',
      { maker: 'amazon', reasoning: null, forcing: 'tool', cachePoints: { content: true, tools: false, hour: false } },
    ],
    ['us.amazon.nova-2-lite-v1:0', { maker: 'amazon', reasoning: 'nova' }],
    [
      'openai.gpt-oss-20b-1:0',
      {
        ...{ maker: 'openai', sampling: 'both', stop: false, structured: 'native', strictTools: false },
        reasoning: 'reasoning_effort',
      },
    ],
    ['us.openai.gpt-5.2', { maker: 'openai', sampling: 'none', strictTools: false, reasoning: 'reasoning.effort' }],
    [
      'mistral.mistral-large-3-675b-instruct',
      { maker: 'mistral', structured: 'native', shortToolIds: true, forcing: 'any' },
    ],
    ['us.meta.llama3-3-70b-instruct-v1:0', { maker: 'meta', structured: 'words', forcing: 'none' }],
    ['qwen.qwen3-32b-v1:0', { maker: 'qwen', structured: 'native', reasoning: 'reasoning_config' }],
    ['us.deepseek.r1-v1:0', { maker: 'deepseek', structured: 'words', reasoning: null }],
    ['us.xai.grok-4.6', { maker: 'xai', stop: false, forcing: 'tool' }],
    ['deepseek.v3-v1:0', { maker: 'deepseek', structured: 'native', forcing: 'any', reasoning: 'reasoning_effort' }],
    ['kit.unknown-model-v1:0', { maker: null, sampling: 'both', stop: true, structured: 'tool' }],
  ])('%s', (model, traits) => {
    expect(familyOf(model)).toMatchObject(traits);
  });
});

describe('the model behind a profile', () => {
  it.each([
    ['us.anthropic.claude-sonnet-4-6', 'anthropic.claude-sonnet-4-6'],
    ['us-gov.anthropic.claude-x', 'anthropic.claude-x'],
    ['global.amazon.nova-2-lite-v1:0', 'amazon.nova-2-lite-v1:0'],
    [
      'arn:aws:bedrock:eu-central-1:000000000000:inference-profile/eu.anthropic.claude-x-v1:0',
      'anthropic.claude-x-v1:0',
    ],
    ['anthropic.claude-x', 'anthropic.claude-x'],
    [
      'arn:aws:bedrock:us-east-1:000000000000:application-inference-profile/a1b2c3',
      'arn:aws:bedrock:us-east-1:000000000000:application-inference-profile/a1b2c3',
    ],
  ])('%s is %s', (model, base) => {
    expect(withoutProfile(model)).toBe(base);
  });
});
