import { randomBytes } from 'node:crypto';
import { type CredentialForm, isTrusted, type ParsedCredential } from '../../core/accounts/credential-form.ts';
import type { ProviderKey } from '../../core/accounts/workspace.ts';
import type { JsonObject } from '../../core/json.ts';

/** The external id of a key: one that it has is kept, whatever its credential was meanwhile, because the owner's trust policy names it. */
export function externalIdFor({ type }: ParsedCredential, known?: ProviderKey): Pick<ProviderKey, 'externalId'> {
  if (known?.externalId !== undefined || !isTrusted(type)) return {};
  return { externalId: `keyway-${randomBytes(32).toString('base64url')}` };
}

/** What the owner has to set up so that the key works; null: nothing. */
export function trustOf(
  forms: Record<string, CredentialForm>,
  workspaceId: string,
  { provider, credentialType, externalId }: ProviderKey,
): JsonObject | null {
  const form = Object.hasOwn(forms, provider) ? forms[provider] : undefined;
  return externalId === undefined ? null : (form?.trust?.ask(credentialType, { workspaceId, externalId }) ?? null);
}
