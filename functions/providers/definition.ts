import type { CredentialForm } from '../core/accounts/credential-form.ts';
import type { JsonObject } from '../core/json.ts';
import type { Environment } from '../environment.ts';
import type { HttpDefinition } from './http-definition.ts';

/**
 * What the gateway knows of a provider before it is called: light enough for the functions that only store credentials. The
 * adapter and whatever it needs are loaded on first use (upstreams.ts).
 */
export interface ProviderDefinition {
  /** As it stands before the slash of a model id. Platform secrets, variables, adapters and documents follow from it. */
  name: string;
  /** As callers and tenants read it: `OpenAI`. */
  title: string;
  /** `gen_ai.provider.name` in OpenTelemetry, where that has another name for it. */
  telemetryName?: string;
  form: CredentialForm;
  /** What may be stored, where that depends on the operator's settings; absent: what `form` takes. Throws for a setting that makes no sense. */
  formIn?(environment: Environment): CredentialForm;
  /** The shapes that `form` takes, as JSON Schemas, for `GET /v1/providers`. */
  credentialSchemas: JsonObject[];
  /** What the credential must be allowed, in the provider's own words; empty: any credential may do it all. */
  permissions: string[];
  /** The provider's page on how to get a credential. */
  documentation: string;
  /** A cheap model that nearly every account may use, for the test of a key. */
  testModel: string;
  /** Whether platform requests may use the function's own role when there is no platform secret; absent: no. */
  ambient?: boolean;
  /** The environment variables that say where it is reached, where `<NAME>_BASE_URL` does not. */
  addresses?: string[];
  /** Where JSON over HTTP is all there is to it: the adapter is made of this. Others have one of their own in upstreams.ts. */
  http?: HttpDefinition;
  /** The same, where it depends on the operator's settings. */
  httpIn?(environment: Environment): HttpDefinition;
}

/** `AZURE` of `azure`: how a provider's name stands in the names of variables. */
function inVariables(name: string): string {
  return name.toUpperCase().replaceAll('-', '_');
}

/** The variable that holds a provider's platform credential on a machine of one's own. */
export function platformVariable({ name }: Pick<ProviderDefinition, 'name'>): string {
  return `PLATFORM_${inVariables(name)}`;
}

/** The variables that say where a provider is reached. */
export function addressVariables({ name, addresses }: Pick<ProviderDefinition, 'name' | 'addresses'>): string[] {
  return addresses ?? [`${inVariables(name)}_BASE_URL`];
}

/**
 * The operator's address of a provider, else its own. One without a path takes the path of the provider's own: that is how the
 * makers' clients read such variables (https://github.com/anthropics/anthropic-sdk-typescript, `ANTHROPIC_BASE_URL`).
 */
export function addressOr(address: string | null, own: string): string {
  if (address === null) return own;
  return new URL(address).pathname === '/' ? address + new URL(own).pathname : address;
}
