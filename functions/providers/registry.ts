import type { JsonObject } from '../core/json.ts';
import { bedrock } from './bedrock/definition.ts';
import type { ProviderDefinition } from './definition.ts';
import { openai } from './openai/definition.ts';
import { vertex } from './vertex/definition.ts';

/** Every provider: credential forms, variables, test models and documents follow from this list. */
export const definitions: ProviderDefinition[] = [openai, bedrock, vertex];

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
