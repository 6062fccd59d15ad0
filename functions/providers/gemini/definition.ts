import { apiKeyCredential } from '../api-key-form.ts';
import type { ProviderDefinition } from '../definition.ts';

/** Google AI Studio (https://ai.google.dev/api). Its address and its own format are in upstream.ts. */
export const gemini: ProviderDefinition = {
  name: 'gemini',
  title: 'the Gemini API',
  telemetryName: 'gcp.gemini',
  ...apiKeyCredential('the Gemini API', [
    {
      when: /^(?:ya29|ey)[\w-]*\./,
      says: 'This is an access token, which lasts an hour. Create an API key in Google AI Studio.',
    },
  ]),
  permissions: ['generativelanguage.googleapis.com'],
  documentation: 'https://aistudio.google.com/apikey',
  testModel: 'gemini-2.5-flash-lite',
};
