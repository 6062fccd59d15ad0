import type { RequestBounds } from '../../core/chat/bounds.ts';
import { refuse } from '../../core/chat/refusal.ts';
import type { Prepared, Upstream, UpstreamCall } from '../../core/routing/upstream.ts';
import { traitsOf } from '../../dialects/gemini/models.ts';
import { gemini } from '../../dialects/gemini/upstream.ts';
import { translate } from '../../dialects/translate.ts';
import type { ImageFetch } from '../../transport/image-fetch.ts';
import { countLane } from '../count-lane.ts';
import { type AnswerLane, exchange, refusing, translatedLane } from '../http-upstream.ts';
import { inlineImages } from '../inline-images.ts';
import { writeEmbeddings } from './embeddings.ts';
import { geminiProvider } from './errors.ts';

interface GeminiSettings {
  /** https://ai.google.dev/api, or the operator's own. */
  baseUrl: string;
  /** How pictures behind addresses are fetched. */
  fetchImage: ImageFetch;
}

/** Google AI Studio: Gemini in its own format (https://ai.google.dev/api/generate-content), with an API key. */
export function createGeminiUpstream(settings: GeminiSettings): Upstream {
  return { prepare: (call) => refusing(() => prepare(call, settings)) };
}

async function prepare(call: UpstreamCall, { baseUrl, fetchImage }: GeminiSettings): Promise<Prepared> {
  const { operation, door, head } = call;
  const model = modelOf(call.model);
  const ready = (
    method: string,
    body: object,
    lane: AnswerLane,
    rest: { dropped: string[]; bounds: RequestBounds },
    stream = false,
  ): Prepared => ({
    type: 'ready',
    ...rest,
    send(signal) {
      const headers = {
        'content-type': 'application/json',
        // Never in the URL, where logs would keep it (https://ai.google.dev/gemini-api/docs/api-key).
        'x-goog-api-key': String(call.credential.reveal().apiKey),
      };
      const url = new URL(`${baseUrl}/models/${model}:${method}`);
      return exchange(geminiProvider, { url, headers, body: JSON.stringify(body) }, lane, stream, signal);
    },
  });

  if (door === null || operation === 'embed') {
    const { body, lane, texts, dropped } = writeEmbeddings(call.body, model, head.callerModel);
    return ready('batchEmbedContents', body, lane, { dropped, bounds: boundsOf(texts) });
  }
  const request = await inlineImages(call.conversation(), 'The Gemini API', fetchImage, call.signal);
  const written = gemini.writeRequest(request, traitsOf(model));
  if (operation === 'count') {
    // https://ai.google.dev/api/tokens: beside `contents` alone the whole request is taken, which must name its model.
    const { contents, systemInstruction, tools } = written.body;
    const generateContentRequest = { model: `models/${model}`, contents, systemInstruction, tools };
    return ready('countTokens', { generateContentRequest }, countLane('totalTokens'), written);
  }
  const translation = translate(gemini, { ...written, idSeed: head.mintedId }, door, head, request);
  const lane = translatedLane(translation, ({ responseId }) => (typeof responseId === 'string' ? responseId : null));
  const method = call.stream ? 'streamGenerateContent?alt=sse' : 'generateContent';
  return ready(method, written.body, lane, written, call.stream);
}

/** The id becomes a part of the URL. */
function modelOf(model: string): string {
  const name = model.replace(/^models\//, '');
  return /^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/.test(name)
    ? name
    : refuse('model', 'This is no id of a model of the Gemini API, such as gemini-2.5-flash.');
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
