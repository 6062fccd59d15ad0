import type { Failure } from './failure.ts';

/** OpenAI's code, which agents look for to make a conversation shorter (https://platform.openai.com/docs/guides/error-codes). */
export const contextOverflow = 'context_length_exceeded';

/**
 * How providers say that a conversation is longer than the model's window. Nothing but their words tells it from other requests
 * that make no sense.
 */
const sayings: readonly RegExp[] = [
  // Claude: https://platform.claude.com/docs/en/build-with-claude/context-windows, https://github.com/anthropics/claude-code/issues/820.
  /prompt is too long/i,
  // Claude, when input and limit together are too long: https://github.com/stackblitz/bolt.new/issues/7414.
  /input length and `?max_tokens`? exceed context limit/i,
  // Bedrock: https://github.com/aws-samples/assessment-generator/issues/2.
  /input is too long for (the )?requested model/i,
  // Titan: https://github.com/open-metadata/OpenMetadata/pull/29920.
  /too many input tokens/i,
  // Gemini: https://github.com/google-gemini/gemini-cli/issues/12098.
  /input token count .*exceeds the maximum number of tokens/i,
  // OpenAI and the servers that speak its format: https://github.com/orhanerday/ChatGPT/issues/17, and what Codex expects
  // (https://github.com/openai/codex/blob/main/codex-rs/codex-api/src/sse/responses.rs).
  /maximum context length|exceeds the context window/i,
];

/** The failure under OpenAI's code, where the conversation was too long: no other credential could take it, and agents know what to do. */
export function recogniseOverflow(failure: Failure): Failure {
  if (failure.kind !== 'bad_request' && failure.kind !== 'overloaded') return failure;
  if (failure.code !== contextOverflow && !sayings.some((saying) => saying.test(failure.message))) return failure;
  return { ...failure, kind: 'bad_request', code: contextOverflow };
}
