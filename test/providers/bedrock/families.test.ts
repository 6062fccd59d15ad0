import { describe, expect, it } from 'vitest';
import { familyOf } from '../../../functions/providers/bedrock/families.ts';

describe('the family of a model', () => {
  it.each([
    ['anthropic.claude-v2:1', { maker: 'anthropic', sampling: 'both', structured: 'words', reasoning: null }],
    ['anthropic.claude-instant-v1', { maker: 'anthropic', structured: 'words', reasoning: null }],
    [
      'anthropic.claude-3-haiku-20240307-v1:0',
      { sampling: 'both', structured: 'tool', reasoning: null, cachePoints: { content: false, tools: false } },
    ],
    ['us.anthropic.claude-3-5-sonnet-20241022-v2:0', { sampling: 'both', cachePoints: { content: true, tools: true } }],
    ['us.anthropic.claude-3-7-sonnet-20250219-v1:0', { sampling: 'both', reasoning: 'claude-budget' }],
    ['us.anthropic.claude-sonnet-4-20250514-v1:0', { sampling: 'one', structured: 'tool', reasoning: 'claude-budget' }],
    [
      'eu.anthropic.claude-sonnet-4-5-20250929-v1:0',
      { sampling: 'one', structured: 'native', reasoning: 'claude-budget' },
    ],
    ['global.anthropic.claude-opus-4-6-v1', { sampling: 'one', structured: 'native', reasoning: 'claude-adaptive' }],
    ['us.anthropic.claude-sonnet-4-6', { sampling: 'one', structured: 'tool', reasoning: 'claude-adaptive' }],
    ['us.anthropic.claude-opus-4-7', { sampling: 'none', structured: 'tool', reasoning: 'claude-adaptive' }],
    ['anthropic.claude-opus-5-5', { sampling: 'none', reasoning: 'claude-adaptive' }],
    ['anthropic.claude-mythos-preview', { sampling: 'none', reasoning: 'claude-adaptive' }],
    [
      'arn:aws:bedrock:us-east-1:000000000000:inference-profile/us.anthropic.claude-sonnet-4-5-20250929-v1:0',
      { maker: 'anthropic', structured: 'native' },
    ],
    [
      'arn:aws:bedrock:us-east-1:000000000000:application-inference-profile/a1b2c3d4e5f6',
      { maker: null, sampling: 'both', structured: 'tool', reasoning: null },
    ],
    ['us.amazon.nova-pro-v1:0', { maker: 'amazon', reasoning: null, cachePoints: { content: true, tools: false } }],
    ['us.amazon.nova-2-lite-v1:0', { maker: 'amazon', reasoning: 'nova' }],
    [
      'openai.gpt-oss-20b-1:0',
      { maker: 'openai', sampling: 'both', stop: false, structured: 'native', reasoning: 'reasoning_effort' },
    ],
    ['us.openai.gpt-5.2', { maker: 'openai', sampling: 'none', reasoning: 'reasoning.effort' }],
    ['mistral.mistral-large-3-675b-instruct', { maker: 'mistral', structured: 'native', shortToolIds: true }],
    ['us.meta.llama3-3-70b-instruct-v1:0', { maker: 'meta', structured: 'words' }],
    ['qwen.qwen3-32b-v1:0', { maker: 'qwen', structured: 'native', reasoning: 'reasoning_config' }],
    ['us.deepseek.r1-v1:0', { maker: 'deepseek', structured: 'words', reasoning: null }],
    ['kit.unknown-model-v1:0', { maker: null, sampling: 'both', stop: true, structured: 'tool' }],
  ])('%s', (model, traits) => {
    expect(familyOf(model)).toMatchObject(traits);
  });
});
