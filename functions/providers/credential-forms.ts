import type { CredentialForm } from '../core/credential-form.ts';
import { openaiCredentialForm } from './openai/credential.ts';

/** The shapes of credentials, light enough for the functions that only store them. */
export const credentialForms: Record<string, CredentialForm> = {
  openai: openaiCredentialForm,
};
