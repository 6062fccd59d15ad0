import type { Target } from '../../core/routing/target.ts';
import type { CredentialSource, ResolvedCredential } from '../keys/credentials.ts';

/**
 * Runs a call with a credential. When the provider refuses the credential, the call runs once more with what is stored by
 * now, if that is something else: the tenant may have rotated the secret where it lies. All runs, in order; the last one counts.
 */
export async function withCredential<Result>(
  credentials: Pick<CredentialSource, 'refresh'>,
  target: Target,
  workspaceId: string,
  resolved: ResolvedCredential,
  run: (resolved: ResolvedCredential) => Promise<Result>,
  isRefused: (result: Result) => boolean,
): Promise<{ resolved: ResolvedCredential; result: Result }[]> {
  const first = { resolved, result: await run(resolved) };
  if (!isRefused(first.result)) return [first];
  const fresh = await credentials.refresh(target, workspaceId, resolved);
  return fresh === null ? [first] : [first, { resolved: fresh, result: await run(fresh) }];
}
