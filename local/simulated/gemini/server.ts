import { isObject, type JsonObject, parseJson } from '../../../functions/core/json.ts';
import { type FailureWord, failingKeys, failureOf, sendAnswer } from '../failing-keys.ts';
import type { SimulatedHandler } from '../server.ts';
import { type Answer, list, object } from '../values.ts';
import { answers } from '../vertex/answers.ts';

const prefix = 'AIzaSim-';

export const simulatedGeminiKeys = failingKeys(prefix, {
  invalid: 'is refused (400 API_KEY_INVALID)',
  denied: 'belongs to a project without the API (403 SERVICE_DISABLED)',
  ratelimited: 'is throttled (429 RESOURCE_EXHAUSTED, to retry after 7 s)',
  quota: "has used up the day's free requests (429 RESOURCE_EXHAUSTED, per day)",
  overloaded: 'meets an overloaded service (503 UNAVAILABLE)',
  slow: 'gets no answer',
  cut: 'has its answers cut in the middle',
});

const rpc = (name: string) => ({ '@type': `type.googleapis.com/google.rpc.${name}` });
const info = (reason: string) => ({ ...rpc('ErrorInfo'), reason, domain: 'googleapis.com' });
const quota = (quotaId: string) => ({ ...rpc('QuotaFailure'), violations: [{ quotaId }] });
const exhausted = 'You exceeded your current quota, please check your plan and billing details.';

interface Refusal {
  code: number;
  status: string;
  message: string;
  details?: JsonObject[];
}

/** https://ai.google.dev/gemini-api/docs/troubleshooting */
const refusals: Record<Exclude<FailureWord, 'slow' | 'cut'>, Refusal> = {
  invalid: {
    code: 400,
    status: 'INVALID_ARGUMENT',
    message: 'API key not valid. Please pass a valid API key.',
    details: [info('API_KEY_INVALID')],
  },
  denied: {
    code: 403,
    status: 'PERMISSION_DENIED',
    message: 'Generative Language API has not been used in project 0 before or it is disabled.',
    details: [info('SERVICE_DISABLED')],
  },
  ratelimited: {
    code: 429,
    status: 'RESOURCE_EXHAUSTED',
    message: exhausted,
    details: [quota('GenerateRequestsPerMinutePerProjectPerModel-FreeTier'), { ...rpc('RetryInfo'), retryDelay: '7s' }],
  },
  quota: {
    code: 429,
    status: 'RESOURCE_EXHAUSTED',
    message: exhausted,
    details: [quota('GenerateRequestsPerDayPerProjectPerModel-FreeTier')],
  },
  overloaded: { code: 503, status: 'UNAVAILABLE', message: 'The model is overloaded. Please try again later.' },
};

/** The Gemini API (https://ai.google.dev/api), over the same Gemini as at Vertex AI. */
export const simulateGemini: SimulatedHandler = (request, bytes, response) => {
  const refuse = (error: Refusal) =>
    void response.writeHead(error.code, { 'content-type': 'application/json' }).end(JSON.stringify({ error }));
  const key = request.headers['x-goog-api-key'];
  const failure = failureOf(typeof key === 'string' ? key : undefined, prefix);
  if (failure === 'slow') return;
  if (failure !== null && failure !== 'cut') return refuse(refusals[failure]);
  const [, model = '', operation = ''] = /\/models\/([^/:]+):(\w+)(?:\?alt=sse)?$/.exec(request.url ?? '') ?? [];
  const parsed = parseJson(bytes.toString());
  const served = Object.hasOwn(operations, operation) ? operations[operation] : undefined;
  if (served === undefined || !model.startsWith('gemini-')) {
    const message = `models/${model} is not found for API version v1beta, or is not supported for ${operation}.`;
    return refuse({ code: 404, status: 'NOT_FOUND', message });
  }
  const answer = served(isObject(parsed) ? parsed : {}, model);
  if ('refused' in answer) return refuse({ code: 400, status: 'INVALID_ARGUMENT', message: answer.refused });
  sendAnswer(response, answer, failure === 'cut');
};

const operations: Record<string, (body: JsonObject, model: string) => Answer> = {
  generateContent: (body, model) => answers.generateContent(body, model, []),
  streamGenerateContent: (body, model) => answers.streamGenerateContent(body, model, []),
  countTokens: (body, model) => answers.countTokens(object(body.generateContentRequest ?? body), model, []),
  batchEmbedContents(body, model) {
    const embeddings: unknown[] = [];
    for (const request of list(body.requests)) {
      if (request.model !== `models/${model}`)
        return { refused: 'The model of each request must be that of the batch.' };
      const answer = answers.embedContent(request, model, []);
      if (!('json' in answer)) return answer;
      embeddings.push(answer.json.embedding);
    }
    return { json: { embeddings } };
  },
};
