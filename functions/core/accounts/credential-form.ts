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
  /** For credentials that hold no secret, but work because their owner trusts the gateway. */
  trust?: {
    /** What goes to the adapter: the stored value with what the gateway knows of its owner, which no tenant can write. */
    bind(value: JsonObject, owner: KeyOwner): JsonObject;
    /** What the owner has to set up, as it is shown with the key; null: nothing, this type holds its own secret. */
    ask(type: CredentialType, owner: KeyOwner): JsonObject | null;
  };
}

/** Whose key it is, in words that a tenant cannot choose. */
export interface KeyOwner {
  workspaceId: string;
  /**
   * What Keyway shows when it assumes a role for this key: made once for each key, never changed, nobody else's
   * (docs.aws.amazon.com/IAM/latest/UserGuide/confused-deputy.html).
   */
  externalId: string;
}

export type CredentialType = 'api_key' | 'aws_credentials' | 'service_account' | 'role' | 'workload_identity';

/** Types that hold no secret of their own. */
export function isTrusted(type: CredentialType): boolean {
  return type === 'role' || type === 'workload_identity';
}

export type RegionSource = 'key' | 'credential' | 'field' | 'default';

export interface ParsedCredential {
  /** What is kept in Secrets Manager and given to the adapter, in one canonical shape. */
  value: JsonObject;
  type: CredentialType;
  /** Safe to show: the last four characters of a key, a service account's address, a role's name. */
  hint: string;
  /** The region that the credential itself names, if it does. */
  region: { region: string; source: 'key' | 'credential' } | null;
  /** What else it names that is no secret and no part of one, for the operator whose credential it is. Absent: nothing. */
  names?: CredentialNames;
}

/** Where a credential leads: the values say nothing that would let anybody in. */
export type CredentialNames = Partial<
  Record<'account' | 'role' | 'project' | 'service_account' | 'organization' | 'endpoint' | 'tenant', string>
>;

/** What may be told of a credential: none of it is secret. */
export interface CredentialFacts {
  type: CredentialType;
  region: string | null;
  names: CredentialNames;
}

/** A credential that cannot be what it claims to be. `param` is the field, `credential` or `credential.<name>` or `region`. */
export class CredentialIssue extends Error {
  readonly param: string;

  constructor(param: string, message: string) {
    super(message);
    this.param = param;
  }
}
