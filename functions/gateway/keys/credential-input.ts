import { type CredentialForm, CredentialIssue, type ParsedCredential } from '../../core/accounts/credential-form.ts';
import type { ProviderKey } from '../../core/accounts/workspace.ts';
import { GatewayError } from '../../core/errors.ts';

/* What a caller gave as a credential and a region, read by its provider's form. Throws `validation_error`. */

export function parseCredential(form: CredentialForm, credential: unknown): ParsedCredential {
  return asInvalid(() => form.parse(credential));
}

export function regionOf(
  form: CredentialForm,
  parsed: ParsedCredential,
  field: string | null,
  deploymentDefault: string,
): Pick<ProviderKey, 'region' | 'regionSource' | 'regionField'> {
  const found = asInvalid(() => form.region(parsed, field, deploymentDefault));
  return { region: found?.region ?? null, regionSource: found?.source ?? null, regionField: field };
}

/** The stored secret cannot be read here: the region that it names, if any, is known from the key's own record. */
export function regionAfter(
  form: CredentialForm,
  known: ProviderKey,
  parsed: ParsedCredential | null,
  field: string | null | undefined,
  deploymentDefault: string,
) {
  if (parsed === null && field === undefined) return {};
  const { region, regionSource: source } = known;
  const named = region !== null && (source === 'key' || source === 'credential') ? { region, source } : null;
  return regionOf(
    form,
    parsed ?? { value: {}, type: known.credentialType, hint: '', region: named },
    field === undefined ? known.regionField : field,
    deploymentDefault,
  );
}

function asInvalid<T>(run: () => T): T {
  try {
    return run();
  } catch (error) {
    if (error instanceof CredentialIssue) throw invalid(error.param, error.message);
    throw error;
  }
}

export function invalid(param: string, message: string): GatewayError {
  return new GatewayError('validation_error', message, { param, shouldRetry: false });
}
