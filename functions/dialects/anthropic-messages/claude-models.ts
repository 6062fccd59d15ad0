/** What the generations of Claude take (https://docs.anthropic.com/en/docs/about-claude/models/overview and the migration guides). */
export interface ClaudeModel {
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
  /** Knows an effort between high and max. */
  extraHigh: boolean;
  /** Shows no thoughts unless it is told to. */
  hidesThoughts: boolean;
  /** How thinking is turned off: it is off unless asked for, by a word, or not at all (then as little as possible). */
  off: 'absent' | 'disabled' | 'between_tools' | 'never';
  /** Thinks beside a tool that it must call. */
  thinksBesideForced: boolean;
}

/** What the host of a model takes, whatever the model. */
export interface ClaudeHost {
  /** `anthropic_version` in the body; null: it travels elsewhere. */
  version: string | null;
  /** Fetches images and documents by https addresses. */
  takesAddresses: boolean;
  /** Takes `metadata.user_id`. */
  takesUserId: boolean;
  /** Takes `output_config.format`; elsewhere a structured answer is the input of a tool. */
  structured: boolean;
}

export type ClaudeTraits = ClaudeModel & ClaudeHost;

/** `claude-sonnet-4-5@20250929`, the older `claude-3-5-sonnet-v2@20241022`, and either inside a longer id; ids that name no generation are taken for new ones. */
export function claudeModel(model: string): ClaudeModel {
  const version = versionOf(model);
  const old = {
    thinking: null,
    noSampling: false,
    oneSampler: false,
    forcible: true,
    extraHigh: false,
    hidesThoughts: false,
    off: 'absent' as const,
    thinksBesideForced: false,
  };
  if (version < 305) return { ...old, maxTokens: 4096 };
  if (version < 307) return { ...old, maxTokens: 8192 };
  return {
    maxTokens: 16_384,
    thinking: version >= 406 ? 'adaptive' : 'budget',
    noSampling: version >= 407,
    oneSampler: version >= 400,
    forcible: version <= 500,
    extraHigh: version >= 407,
    // https://platform.claude.com/docs/en/build-with-claude/adaptive-thinking
    hidesThoughts: version >= 407,
    off: offSwitch(model, version),
    // https://github.com/langchain-ai/langchain-aws/pull/1141
    thinksBesideForced: version >= 408,
  };
}

/**
 * https://platform.claude.com/docs/en/models/sonnet-5-5/whats-new-sonnet-5-5,
 * https://platform.claude.com/docs/en/models/opus-5-5/whats-new-opus-5-5
 */
function offSwitch(model: string, version: number): ClaudeModel['off'] {
  if (version < 500) return 'absent';
  if (/fable|mythos/.test(model) || (model.includes('opus') && version > 500)) return 'never';
  return model.includes('sonnet') && version > 500 ? 'between_tools' : 'disabled';
}

/** 405 for 4.5. */
function versionOf(model: string): number {
  // A minor version has one or two digits: `claude-opus-4-20250514` is 4.0.
  const found = /claude-(?:[a-z]+-)?v?(\d{1,2})(?:[-.](\d{1,2})(?!\d))?(?!\d)/.exec(model);
  return found ? Number(found[1]) * 100 + Number(found[2] ?? 0) : 500;
}
