import type { Effort } from '../../core/chat/conversation.ts';
import type { OpenAiTraits } from '../../dialects/openai-chat/upstream/traits.ts';

/**
 * What OpenAI's models take of a chat request, for requests that are translated; others go on as they came. Sources:
 * https://platform.openai.com/docs/models, https://platform.openai.com/docs/guides/reasoning, and OpenAI's own refusals as
 * https://github.com/BerriAI/litellm/pull/28662 (stop, sampling) and https://github.com/openai/openai-openapi/issues/541 (tools)
 * report them.
 */
export function traitsOf(model: string): OpenAiTraits {
  // ft:gpt-4.1-mini-2025-04-14:org::id
  const id = model.toLowerCase().replace(/^ft:/, '');
  if (/^o\d/.test(id)) return { ...thinker, mostTokens: 100_000, efforts: ['low', 'medium', 'high'], verbosity: false };
  const version = /^gpt-5(?:\.(\d+))?/.exec(id);
  if (version === null) return { ...usual, mostTokens: mostTokens(id), files: !/^gpt-(3|4-|4$)/.test(id) };
  const minor = Number(version[1] ?? 0);
  if (id.includes('chat')) return { ...thinker, mostTokens: 16_384, efforts: [] };
  if (minor === 0) return { ...thinker, efforts: ['minimal', 'low', 'medium', 'high'] };
  const efforts: Effort[] = ['low', 'medium', 'high', ...(minor > 1 || id.includes('max') ? (['xhigh'] as const) : [])];
  if (id.includes('codex')) return { ...thinker, efforts };
  return {
    ...thinker,
    efforts: ['none', ...efforts],
    sampling: 'unthinking',
    // From 5.6 on models think unless they are told not to, and then refuse tools here.
    thinksUnasked: minor > 4,
    effortBesideTools: minor > 5 ? 'none' : minor > 1 ? 'unset' : 'any',
  };
}

const usual: OpenAiTraits = {
  limitField: 'max_completion_tokens',
  mostTokens: null,
  efforts: [],
  thinksUnasked: false,
  effortBesideTools: 'any',
  sampling: 'always',
  verbosity: false,
  files: true,
  ownFields: true,
};

const thinker: OpenAiTraits = {
  ...usual,
  mostTokens: 128_000,
  thinksUnasked: true,
  sampling: 'never',
  verbosity: true,
};

/** Clients for Claude ask for more than the older models can give, and OpenAI refuses that. */
function mostTokens(id: string): number | null {
  if (id.startsWith('gpt-4o')) return 16_384;
  if (id.startsWith('gpt-4.1')) return 32_768;
  return /^gpt-(4|3\.5)-turbo/.test(id) ? 4096 : null;
}
