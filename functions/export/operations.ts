/**
 * The names of gen_ai.operation.name by endpoint (github.com/open-telemetry/semantic-conventions-genai, docs/gen-ai/gen-ai-spans.md).
 * Counting tokens has no name there; others may be added to the list, says the document.
 */
const operations: Record<string, string> = {
  '/v1/chat/completions': 'chat',
  '/v1/completions': 'text_completion',
  '/v1/responses': 'chat',
  '/v1/messages': 'chat',
  '/v1/messages/count_tokens': 'count_tokens',
  '/v1/embeddings': 'embeddings',
};

/** Null: no endpoint that calls a model. */
export function operationOf(endpoint: string): string | null {
  return operations[endpoint] ?? null;
}
