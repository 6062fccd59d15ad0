import type { Catalogue } from '../../core/catalogue/models.ts';
import type { Door } from '../../core/chat/dialect.ts';
import { lazily } from '../../core/chat/lazy-conversation.ts';
import { GatewayError } from '../../core/errors.ts';
import type { JsonObject } from '../../core/json.ts';
import { SecretUnavailable } from '../../core/ports.ts';
import { redacted } from '../../core/routing/attempt-record.ts';
import { explain } from '../../core/routing/explain.ts';
import type { Failure, FailureKind } from '../../core/routing/failure.ts';
import { isRefusedCredential } from '../../core/routing/failure.ts';
import { ownTarget } from '../../core/routing/plan.ts';
import type { OwnTarget } from '../../core/routing/target.ts';
import type { Upstream } from '../../core/routing/upstream.ts';
import type { Principal } from '../access/authenticate.ts';
import { attempt } from '../inference/attempt.ts';
import { withCredential } from '../inference/with-credential.ts';
import type { BaseModels } from './base-models.ts';
import type { CredentialSource, ResolvedCredential } from './credentials.ts';

export interface KeyTestDeps {
  catalogue: Catalogue;
  upstream(name: string): Promise<Upstream>;
  /** The format that the question is asked in. */
  door(): Promise<Door>;
  /** The cheapest question to a model, and the cheapest text to embed, as bodies of that format. */
  question: { answer(model: string): JsonObject; embed(model: string): JsonObject };
  credentials: CredentialSource;
  baseModels: BaseModels;
  /** The cheapest chat model of each provider that nearly every account may use. */
  testModels: Record<string, string>;
  timeoutMs: number;
  /** Notes that the key works: a cooldown ends. Never fails. */
  recovered(requestId: string, principal: Principal, target: OwnTarget, startedAt: number): Promise<void>;
  now(): number;
}

/** docs/api.md, "Provider keys". `invalid` only where the provider itself said so. */
const states: Record<FailureKind, string> = {
  credential: 'invalid',
  permission: 'no_permission',
  model_access: 'no_permission',
  rate_limit: 'rate_limited',
  quota: 'quota_exceeded',
  network: 'unreachable',
  timeout: 'unreachable',
  overloaded: 'inconclusive',
  bad_request: 'inconclusive',
  content_filter: 'inconclusive',
  cancelled: 'inconclusive',
  secret_unavailable: 'inconclusive',
};

/** The honest test button: one cheap real call with the secret as it is stored now, not as it may lie in a cache. */
export function createKeyTest(deps: KeyTestDeps) {
  return async (
    principal: Principal,
    keyId: string,
    model: string | null,
    requestId: string,
    callerLeft: AbortSignal,
  ): Promise<JsonObject> => {
    const key = principal.providerKeys.find((each) => each.id === keyId);
    if (key === undefined) throw new GatewayError('not_found', 'There is no such provider key.');
    const asked = model ?? `${key.provider}/${deps.testModels[key.provider] ?? ''}`;
    const known = [...deps.catalogue.resolve(asked), ...deps.catalogue.guess(asked)];
    const candidate = known.find((each) => each.provider === key.provider);
    if (candidate === undefined)
      throw new GatewayError('validation_error', `model must be one that ${key.provider} serves.`, { param: 'model' });
    // Where nobody asked for a model by its id, the inference profile of the key's region will do.
    const named = deps.catalogue.inRegion(model === null ? { ...candidate, chosen: true } : candidate, key.region);
    const [located = named] = await deps.baseModels.find([named], {
      catalogue: deps.catalogue,
      workspaceId: principal.workspace.id,
      keys: [{ ...key, enabled: true }],
      mayAsk: () => true,
    });
    const target = ownTarget(located, key);
    const started = performance.now();
    const startedAt = deps.now();
    const answer = (state: string, detail: string, failure: Failure | null, region: string | null): JsonObject => ({
      object: 'provider_key_test',
      state,
      detail,
      hint: failure === null ? null : (explain(target, failure, []).details.hint ?? null),
      provider_status: failure === null ? 200 : failure.status,
      model: located.model,
      latency_ms: Math.round(performance.now() - started),
      checked_at: new Date(deps.now()).toISOString(),
      region,
    });

    let resolved: ResolvedCredential;
    try {
      resolved = await deps.credentials.reread(target, principal.workspace.id);
    } catch (error) {
      if (!(error instanceof SecretUnavailable)) throw error;
      const failure: Failure = {
        kind: 'secret_unavailable',
        status: null,
        code: null,
        message: error.message,
        providerRequestId: null,
        local: true,
      };
      return answer('inconclusive', error.message, failure, key.region);
    }
    const upstream = await deps.upstream(key.provider);
    const operation = target.offer?.kind === 'embeddings' ? 'embed' : 'answer';
    const door = operation === 'embed' ? null : await deps.door();
    const body = deps.question[operation](asked);
    const runs = await withCredential(
      deps.credentials,
      target,
      principal.workspace.id,
      resolved,
      (credential) =>
        attempt(
          async (signal) => {
            const prepared = await upstream.prepare({
              ...{ operation, door, body, conversation: lazily(door, body), headers: {}, stream: false, signal },
              head: {
                mintedId: requestId.slice('req_'.length),
                created: Math.floor(deps.now() / 1000),
                callerModel: asked,
                includeUsage: false,
              },
              model: located.model,
              ...(target.baseModel !== undefined && { baseModel: target.baseModel }),
              credential: credential.credential,
              credentialKey: credential.credentialKey,
              region: credential.region,
              authenticated: credential.learn,
            });
            return prepared.type === 'ready' ? prepared.send(signal) : prepared;
          },
          { contentMs: deps.timeoutMs, remainingMs: deps.timeoutMs, callerLeft },
        ),
      (each) => each.type === 'failure' && isRefusedCredential(each.failure),
    );
    const run = runs.at(-1);
    if (run === undefined) throw new Error('A test without a call.');
    const { result } = run;
    resolved = run.resolved;
    if (result.type === 'served') {
      await deps.recovered(requestId, principal, target, startedAt);
      return answer('verified', `${key.provider} served ${located.model} with this key.`, null, resolved.region);
    }
    const failure = redacted(result.failure, resolved.redact);
    return answer(
      stateOf(failure),
      failure.message || `${key.provider} answered with status ${failure.status}.`,
      failure,
      resolved.region,
    );
  };
}

/** A key that the adapter turned down by itself was not refused by anyone. */
function stateOf(failure: Failure): string {
  return failure.local && failure.kind === 'credential' ? 'inconclusive' : states[failure.kind];
}
