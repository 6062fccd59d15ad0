import type { SpendCap } from '../billing/spend-caps.ts';
import { GatewayError } from '../errors.ts';
import type { PlatformBar } from './target.ts';

/** The refusal when no credential may be tried at all. */
export function nothingLeft(
  bar: PlatformBar,
  input: { callerModel: string; param?: string },
  cap: SpendCap | null = null,
): GatewayError {
  switch (bar) {
    case 'no_credit':
      return new GatewayError(
        'insufficient_credits',
        'The workspace has no credit left for platform credentials, and no provider key of its own that takes this model.',
        {
          shouldRetry: false,
          hint: 'Add a provider key for this model, or ask the operator for credit.',
        },
      );
    case 'spend_cap':
      return new GatewayError(
        'spend_cap_reached',
        `${cap === null ? 'A spend cap' : sentence(cap.name)} is reached, so platform credentials do not serve, and no provider key of the workspace's own may.`,
        {
          shouldRetry: false,
          hint: 'Use a provider key of your own for this model, raise the cap, or wait until it starts anew.',
        },
      );
    case 'no_price':
      return new GatewayError(
        'model_not_found',
        `Platform credentials do not serve ${JSON.stringify(input.callerModel)}: its price is not known.`,
        {
          param: 'model',
          hint: 'Add a provider key of your own for this model.',
        },
      );
    case 'not_configured':
      return new GatewayError(
        'provider_secret_unavailable',
        'The platform has no usable credentials for this provider.',
        {
          hint: 'Add a provider key of your own, or ask the operator to set up platform credentials for this provider.',
        },
      );
    case 'cooldown':
      return new GatewayError('provider_unavailable', 'The provider refuses the platform credentials at the moment.', {
        hint: 'Try again shortly, or add a provider key of your own.',
      });
    case 'stored_file':
      return new GatewayError(
        'validation_error',
        "Platform credentials open no files in cloud storage, nor uploaded ones: those would be the operator's.",
        {
          param: input.param ?? 'messages',
          shouldRetry: false,
          hint: 'Send the file inline, or add a provider key of your own for this model.',
        },
      );
    default:
      return new GatewayError('validation_error', 'The workspace has no enabled provider key that takes this model.', {
        param: 'x-keyway-credentials',
        hint: 'Add a provider key for this model, or leave out x-keyway-credentials: byok-only.',
      });
  }
}

function sentence(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
