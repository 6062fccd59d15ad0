import { withoutGeography } from '../../core/catalogue/inference-profiles.ts';
import type { Effort, Signature } from '../../core/chat/conversation.ts';

/** What the model families of Bedrock take, where they differ. Unknown models get what most models take. */
export interface Family {
  /** Who made the model; null when the id hides it, as an application inference profile's ARN does. */
  maker: string | null;
  /** `one`: temperature or top_p, not both. `none`: neither. */
  sampling: 'both' | 'one' | 'none';
  /** Where `top_k` goes in the model's own fields. */
  topK: 'top_k' | 'inferenceConfig' | null;
  stop: boolean;
  /** Structured output by `outputConfig`, by a tool that must be called, or by words in the system prompt. */
  structured: 'native' | 'tool' | 'words';
  strictTools: boolean;
  /** How a call can be forced: of one tool, of any of those offered, or not at all. */
  forcing: 'tool' | 'any' | 'none';
  reasoning: Reasoning | null;
  /** The levels that the model knows, from low to high. */
  efforts: readonly Effort[];
  /** What only Claude's thinking has. */
  thinking: Thinking | null;
  cachePoints: { content: boolean; tools: boolean; hour: boolean };
  /** Ids of tool calls must be nine letters or digits. */
  shortToolIds: boolean;
  /** Whether the model goes on from the beginning of an answer. */
  prefill: boolean;
  /** Whose signed thoughts the model takes back; null: it takes none. */
  signatures: Signature['format'] | null;
}

/** How a family is told to reason: which field carries the effort. */
export type Reasoning =
  | 'claude-budget'
  | 'claude-adaptive'
  | 'nova'
  | 'reasoning_effort'
  | 'reasoning.effort'
  | 'reasoning_config';

export interface Thinking {
  /** Whether a number of tokens may be set. */
  budgets: boolean;
  /** Whether thoughts are empty unless asked for. */
  hidden: boolean;
  /** Whether the model thinks beside a tool that it must call. */
  besideForced: boolean;
  /** How thinking is turned off: it is off unless asked for, by a word, or not at all (then as little as possible). */
  off: 'absent' | 'disabled' | 'between_tools' | 'never';
}

const threeEfforts = ['low', 'medium', 'high'] as const;

const usual: Family = {
  maker: null,
  sampling: 'both',
  topK: null,
  stop: true,
  structured: 'tool',
  strictTools: false,
  forcing: 'any',
  reasoning: null,
  efforts: threeEfforts,
  thinking: null,
  cachePoints: { content: false, tools: false, hour: false },
  shortToolIds: false,
  prefill: false,
  signatures: null,
};

/** The family of a model id, an inference profile or an ARN. */
export function familyOf(model: string): Family {
  const id = model.toLowerCase();
  if (id.includes('claude') || id.includes('anthropic.')) return claude(id);
  if (id.includes('amazon.nova')) return { ...nova, reasoning: id.includes('nova-2') ? 'nova' : null };
  if (id.includes('openai.')) {
    return id.includes('gpt-oss') ? gptOss : { ...gpt, efforts: gptEfforts(id) };
  }
  const maker =
    /(?:^|[./])(amazon|mistral|meta|qwen|deepseek|cohere|ai21|writer|google|moonshotai|moonshot|minimax|nvidia|zai|xai)\./.exec(
      id,
    )?.[1] ?? null;
  const structured = nativeStructured.test(id) ? 'native' : wordsOnly.test(id) ? 'words' : 'tool';
  return {
    ...usual,
    maker,
    structured,
    strictTools: structured === 'native',
    // https://github.com/aws-solutions-library-samples/accelerated-intelligent-document-processing-on-aws/pull/738
    forcing: structured === 'words' ? 'none' : maker === 'xai' ? 'tool' : 'any',
    // Grok refuses stop sequences: https://github.com/lidge-jun/opencodex/pull/5280.
    stop: maker !== 'xai',
    shortToolIds: maker === 'mistral',
    // DeepSeek: https://github.com/langchain-ai/langchain-aws/pull/1261.
    reasoning: id.includes('qwen3') ? 'reasoning_config' : id.includes('deepseek.v3') ? 'reasoning_effort' : null,
  };
}

/** The model that an inference profile leads to, as far as its id says. CountTokens takes no other name. */
export function withoutProfile(model: string): string {
  return withoutGeography(/^arn:[^:]*:bedrock:[^:]*:[^:]*:inference-profile\/(.+)$/.exec(model)?.[1] ?? model);
}

// docs.aws.amazon.com/bedrock/latest/userguide/structured-output.html, models that are not Claude.
const nativeStructured = /qwen3|deepseek\.v3|gemma-3|minimax|magistral|ministral|mistral-large-3|voxtral|kimi|nemotron/;

// API_runtime_ToolChoice: no tool can be forced on these, or they take no tools.
const wordsOnly = /llama|deepseek\.r1|titan|ai21|jamba|cohere\.command/;

// API_runtime_ToolChoice: one tool by its name is for Claude and Nova.
// docs.aws.amazon.com/nova/latest/userguide/tool-choice.html; topK:
// docs.aws.amazon.com/nova/latest/userguide/using-converse-api.html
const nova: Family = {
  ...usual,
  maker: 'amazon',
  topK: 'inferenceConfig',
  forcing: 'tool',
  cachePoints: { content: true, tools: false, hour: false },
  signatures: 'amazon',
};

// The OpenAI models on Converse refuse stop sequences, and those behind closed doors the sampling, too.
// `outputConfig` is taken: docs.aws.amazon.com/bedrock/latest/userguide/structured-output.html and
// https://github.com/anomalyco/models.dev/pull/6593.
const gptOss: Family = {
  ...usual,
  maker: 'openai',
  stop: false,
  structured: 'native',
  reasoning: 'reasoning_effort',
};
const gpt: Family = {
  ...gptOss,
  sampling: 'none',
  reasoning: 'reasoning.effort',
};

/**
 * GPT-6 always thinks (https://github.com/langchain-ai/langchain/pull/40330), `max` came with 5.6
 * (https://github.com/enricoros/big-AGI/issues/1159), and none of those on Bedrock knows `minimal`
 * (https://github.com/bolna-ai/bolna/pull/852).
 */
function gptEfforts(id: string): Effort[] {
  const version = Number(/gpt-(\d+(?:\.\d+)?)/.exec(id)?.[1] ?? 6);
  const most = [...threeEfforts, 'xhigh'] as const;
  if (version >= 6) return [...most, 'max'];
  return version >= 5.6 ? ['none', ...most, 'max'] : ['none', ...most];
}

function claude(id: string): Family {
  // The newest names came without a number at first.
  const version = claudeVersion(id) || (/mythos|fable/.test(id) ? 5 : 0);
  const opus = id.includes('opus');
  const noSampling = version >= 5 || (opus && version >= 4.7);
  const native = nativeClaude(id, version);
  // https://github.com/vercel/ai/issues/21364 (Opus 5.5), https://github.com/langchain-ai/langchain-aws/pull/1274
  // (Fable 5.1), https://platform.claude.com/docs/en/models/sonnet-5-5/migration-guide: a forced choice is refused.
  const forcible = version <= 5;
  return {
    ...usual,
    maker: 'anthropic',
    // Claude 4 refuses temperature beside top_p; Opus 4.7 and everything from 5 on refuse both.
    sampling: noSampling ? 'none' : version >= 4 ? 'one' : 'both',
    topK: noSampling ? null : 'top_k',
    structured: native ? 'native' : forcible && (version === 0 || version >= 3) ? 'tool' : 'words',
    // Strict tools are refused from Opus 4.7 on: https://github.com/BerriAI/litellm/issues/33193.
    strictTools: native || (version === 4.6 && !opus),
    forcing: forcible && (version === 0 || version >= 3) ? 'tool' : 'none',
    reasoning: version >= 4.6 ? 'claude-adaptive' : version >= 3.7 ? 'claude-budget' : null,
    efforts: claudeEfforts(version),
    thinking: version >= 3.7 ? claudeThinking(id, version) : null,
    cachePoints: {
      content: version === 0 || version >= 3.5,
      tools: version === 0 || version >= 3.5,
      // https://github.com/earendil-works/pi/pull/1570: older ones answer "Extra inputs are not permitted".
      hour: version >= 4.5,
    },
    // "This model does not support assistant message prefill": https://github.com/langchain-ai/deepagents/issues/1585.
    prefill: version > 0 && version < 4.6,
    signatures: 'anthropic',
  };
}

/**
 * docs.aws.amazon.com/bedrock/latest/userguide/structured-output.html; refused by Opus 4.7 and all that came after
 * (https://github.com/vercel/ai/pull/17919), unreliable on Sonnet 4.6 and Haiku 4.5
 * (https://github.com/vercel/ai/pull/20134).
 */
function nativeClaude(id: string, version: number): boolean {
  return (version === 4.5 && !id.includes('haiku')) || (version === 4.6 && id.includes('opus'));
}

/** https://platform.claude.com/docs/en/build-with-claude/effort: `max` came with 4.6, `xhigh` with 4.7. */
function claudeEfforts(version: number): Effort[] {
  return [
    ...threeEfforts,
    ...(version >= 4.7 ? (['xhigh'] as const) : []),
    ...(version >= 4.6 ? (['max'] as const) : []),
  ];
}

/**
 * https://platform.claude.com/docs/en/build-with-claude/adaptive-thinking, and the migration guides of Opus, Sonnet
 * and Fable.
 */
function claudeThinking(id: string, version: number): Thinking {
  const always = /fable|mythos/.test(id) || (id.includes('opus') && version > 5);
  return {
    budgets: version < 4.7,
    hidden: version >= 4.7,
    // https://github.com/langchain-ai/langchain-aws/pull/1141
    besideForced: version >= 4.8,
    off:
      version < 5 ? 'absent' : always ? 'never' : id.includes('sonnet') && version > 5 ? 'between_tools' : 'disabled',
  };
}

/** `claude-sonnet-4-5-20250929` and `claude-3-7-sonnet-20250219` alike; 0 when the id names none. */
function claudeVersion(id: string): number {
  const found = /claude-(?:[a-z]+-)?v?(\d{1,2})(?:[-.](\d{1,2})(?!\d))?/.exec(id);
  return found === null ? 0 : Number(`${found[1]}.${found[2] ?? 0}`);
}
