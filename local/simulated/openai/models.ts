/** The families of models that OpenAI has; `sim-…` are ours. */
const families = /^(?:gpt-|o[1-9]|chatgpt-|codex-|computer-use-|text-embedding-|davinci-002|babbage-002|ft:|sim-)/;

export const listedModels = [
  'gpt-4o-mini',
  'gpt-4o',
  'gpt-4.1-mini',
  'gpt-5',
  'text-embedding-3-small',
  'text-embedding-3-large',
].map((id) => ({ id, object: 'model', created: 1_735_689_600, owned_by: 'system' }));

export function isKnownModel(model: string): boolean {
  return families.test(model) && model !== 'sim-missing';
}

/** Models that reason before they answer. */
export function reasons(model: string): boolean {
  return /^(?:o[1-9]|gpt-5|codex-|sim-reasoning)/.test(model) && !model.includes('chat');
}

/** Models behind the Responses endpoint alone (developers.openai.com/cookbook/examples/gpt-5-codex_prompting_guide). */
export function onlyResponds(model: string): boolean {
  return /codex|-pro\b|deep-research|^computer-use-/.test(model);
}

/** The models of the old completions endpoint. */
export function completes(model: string): boolean {
  return /^(?:gpt-3\.5-turbo-instruct|davinci-002|babbage-002|sim-)/.test(model);
}
