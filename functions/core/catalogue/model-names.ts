/**
 * The names under which a provider's model may be known, the name itself first: model ids come with decorations that
 * change where or which snapshot is called, not what it is.
 */
export function spellings(model: string): string[] {
  const name = /^arn:[^/]+:(?:inference-profile|foundation-model)\/([^/]+)$/.exec(model)?.[1] ?? model;
  const plain = withoutProfile(name);
  return [name, withoutSuffix(name), plain, withoutSuffix(plain)];
}

/** `anthropic.claude-opus-4-6-v1`, `anthropic.claude-opus-4-6` for `anthropic.claude-opus-4-6-v1:0`. */
export function shorterNames(model: string): string[] {
  const names = new Set([model.replace(/:\d+$/, ''), model.replace(/(?:-v\d+)?(?::\d+)?$/, '')]);
  names.delete(model);
  return [...names];
}

/**
 * Cross-Region inference profiles are the model's id behind a geography.
 * https://docs.aws.amazon.com/bedrock/latest/userguide/inference-profiles-support.html
 */
function withoutProfile(model: string): string {
  return model.replace(/^(?:global|us|us-gov|eu|apac|jp|au|ca|in)\./, '');
}

/**
 * `@20250929`, `@default` and `-001` (Vertex AI), `-2024-07-18` (OpenAI's snapshots),
 * `:0` and `:0:300k` (Bedrock's minor version and context length).
 */
function withoutSuffix(model: string): string {
  return model.replace(/(?:@[\w-]+|-\d{3}|-\d{4}-\d\d-\d\d|(?::\d+[km]?){1,2})$/, '');
}
