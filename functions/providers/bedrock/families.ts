/** What the model families of Bedrock take, where they differ. Unknown models get what most models take. */
export interface Family {
  /** Who made the model; null when the id hides it, as an application inference profile's ARN does. */
  maker: string | null;
  /** `one`: temperature or top_p, not both. `none`: neither. */
  sampling: 'both' | 'one' | 'none';
  stop: boolean;
  /** Structured output by `outputConfig`, by a tool that must be called, or by words in the system prompt. */
  structured: 'native' | 'tool' | 'words';
  reasoning: Reasoning | null;
  cachePoints: { content: boolean; tools: boolean };
  /** Ids of tool calls must be nine letters or digits. */
  shortToolIds: boolean;
  /** Reasoning comes signed and has to go back signed. */
  signedReasoning: boolean;
}

/** How a family is told to reason: which field carries the effort. */
export type Reasoning =
  | 'claude-budget'
  | 'claude-adaptive'
  | 'nova'
  | 'reasoning_effort'
  | 'reasoning.effort'
  | 'reasoning_config';

const usual: Family = {
  maker: null,
  sampling: 'both',
  stop: true,
  structured: 'tool',
  reasoning: null,
  cachePoints: { content: false, tools: false },
  shortToolIds: false,
  signedReasoning: false,
};

/** The family of a model id, an inference profile or an ARN. */
export function familyOf(model: string): Family {
  const id = model.toLowerCase();
  if (id.includes('claude') || id.includes('anthropic.')) return claude(id);
  if (id.includes('amazon.nova')) return { ...nova, reasoning: id.includes('nova-2') ? 'nova' : null };
  if (id.includes('openai.')) return id.includes('gpt-oss') ? gptOss : gpt;
  const maker =
    /(?:^|[./])(amazon|mistral|meta|qwen|deepseek|cohere|ai21|writer|google|moonshotai|moonshot|minimax|nvidia|zai)\./.exec(
      id,
    )?.[1] ?? null;
  const structured = nativeStructured.test(id) ? 'native' : wordsOnly.test(id) ? 'words' : 'tool';
  return {
    ...usual,
    maker,
    structured,
    shortToolIds: maker === 'mistral',
    reasoning: /qwen3|deepseek\.v3/.test(id) ? 'reasoning_config' : null,
  };
}

// docs.aws.amazon.com/bedrock/latest/userguide/structured-output.html, models that are not Claude.
const nativeStructured = /qwen3|deepseek\.v3|gemma-3|minimax|magistral|ministral|mistral-large-3|voxtral|kimi|nemotron/;

// API_runtime_ToolChoice: no tool can be forced on these, or they take no tools.
const wordsOnly = /llama|deepseek\.r1|titan|ai21|jamba|cohere\.command/;

const nova: Family = { ...usual, maker: 'amazon', cachePoints: { content: true, tools: false }, signedReasoning: true };

// The OpenAI models on Converse refuse stop sequences, and those behind closed doors the sampling, too.
const gptOss: Family = { ...usual, maker: 'openai', stop: false, structured: 'native', reasoning: 'reasoning_effort' };
const gpt: Family = { ...gptOss, sampling: 'none', reasoning: 'reasoning.effort' };

function claude(id: string): Family {
  // The newest names came without a number at first.
  const version = claudeVersion(id) || (/mythos|fable/.test(id) ? 5 : 0);
  const opus = id.includes('opus');
  return {
    ...usual,
    maker: 'anthropic',
    // Claude 4 refuses temperature beside top_p; Opus 4.7 and everything from 5 on refuse both.
    sampling: version >= 5 || (opus && version >= 4.7) ? 'none' : version >= 4 ? 'one' : 'both',
    // docs.aws.amazon.com/bedrock/latest/userguide/claude-messages-structured-outputs.html
    structured:
      version === 4.5 || (opus && version === 4.6) ? 'native' : version === 0 || version >= 3 ? 'tool' : 'words',
    reasoning: version >= 4.6 ? 'claude-adaptive' : version >= 3.7 ? 'claude-budget' : null,
    cachePoints: { content: version === 0 || version >= 3.5, tools: version === 0 || version >= 3.5 },
    signedReasoning: true,
  };
}

/** `claude-sonnet-4-5-20250929` and `claude-3-7-sonnet-20250219` alike; 0 when the id names none. */
function claudeVersion(id: string): number {
  const found = /claude-(?:[a-z]+-)?v?(\d{1,2})(?:[-.](\d{1,2})(?!\d))?/.exec(id);
  return found === null ? 0 : Number(`${found[1]}.${found[2] ?? 0}`);
}
