import type { JsonObject } from '../core/json.ts';
import { anthropic } from './anthropic/definition.ts';
import { azure } from './azure/definition.ts';
import { bedrock } from './bedrock/definition.ts';
import { custom } from './custom/definition.ts';
import type { ProviderDefinition } from './definition.ts';
import { gemini } from './gemini/definition.ts';
import { openai } from './openai/definition.ts';
import { cerebras } from './presets/cerebras.ts';
import { deepseek } from './presets/deepseek.ts';
import { fireworks } from './presets/fireworks.ts';
import { groq } from './presets/groq.ts';
import { mistral } from './presets/mistral.ts';
import { moonshot } from './presets/moonshot.ts';
import { openrouter } from './presets/openrouter.ts';
import { together } from './presets/together.ts';
import { xai } from './presets/xai.ts';
import { zai } from './presets/zai.ts';
import { vertex } from './vertex/definition.ts';

/** Every provider: credential forms, variables, test models and documents follow from this list. */
export const definitions: ProviderDefinition[] = [
  openai,
  bedrock,
  vertex,
  anthropic,
  gemini,
  azure,
  mistral,
  groq,
  deepseek,
  xai,
  openrouter,
  together,
  fireworks,
  cerebras,
  moonshot,
  zai,
  custom,
];

/** One property of each definition, by the provider's name. */
export function byProvider<Value>(of: (definition: ProviderDefinition) => Value): Record<string, Value> {
  return Object.fromEntries(definitions.map((definition) => [definition.name, of(definition)]));
}

/** The definitions as callers may see them: what a key of each is made of (docs/api.md, "Providers"). */
export function presentProviders(): JsonObject[] {
  return definitions.map(({ name, title, credentialSchemas, permissions, testModel, documentation }) => ({
    object: 'provider',
    name,
    title,
    credential_schemas: credentialSchemas,
    permissions,
    test_model: `${name}/${testModel}`,
    documentation,
  }));
}
