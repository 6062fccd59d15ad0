import type { ProviderKey } from '../accounts/workspace.ts';
import type { Candidate, Catalogue } from '../catalogue/models.ts';
import { GatewayError } from '../errors.ts';
import type { UpstreamCall } from './upstream.ts';

/**
 * The candidates whose model can do what is asked: a chat model embeds nothing and the reverse. Providers answer such requests
 * with 403 or 404, as if the credential were at fault, so they are refused before any call. Models that the catalogue does not
 * know go through: they have no price, so only own keys serve them. Throws `GatewayError` when no candidate is left.
 */
export function refuseWrongKind(candidates: Candidate[], operation: UpstreamCall['operation']): Candidate[] {
  const kind = operation === 'embed' ? 'embeddings' : 'chat';
  const able = candidates.filter(({ offer, base }) => {
    const known = offer ?? base?.offer ?? null;
    return known === null || known.kind === kind;
  });
  if (able.length > 0 || candidates.length === 0) return able;
  throw new GatewayError(
    'validation_error',
    kind === 'embeddings'
      ? 'model must be an embedding model for embeddings: this one answers chats.'
      : 'model must be a chat model for this endpoint: this one makes embeddings.',
    { param: 'model', shouldRetry: false, hint: 'GET /v1/models tells the kind of each model.' },
  );
}

/**
 * Where a request may be sent: what the catalogue knows, else what the family of a bare name says, as far as the workspace's own
 * keys could serve it. Empty: nobody knows the model. Throws `GatewayError` when it is known and of the wrong kind.
 */
export function candidatesOf(
  model: string,
  operation: UpstreamCall['operation'],
  catalogue: Pick<Catalogue, 'resolve' | 'guess'>,
  keys: Pick<ProviderKey, 'enabled' | 'provider'>[],
): Candidate[] {
  const known = catalogue.resolve(model);
  if (known.length > 0) return refuseWrongKind(known, operation);
  return catalogue.guess(model).filter(({ provider }) => keys.some((key) => key.enabled && key.provider === provider));
}
