import { isPresent, type JsonObject } from '../json.ts';
import { refuse } from './refusal.ts';

/**
 * What translations hand on to providers by name, whatever the door: platform credentials must not.
 *
 * These name things in the account of whoever owns the credential: contents that Gemini has cached
 * (https://cloud.google.com/vertex-ai/generative-ai/docs/context-cache/context-cache-overview), guardrails of Bedrock, which are
 * charged by the use as well. To leave a guardrail out would pass an unguarded answer for a guarded one.
 */
const operatorsThings = [
  ...['cached_content', 'cachedContent'],
  ...[
    'guardrailConfig',
    'guardrail_config',
    'guardrailIdentifier',
    'guardrail_identifier',
    'guardrailId',
    'guardrail_id',
  ],
];

/**
 * Longer caching, faster answers and searches have prices that the catalogue does not know; metadata are kept in the operator's account.
 * Converse's own names: docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_Converse.html.
 */
const unserved = [
  ...['performanceConfig', 'performance_config', 'requestMetadata', 'request_metadata'],
  ...['prompt_cache_retention', 'web_search_options'],
  // Gemini's own tools: https://cloud.google.com/vertex-ai/generative-ai/pricing
  ...['google_search', 'code_execution', 'url_context'],
];

/** The field at the top of a body that names a thing of the operator's, or null. */
export function operatorsThing(body: JsonObject): string | null {
  return operatorsThings.find((field) => isPresent(body[field])) ?? null;
}

/** Which of the fields that nobody may have of the platform a body has. */
export function unservedFields(body: JsonObject): string[] {
  return unserved.filter((field) => isPresent(body[field]) && !(isOwnCache(field) && body[field] === 'in_memory'));
}

function isOwnCache(field: string): boolean {
  return field === 'prompt_cache_retention';
}

/** A hosted tool that is forced, where hosted tools do not run: nothing else would be the answer that was asked for. */
export function refuseForced(): never {
  refuse('tool_choice', 'The tool that tool_choice forces does not run on platform credentials.', {
    unprocessable: true,
    hint: 'Hosted tools run where the model’s provider runs them, with a provider key of your own.',
  });
}

/** Embeddings have one format and no door: what stands in their place on platform credentials. */
export function embeddingsForPlatform(body: JsonObject, workspaceTag: string): { body: JsonObject; dropped: string[] } {
  const dropped = [...unservedFields(body), ...['metadata', 'store', 'service_tier'].filter((f) => isPresent(body[f]))];
  const left = Object.fromEntries(Object.entries(body).filter(([field]) => !dropped.includes(field)));
  return { body: isPresent(body.user) ? { ...left, user: workspaceTag } : left, dropped };
}
