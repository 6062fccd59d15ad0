import type { Effort } from '../../../core/chat/conversation.ts';

/** What a server that speaks chat completions, and its model, take of a request. */
export interface OpenAiTraits {
  /** The field that limits the answer. */
  limitField: 'max_completion_tokens' | 'max_tokens';
  /** Larger limits are refused by the server; null: not known. */
  mostTokens: number | null;
  /** The efforts that the model takes, in their order; empty: it is not told how to think. */
  efforts: readonly Effort[];
  /** Whether the model thinks when no effort is told. */
  thinksUnasked: boolean;
  /** What must be said of thinking beside tools: anything, nothing, or that there is none. */
  effortBesideTools: 'any' | 'unset' | 'none';
  /** Sampling and stop sequences: some models refuse them, some while they think. */
  sampling: 'always' | 'unthinking' | 'never';
  verbosity: boolean;
  /** Whether `file` parts are taken. */
  files: boolean;
  /** OpenAI's own fields: service tiers, identifiers, cache keys. */
  ownFields: boolean;
}

/** Servers of open models: the fields that all of them know. */
export const openModelTraits: OpenAiTraits = {
  limitField: 'max_tokens',
  mostTokens: null,
  efforts: [],
  thinksUnasked: false,
  effortBesideTools: 'any',
  sampling: 'always',
  verbosity: false,
  files: false,
  ownFields: false,
};
