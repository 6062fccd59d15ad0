import { openModelTraits } from '../../dialects/openai-chat/upstream/traits.ts';
import { apiKeyCredential } from '../api-key-form.ts';
import type { ProviderDefinition } from '../definition.ts';
import type { ErrorTable } from '../http-definition.ts';
import { errorsWith } from '../openai-compatible/errors.ts';
import type { FieldQuirks } from '../openai-compatible/field-quirks.ts';

/** A provider that serves OpenAI's chat completions under an address of its own, to whoever has an API key. */
export interface Preset {
  name: string;
  title: string;
  telemetryName?: string;
  baseUrl: string;
  /** Where API keys are had, or told of. */
  documentation: string;
  testModel: string;
  /** Whether it makes embeddings in OpenAI's format. */
  embeddings?: true;
  /** Whether it serves the old completions. */
  completions?: true;
  quirks?: FieldQuirks;
  /** Beside what OpenAI's codes and the usual statuses mean. */
  errors?: Partial<ErrorTable>;
}

export function preset({ name, title, baseUrl, documentation, testModel, ...rest }: Preset): ProviderDefinition {
  const { embeddings, completions, quirks, errors = {}, telemetryName } = rest;
  return {
    name,
    title,
    ...(telemetryName && { telemetryName }),
    ...apiKeyCredential(title),
    permissions: [],
    documentation,
    testModel,
    http: {
      baseUrl,
      authenticate: ({ apiKey }) => ({ authorization: `Bearer ${String(apiKey)}` }),
      lanes: () => ({
        'openai-chat': '/chat/completions',
        ...(completions && { 'openai-completions': '/completions' }),
      }),
      translated: { dialect: 'openai-chat', path: '/chat/completions', traits: () => openModelTraits },
      ...(embeddings && { embeddings: '/embeddings' }),
      ...(quirks && { quirks }),
      requestIdHeader: 'x-request-id',
      errors: errorsWith(errors),
    },
  };
}
