/** Where on Vertex AI a model is, and what it speaks. Every part of a URL is checked here before the URL is built. */
export interface VertexModel {
  publisher: string;
  id: string;
  speaks: 'gemini' | 'anthropic' | 'openai';
  /** A tuned model on an endpoint of the project, instead of a publisher's model. */
  endpoint: boolean;
}

/** One DNS label that has the shape of Google's locations: `global`, the multi-regions, or `europe-west4`. */
export function isRegion(region: string): boolean {
  return /^(?:global|us|eu|[a-z]{2,20}(?:-[a-z]{2,20})+[0-9]{1,2})$/.test(region);
}

/** Project ids, and the older `example.com:project`. */
export function isProject(project: string): boolean {
  return /^[A-Za-z0-9_-][A-Za-z0-9_.:-]{0,127}$/.test(project);
}

/** `gemini-…`, `<publisher>/<model>` or `endpoints/<number>`; null when it is none of these. */
export function readModel(model: string): VertexModel | null {
  const found = /^(?:([a-z0-9][a-z0-9-]{0,62})\/)?([A-Za-z0-9][A-Za-z0-9._@-]{0,127})$/.exec(model);
  const id = found?.[2];
  if (id === undefined) return null;
  const publisher = found?.[1] ?? (id.startsWith('claude-') ? 'anthropic' : 'google');
  if (publisher === 'endpoints') return /^\d+$/.test(id) ? { publisher, id, speaks: 'gemini', endpoint: true } : null;
  if (publisher === 'anthropic') return { publisher, id, speaks: 'anthropic', endpoint: false };
  // Google's open models that are offered as a service carry this suffix and are served like those of other publishers.
  const speaks = publisher === 'google' && !id.endsWith('-maas') ? 'gemini' : 'openai';
  return { publisher, id, speaks, endpoint: false };
}

/** https://cloud.google.com/vertex-ai/generative-ai/docs/learn/locations */
function hostOf(region: string): string {
  if (region === 'global') return 'https://aiplatform.googleapis.com';
  if (region === 'us' || region === 'eu') return `https://aiplatform.${region}.rep.googleapis.com`;
  return `https://${region}-aiplatform.googleapis.com`;
}

/**
 * The URL of an operation such as `generateContent`. `baseUrl` (the operator's setting) takes the place of the region's host.
 * v1beta1, because only there generateContent takes JSON Schema as it is (`parametersJsonSchema`, `responseJsonSchema`).
 */
export function operationUrl(
  baseUrl: string | null,
  project: string,
  region: string,
  model: VertexModel,
  operation: string,
): string {
  const place = `${baseUrl ?? hostOf(region)}/v1beta1/projects/${project}/locations/${region}`;
  // The one operation that is no method of a model: the model stands in the body.
  if (operation === 'chat/completions') return `${place}/endpoints/openapi/${operation}`;
  return `${place}/${model.endpoint ? 'endpoints' : `publishers/${model.publisher}/models`}/${model.id}:${operation}`;
}

/**
 * The same in express mode, where an API key stands for project and location, and Gemini alone is served:
 * https://cloud.google.com/vertex-ai/generative-ai/docs/start/express-mode/vertex-ai-express-mode-api-reference.
 */
export function expressUrl(baseUrl: string | null, { id }: VertexModel, operation: string): string {
  return `${baseUrl ?? hostOf('global')}/v1beta1/publishers/google/models/${id}:${operation}`;
}
