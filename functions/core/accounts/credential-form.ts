import type { JsonObject } from '../json.ts';

/** What a provider takes as a credential: a pure check of shape that never calls out (docs/api.md). */
export interface CredentialForm {
  /**
   * Reads what a tenant or operator stored: a string or an object.
   * Throws `CredentialIssue`; its message never repeats a value.
   */
  parse(input: unknown): ParsedCredential;
  /** Where calls go for this credential. Throws `CredentialIssue` when a region is malformed. Null: this provider has no regions. */
  region(
    parsed: ParsedCredential,
    field: string | null,
    deploymentDefault: string,
  ): { region: string; source: RegionSource } | null;
}

export type RegionSource = 'key' | 'credential' | 'field' | 'default';

export interface ParsedCredential {
  /** What is kept in Secrets Manager and given to the adapter, in one canonical shape. */
  value: JsonObject;
  type: 'api_key' | 'aws_credentials' | 'service_account';
  /** Safe to show: the last four characters of a key, or the service account's address. */
  hint: string;
  /** The region that the credential itself names, if it does. */
  region: { region: string; source: 'key' | 'credential' } | null;
}

/** A credential that cannot be what it claims to be. `param` is the field, `credential` or `credential.<name>` or `region`. */
export class CredentialIssue extends Error {
  readonly param: string;

  constructor(param: string, message: string) {
    super(message);
    this.param = param;
  }
}
