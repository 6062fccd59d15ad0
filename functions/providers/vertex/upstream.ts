import type { RequestBounds } from '../../core/chat/bounds.ts';
import { refuse } from '../../core/chat/refusal.ts';
import { readUsage } from '../../core/chat/usage.ts';
import type { Failure } from '../../core/routing/failure.ts';
import type { Prepared, Upstream, UpstreamCall } from '../../core/routing/upstream.ts';
import { readText } from '../../transport/http-client.ts';
import { createImageFetch, type ImageFetch } from '../../transport/image-fetch.ts';
import { refusing } from '../http-upstream.ts';
import { isProject, isRegion, readModel } from './access/address.ts';
import type { Federation } from './access/federation-settings.ts';
import { createAccessTokens } from './access/token.ts';
import { askClaude } from './ask-claude.ts';
import { askGemini } from './ask-gemini.ts';
import { askOpenModel } from './ask-open-model.ts';
import { planEmbeddings } from './embeddings.ts';
import { readBreak, readRefusal } from './errors/errors.ts';
import { headersOf } from './errors/headers.ts';
import { ready } from './plan.ts';
import { createPost, type Post, type Target } from './post.ts';

/** Both addresses are the operator's settings, never a tenant's. */
interface VertexSettings {
  /** Instead of the region's host; null: the region's host. */
  baseUrl: string | null;
  /** Where service accounts are exchanged for access tokens. */
  tokenUrl: string;
  /** Workload identity federation; absent: none. */
  federation?: Federation;
  /** How pictures behind addresses are fetched; tests put their own in. */
  fetchImage?: ImageFetch;
}

/** Google Vertex AI: Gemini in its own format, Claude in Anthropic's, open models through the OpenAI endpoint. */
export function createVertexUpstream({
  baseUrl,
  tokenUrl,
  federation,
  fetchImage = createImageFetch(),
}: VertexSettings): Upstream {
  const post = createPost(baseUrl, createAccessTokens(tokenUrl, federation ?? null));
  return { prepare: (call) => refusing(() => prepare(call, post, fetchImage)) };
}

/** Nothing that ends up in a URL gets past here unchecked. */
async function prepare(call: UpstreamCall, post: Post, fetchImage: ImageFetch): Promise<Prepared> {
  const credential = call.credential.reveal();
  const express = 'apiKey' in credential;
  const project = express ? '' : String(credential.project_id ?? credential.projectId);
  const region = call.region ?? 'global';
  if ((!express && !isProject(project)) || !isRegion(region)) return { type: 'failure', failure: unusable };
  const model =
    readModel(call.model) ??
    refuse(
      'model',
      'This is no id of a model on Vertex AI: it must be <model>, <publisher>/<model> or endpoints/<number>.',
    );
  if (express && (model.speaks !== 'gemini' || model.endpoint || call.operation === 'embed'))
    return { type: 'failure', failure: notExpress };
  const target = { place: { project, region, model: call.model }, model };
  const { door, operation } = call;
  if (door === null || operation === 'embed') return prepareEmbeddings(call, target, post);
  if (model.speaks === 'gemini') return ready(call, target, post, askGemini(call, door, target));
  if (model.speaks === 'anthropic') return ready(call, target, post, await askClaude(call, door, target, fetchImage));
  if (operation === 'count') return { type: 'uncountable' };
  return ready(call, target, post, askOpenModel(call, door, target));
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

const notExpress: Failure = {
  kind: 'model_access',
  status: null,
  code: null,
  message: 'An API key of Vertex AI reaches the chats of Gemini alone.',
  hint: 'For other models and for embeddings store a service account key, or federate.',
  providerRequestId: null,
  local: true,
};

/** Larger answers than Lambda could pass on anyway. */
const answerLimit = 200 * 1024 * 1024;

function prepareEmbeddings(call: UpstreamCall, target: Target, post: Post): Prepared {
  const plan = planEmbeddings(call.body, target, call.head.callerModel);
  return {
    type: 'ready',
    dropped: plan.dropped,
    bounds: boundsOf(plan.texts),
    async send(signal) {
      const embedded = await plan.embed(async (operation, body, batchSignal) => {
        const answer = await post(call, target, { operation, body }, batchSignal);
        if ('failure' in answer) return answer;
        try {
          const { status, headers } = answer;
          const text = await readText(answer.body, answerLimit);
          if (status === 200) return { status, text };
          return { failure: readRefusal({ status, text, headers: headersOf(headers) }, target.place) };
        } catch (error) {
          return { failure: readBreak(error, batchSignal) };
        }
      }, signal);
      if ('failure' in embedded) return { type: 'failure', failure: embedded.failure };
      const answer = { body: embedded.list, usage: readUsage(embedded.list.usage), finishReason: null };
      return { type: 'json', answer, providerRequestId: null };
    },
  };
}

function boundsOf(texts: string[]): RequestBounds {
  return {
    textBytes: texts.reduce((sum, text) => sum + Buffer.byteLength(text), 0),
    images: 0,
    audioChars: 0,
    mediaChars: 0,
    remoteMedia: 0,
    maxOutputTokens: 0,
    choices: 1,
    audioOut: false,
  };
}
