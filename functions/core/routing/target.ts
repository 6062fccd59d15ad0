import type { CredentialFacts } from '../accounts/credential-form.ts';
import type { Cooldown, ProviderKey } from '../accounts/workspace.ts';
import type { Candidate, ModelOffer } from '../catalogue/models.ts';
import type { FailureKind } from './failure.ts';

/** What a request may be tried with. */
export interface OwnTarget {
  type: 'byok';
  provider: string;
  model: string;
  /** The model that `model` stands for, where its id hides that. */
  baseModel?: string;
  offer: ModelOffer | null;
  key: ProviderKey;
  /** Set when the key may be passed over for now. */
  cooldown: Cooldown | null;
  /** Set when a cooldown has just ended: one request tries the key, the others still pass it over. */
  probe?: FailureKind;
  /** Set when this request is the one that tries it. */
  claimed?: true;
}

export interface PlatformTarget {
  type: 'platform';
  provider: string;
  /** Settled by dispatch once the platform's region is known. */
  model: string;
  offer: ModelOffer;
  candidate: Candidate;
  /** `<name>@<version>` of the credential, once it is in hand. */
  credentialKey?: string;
  /** With it. */
  facts?: CredentialFacts;
}

export type Target = OwnTarget | PlatformTarget;

/** Why the platform's credentials are out of the question. */
export type PlatformBar =
  | 'exclusive'
  | 'byok_only'
  | 'pinned'
  | 'no_credit'
  | 'spend_cap'
  | 'no_price'
  | 'fallback_on'
  | 'not_configured'
  | 'cooldown'
  | 'stored_file';
