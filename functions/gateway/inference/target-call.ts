import { createHash } from 'node:crypto';
import { lazily } from '../../core/chat/lazy-conversation.ts';
import { embeddingsForPlatform } from '../../core/chat/operator-fields.ts';
import { Refusal } from '../../core/chat/refusal.ts';
import { isOwn } from '../../core/routing/policy.ts';
import type { PlatformTarget, Target } from '../../core/routing/target.ts';
import type { Prepared, UpstreamCall } from '../../core/routing/upstream.ts';
import type { ResolvedCredential } from '../keys/credentials.ts';
import type { DispatchDeps, DispatchRequest } from './dispatched.ts';

/** The platform's model as its credential's region calls it; null when that has no price. */
export function locate(
  target: PlatformTarget,
  resolved: ResolvedCredential,
  deps: Pick<DispatchDeps, 'locate'>,
): PlatformTarget | null {
  const { model, offer } = deps.locate(target.candidate, resolved.region);
  const { credentialKey, facts } = resolved;
  const located = { ...target, model, offer: offer ?? target.offer, credentialKey, facts };
  return located.offer.price ? located : null;
}

export type SharedCall = Pick<UpstreamCall, 'body' | 'bodyText' | 'conversation' | 'head'> & {
  dropped: string[];
  stored: boolean;
};

/** What the target may be sent: the platform leaves out what has no price, is kept, or names the tenant. Or why it serves nothing of it. */
export function sharedCall(target: Target, request: DispatchRequest): SharedCall | Refusal {
  try {
    return shared(target, request);
  } catch (error) {
    if (error instanceof Refusal) return error;
    throw error;
  }
}

function shared(target: Target, { call, workspaceId }: DispatchRequest): SharedCall {
  if (isOwn(target)) return { ...pick(call), dropped: [], stored: false };
  const { door } = call;
  if (door === null)
    return {
      conversation: call.conversation,
      head: call.head,
      ...embeddingsForPlatform(call.body, tagOf(workspaceId)),
      stored: false,
    };
  const stored = door.storedThing(call.body) !== null;
  if (stored) return { ...pick(call), dropped: [], stored };
  const { body, dropped, told } = door.forPlatform(call.body, tagOf(workspaceId));
  const head = told === undefined ? call.head : { ...call.head, told };
  // The text still holds what was taken out of the body.
  if (body === call.body) return { ...pick(call), head, dropped, stored };
  return { body, conversation: lazily(door, body), head, dropped, stored };
}

function pick({ body, bodyText, conversation, head }: DispatchRequest['call']): Omit<SharedCall, 'dropped' | 'stored'> {
  return { body, conversation, head, ...(bodyText !== undefined && { bodyText }) };
}

/** What stands for a workspace at the platform's providers: it tells them apart and says nothing else. */
function tagOf(workspaceId: string): string {
  return `kw-${createHash('sha256').update(workspaceId).digest('base64url').slice(0, 22)}`;
}

/** Writes the request; nothing is sent. */
export async function prepare(
  target: Target,
  resolved: ResolvedCredential,
  shared: Omit<SharedCall, 'dropped' | 'stored'>,
  request: DispatchRequest,
  deps: Pick<DispatchDeps, 'upstream'>,
): Promise<Prepared> {
  const upstream = await deps.upstream(target.provider);
  const { operation, door, stream, headers, bodyText: sourceText } = request.call;
  return upstream.prepare({
    ...shared,
    ...{ operation, door, stream, headers },
    ...(sourceText !== undefined && { sourceText }),
    model: target.model,
    ...(isOwn(target) && target.baseModel !== undefined && { baseModel: target.baseModel }),
    credential: resolved.credential,
    credentialKey: resolved.credentialKey,
    region: resolved.region,
    authenticated: resolved.learn,
    signal: request.callerLeft,
  });
}
