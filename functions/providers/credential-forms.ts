import type { CredentialForm } from '../core/accounts/credential-form.ts';
import { bedrockCredentialForm } from './bedrock/credential.ts';
import { openaiCredentialForm } from './openai/credential.ts';
import { vertexCredentialForm } from './vertex/credential.ts';

/** The shapes of credentials, light enough for the functions that only store them. */
export const credentialForms: Record<string, CredentialForm> = {
  openai: openaiCredentialForm,
  bedrock: bedrockCredentialForm,
  vertex: vertexCredentialForm,
};
