import type { ServedModel } from './served-model.ts';

/** The names without a date are ids, too: https://platform.claude.com/docs/en/about-claude/models/overview, one page per model. */
export const anthropic: ServedModel[] = [
  ...['claude-fable-5-2', 'claude-fable-5-1', 'claude-fable-5', 'claude-haiku-5-5'].map((model) => ({
    ...claude(model),
    prices: 'facts' as const,
  })),
  // https://platform.claude.com/docs/en/models/sonnet-5-5/overview, as of October 2026.
  { ...claude('claude-sonnet-5-5'), prices: 'facts', cacheReadUsd: 0.2 },
  ...['claude-opus-5-5', 'claude-opus-5', 'claude-sonnet-5', 'claude-opus-4-8', 'claude-opus-4-7'].map((model) =>
    claude(model),
  ),
  claude('claude-opus-4-6', 128_000),
  claude('claude-sonnet-4-6', 128_000),
  claude('claude-haiku-4-5', 64_000),
  {
    ...claude('claude-sonnet-4-5', 64_000),
    // Both as of 2026-11-23, from https://platform.claude.com/docs/en/models/sonnet-4-5/overview: its window is 200,000 tokens, so that
    // no request reaches the dearer tier of the library.
    flat: true,
    end: { on: '2026-11-30', successor: 'anthropic/claude-sonnet-5-5' },
  },
  claude('claude-opus-4-5', 64_000),
  claude('claude-opus-4-1', 32_000),
  {
    ...claude('claude-sonnet-4-20250514', 64_000, 'claude-sonnet-4'),
    // As of 2026-11-23: https://platform.claude.com/docs/en/release-notes/overview, 15 June 2026.
    end: { on: '2026-06-15', successor: 'anthropic/claude-sonnet-4-6' },
  },
];

function claude(model: string, maxOutputTokens?: number, name = model): ServedModel {
  return { model, brand: `anthropic/${name}`, ...(maxOutputTokens !== undefined && { maxOutputTokens }) };
}
