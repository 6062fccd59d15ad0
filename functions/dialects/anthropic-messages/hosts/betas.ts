/**
 * The betas that Claude's hosts know: any other name makes them refuse the whole request ("invalid beta flag" on Bedrock,
 * "Unexpected value(s) … for the `anthropic-beta` header" on Vertex AI), and clients such as Claude Code send what Anthropic's own
 * API knows. Two lists agree but for what was tried by hand since:
 * https://docs.aws.amazon.com/bedrock/latest/userguide/model-parameters-anthropic-claude-messages-request-response.html (as read in
 * https://github.com/BerriAI/litellm/pull/19877) and
 * https://github.com/BerriAI/litellm/blob/main/litellm/anthropic_beta_headers_config.json; tried:
 * https://github.com/router-for-me/CLIProxyAPI/issues/4750. `claude-code-20250219` says only who calls, and some models on Bedrock
 * refuse it (https://github.com/anthropics/claude-code/issues/49370).
 */
const onBoth = [
  'compact-2026-01-12',
  'computer-use-2025-01-24',
  'computer-use-2025-11-24',
  'context-1m-2025-08-07',
  'context-management-2025-06-27',
  'dangerous-tool-use-2026-09-03',
  'interleaved-thinking-2025-05-14',
  'thinking-binding-controls-2026-08-01',
  'thinking-display-updates-2026-08-18',
  'tool-search-tool-2025-10-19',
];

export const bedrockBetas: ReadonlySet<string> = new Set([
  ...onBoth,
  'computer-use-2024-10-22',
  'dev-full-thinking-2025-05-14',
  'effort-2025-11-24',
  'fine-grained-tool-streaming-2025-05-14',
  'mid-conversation-output-config-2026-07-01',
  'mid-conversation-tool-changes-2026-07-01',
  'output-128k-2025-02-19',
  'structured-outputs-2025-12-15',
  'token-efficient-tools-2025-02-19',
  'tool-examples-2025-10-29',
]);

export const vertexBetas: ReadonlySet<string> = new Set([
  ...onBoth,
  'compact-2026-09-04',
  'per-turn-control-2026-07-01',
  'web-search-2025-03-05',
]);

/** What Anthropic's own API calls otherwise than its hosts (https://github.com/BerriAI/litellm/pull/19373). */
const hostsNames: Record<string, string | undefined> = {
  'advanced-tool-use-2025-11-20': 'tool-search-tool-2025-10-19',
};

/** The betas that a host takes, by its own names, and those that it does not. `known` null: it takes all. */
export function sortBetas(asked: string[], known: ReadonlySet<string> | null): { taken: string[]; left: string[] } {
  if (known === null) return { taken: asked, left: [] };
  const named = [...new Set(asked.map((beta) => hostsNames[beta] ?? beta))];
  return { taken: named.filter((beta) => known.has(beta)), left: named.filter((beta) => !known.has(beta)) };
}
