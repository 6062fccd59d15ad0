import { Refusal, refusalFailure, refuse } from '../../core/chat/refusal.ts';
import { isObject, parseJson } from '../../core/json.ts';
import type { Failure } from '../../core/routing/failure.ts';
import type { Provider, ProviderCall, ProviderResult } from '../../core/routing/provider.ts';
import { isProject, isRegion, readModel } from './address.ts';
import { anthropic } from './anthropic.ts';
import type { Dialect } from './dialect.ts';
import { createEmbeddings } from './embeddings.ts';
import { findError, readBreak, readError, readNonsense, requestIdOf } from './errors.ts';
import { createPost, type Post } from './fetch-post.ts';
import { gemini } from './gemini.ts';
import { openModels } from './open-models.ts';
import type { Target } from './post.ts';
import { streamParts } from './stream.ts';
import { createAccessTokens } from './token.ts';

/** Both addresses are the operator's settings, never a tenant's. */
interface VertexSettings {
  /** Instead of the region's host; null: the region's host. */
  baseUrl: string | null;
  /** Where service accounts are exchanged for access tokens. */
  tokenUrl: string;
}

const dialects: Record<'gemini' | 'anthropic' | 'openai', Dialect> = { gemini, anthropic, openai: openModels };

/** Google Vertex AI: Gemini natively, Claude in Anthropic's format, open models through the OpenAI endpoint. */
export function createVertex({ baseUrl, tokenUrl }: VertexSettings): Provider {
  const post = createPost(baseUrl, createAccessTokens(tokenUrl));
  const embed = createEmbeddings(post);
  return {
    chat: (call) => guarded(call, (target) => (call.stream ? streamChat : chat)(call, target, post)),
    embeddings: (call) => guarded(call, (target) => embed(call, target)),
  };
}

/** Nothing that ends up in a URL gets past here unchecked, and nothing is thrown. */
async function guarded(call: ProviderCall, run: (target: Target) => Promise<ProviderResult>): Promise<ProviderResult> {
  const project = String(call.credential.reveal().project_id);
  const region = call.region ?? 'global';
  if (!isProject(project) || !isRegion(region)) return { type: 'failure', failure: unusable };
  try {
    const model =
      readModel(call.model) ??
      refuse(
        'model',
        'This is no id of a model on Vertex AI: it must be <model>, <publisher>/<model> or endpoints/<number>.',
      );
    return await run({ place: { project, region, model: call.model }, model });
  } catch (error) {
    return {
      type: 'failure',
      failure: error instanceof Refusal ? refusalFailure(error) : readBreak(error, call.signal),
    };
  }
}

const unusable: Failure = {
  kind: 'credential',
  status: null,
  code: null,
  message: 'The stored service account has no valid project or region.',
  hint: 'Store the service account key again.',
  providerRequestId: null,
  local: true,
};

async function chat(call: ProviderCall, target: Target, post: Post): Promise<ProviderResult> {
  const dialect = dialects[target.model.speaks];
  const request = dialect.toRequest(call, target.model);
  const answered = await post(call, target, dialect.operation(false), JSON.stringify(request.body), call.signal);
  if ('failure' in answered) return { type: 'failure', failure: answered.failure };
  const { response } = answered;
  const answer = parseJson(await response.text());
  const error = findError(answer);
  if (error) return { type: 'failure', failure: readError(error, target.place, response.status) };
  const translated = isObject(answer) ? dialect.fromAnswer(answer, call, request) : null;
  if (!translated) return { type: 'failure', failure: readNonsense(response.status) };
  return {
    type: 'json',
    body: translated.body,
    providerRequestId: requestIdOf(response.headers) ?? translated.providerRequestId,
    droppedParams: request.droppedParams,
  };
}

async function streamChat(call: ProviderCall, target: Target, post: Post): Promise<ProviderResult> {
  const dialect = dialects[target.model.speaks];
  const request = dialect.toRequest(call, target.model);
  const controller = new AbortController();
  const signal = AbortSignal.any([call.signal, controller.signal]);
  const answered = await post(call, target, dialect.operation(true), JSON.stringify(request.body), signal);
  if ('failure' in answered) return { type: 'failure', failure: answered.failure };
  const { response } = answered;
  if (!response.body || !response.headers.get('content-type')?.includes('text/event-stream')) {
    const error = findError(parseJson(await response.text()));
    return {
      type: 'failure',
      failure: error ? readError(error, target.place, response.status) : readNonsense(response.status),
    };
  }
  const translator = dialect.fromStream(call, request, target.place);
  return {
    type: 'stream',
    parts: streamParts(response.body, translator, controller, signal),
    providerRequestId: requestIdOf(response.headers),
    droppedParams: request.droppedParams,
  };
}
