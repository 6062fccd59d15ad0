/** What the generations of Claude take (https://docs.anthropic.com/en/docs/about-claude/models/overview and the migration guides). */
export interface ClaudeTraits {
  /** Used when the caller sets no limit: Anthropic's format must have one. */
  maxTokens: number;
  /** How it is told to think; null: it cannot. */
  thinking: 'adaptive' | 'budget' | null;
  /** Temperature, top_p and top_k are refused. */
  noSampling: boolean;
  /** Temperature and top_p are refused together. */
  oneSampler: boolean;
  /** A call of a tool can be forced. */
  forcible: boolean;
}

/** `claude-sonnet-4-5@20250929` and the older `claude-3-5-sonnet-v2@20241022`; ids that name no generation are taken for new ones. */
export function traitsOf(model: string): ClaudeTraits {
  const version = versionOf(model);
  if (version < 3.5) return { maxTokens: 4096, thinking: null, noSampling: false, oneSampler: false, forcible: true };
  if (version < 3.7) return { maxTokens: 8192, thinking: null, noSampling: false, oneSampler: false, forcible: true };
  return {
    maxTokens: 16_384,
    thinking: version >= 4.6 ? 'adaptive' : 'budget',
    noSampling: version >= 4.7,
    oneSampler: version >= 4,
    forcible: version <= 5,
  };
}

function versionOf(model: string): number {
  // A minor version has one or two digits: `claude-opus-4-20250514` is 4.0.
  const found = /^claude-(?:[a-z]+-)?(\d+)(?:-(\d{1,2}))?(?!\d)/.exec(model);
  return found ? Number(`${found[1]}.${found[2] ?? 0}`) : 5;
}
