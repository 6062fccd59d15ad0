import type { CredentialForm } from '../core/accounts/credential-form.ts';

/**
 * What the gateway knows of a provider before it is called: light enough for the functions that only store credentials. The
 * adapter and whatever it needs are loaded on first use (upstreams.ts).
 */
export interface ProviderDefinition {
  /** As it stands before the slash of a model id. Platform secrets, `PLATFORM_<NAME>` and documents follow from it. */
  name: string;
  form: CredentialForm;
  /** A cheap model that nearly every account may use, for the test of a key. */
  testModel: string;
  /** Whether platform requests may use the function's own role when there is no platform secret. */
  ambient: boolean;
  /** The environment variables that say where it is reached. */
  addresses: string[];
}
