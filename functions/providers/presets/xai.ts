import { preset } from './preset.ts';

/** https://docs.x.ai/docs/introduction (address), https://docs.x.ai/developers/debugging (a wrong key is a 400, a blocked one a 403). */
export const xai = preset({
  name: 'xai',
  title: 'xAI',
  telemetryName: 'x_ai',
  baseUrl: 'https://api.x.ai/v1',
  documentation: 'https://docs.x.ai/developers/introduction',
  testModel: 'grok-4',
  errors: { words: [{ when: /incorrect api key/i, status: 400, kind: 'credential' }] },
});
