import { preset } from './preset.ts';

/** https://platform.kimi.ai/docs/api/overview (address, `error.type`). */
export const moonshot = preset({
  name: 'moonshot',
  title: 'Moonshot AI',
  telemetryName: 'moonshot_ai',
  baseUrl: 'https://api.moonshot.ai/v1',
  documentation: 'https://platform.kimi.ai/docs/api/overview',
  testModel: 'kimi-k2.6',
  errors: {
    kinds: {
      exceeded_current_quota_error: 'quota',
      rate_limit_reached_error: 'rate_limit',
      engine_overloaded_error: 'overloaded',
      invalid_authentication_error: 'credential',
    },
  },
});
