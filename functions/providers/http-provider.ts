import type { Door } from '../core/chat/dialect.ts';
import { refuse } from '../core/chat/refusal.ts';
import type { JsonObject } from '../core/json.ts';
import type { Prepared, Upstream, UpstreamCall, UpstreamResult } from '../core/routing/upstream.ts';
import { claudeModel } from '../dialects/anthropic-messages/claude-models.ts';
import { countRequest } from '../dialects/anthropic-messages/count.ts';
import { editRequest as editMessages } from '../dialects/anthropic-messages/edit-request.ts';
import { anthropicMessagesUpstream } from '../dialects/anthropic-messages/upstream.ts';
import { chatBounds } from '../dialects/openai-chat/bounds.ts';
import { editRequest as editChat } from '../dialects/openai-chat/native/edit-request.ts';
import { openaiChatUpstream } from '../dialects/openai-chat/upstream.ts';
import { editRequest as editResponses } from '../dialects/openai-responses/native.ts';
import { translate } from '../dialects/translate.ts';
import type { Environment } from '../environment.ts';
import { countLane } from './count-lane.ts';
import { addressOr, addressVariables, type ProviderDefinition } from './definition.ts';
import { embeddingsLane } from './embeddings-lane.ts';
import type { HttpDefinition } from './http-definition.ts';
import { createErrorReader } from './http-errors.ts';
import { type AnswerLane, exchange, type HttpProvider, nativeLane, refusing, translatedLane } from './http-upstream.ts';
import { adaptFields } from './openai-compatible/field-quirks.ts';
import { tolerantLane } from './openai-compatible/tolerant-lane.ts';

/** One call as it is written for the provider. */
interface Written {
  path: string;
  body: string;
  headers?: Record<string, string>;
  lane: AnswerLane;
  /** False: the answer comes whole, whatever the caller wants. */
  stream?: false;
}

type Ready = Extract<Prepared, { type: 'ready' }>;

/** The adapter of a provider whose definition says all that there is to say. */
export function createHttpUpstream(
  definition: Pick<ProviderDefinition, 'name' | 'title' | 'addresses'> & { http: HttpDefinition },
  environment: Pick<Environment, 'addressOf'>,
): Upstream {
  const { title, http } = definition;
  const { quirks = {} } = http;
  const requestIdHeader = http.requestIdHeader ?? null;
  const [variable = ''] = addressVariables(definition);
  const address = environment.addressOf(variable);
  const provider: HttpProvider = {
    name: title,
    requestIdHeader,
    ...createErrorReader(title, http.errors, requestIdHeader),
  };

  const ready = (call: UpstreamCall, written: Written, rest: Pick<Ready, 'dropped' | 'bounds'>): Prepared => {
    const stream = call.stream && written.stream !== false;
    return {
      type: 'ready',
      ...rest,
      async send(signal) {
        const credential = call.credential.reveal();
        const own = typeof http.baseUrl === 'string' ? http.baseUrl : http.baseUrl(credential);
        const base = addressOr(address, own);
        const url = new URL(base.replace(/\/$/, '') + written.path);
        const agent = address === null ? http.agent?.(url) : undefined;
        const attempt = async (again: boolean): Promise<UpstreamResult> => {
          const proof = http.exchange ? await http.exchange(call, signal) : { headers: http.authenticate(credential) };
          if ('failure' in proof) return { type: 'failure', failure: proof.failure };
          const headers = {
            'content-type': 'application/json',
            accept: stream ? 'text/event-stream' : 'application/json',
            ...written.headers,
            ...proof.headers,
          };
          const request = { url, headers, body: written.body, ...(agent && { agent }) };
          const result = await exchange(provider, request, written.lane, stream, signal);
          const refused = result.type === 'failure' && result.failure.status === 401;
          return refused && 'refused' in proof && proof.refused?.() && !again ? attempt(true) : result;
        };
        return attempt(false);
      },
    };
  };

  const native = (call: UpstreamCall, written: Written, dropped: string[] = []): Prepared => {
    const bytes = Buffer.byteLength(written.body);
    const bounds = call.door?.native.bounds(call.body, bytes) ?? chatBounds(call.body, bytes);
    return ready(call, written, { dropped, bounds });
  };

  const translated = (call: UpstreamCall, door: Door): Prepared => {
    const request = call.conversation();
    if (http.translated.dialect === 'anthropic-messages') {
      const { path, host } = http.translated;
      const written = anthropicMessagesUpstream.writeRequest(request, {
        ...claudeModel(call.model),
        ...host(call.model),
      });
      const lane = translatedLane(translate(anthropicMessagesUpstream, written, door, call.head, request));
      return ready(call, { ...messagesRequest(call, written.body), path, lane }, written);
    }
    const { traits } = http.translated;
    const written = openaiChatUpstream.writeRequest(request, traits(call.model));
    const adapted = adaptFields({ ...written.body, ...(call.stream && streaming) }, quirks);
    const path = chatPath(call) ?? http.translated.path;
    const body = JSON.stringify({ model: nameOf(call), ...adapted.body });
    const lane = translatedLane(translate(openaiChatUpstream, written, door, call.head, request));
    const dropped = [...new Set([...written.dropped, ...adapted.dropped])].sort();
    return ready(call, { path, body, lane }, { dropped, bounds: written.bounds });
  };

  const nameOf = ({ model, credential }: UpstreamCall) => http.modelName?.(model, credential.reveal()) ?? model;
  const chatPath = ({ model, credential }: UpstreamCall) => http.lanes(model, credential.reveal())['openai-chat'];

  const chat = (call: UpstreamCall, door: Door, path: string): Prepared => {
    const adapted = adaptFields(call.body, quirks);
    const text = adapted.body === call.body ? call.bodyText : undefined;
    const stream = call.stream && quirks.streamOptions !== false;
    const body = editChat(adapted.body, text, { model: nameOf(call), stream });
    const lane = tolerantLane(nativeLane(door.native, call.head), call.body);
    return native(call, { path, body, lane }, adapted.dropped);
  };

  function prepare(call: UpstreamCall): Prepared {
    const { operation, door, body, bodyText, model, head } = call;
    const credential = call.credential.reveal();
    const failure = http.refuse?.(credential) ?? null;
    if (failure !== null) return { type: 'failure', failure };
    if (operation === 'embed' || door === null) {
      const { embeddings = refuse('model', `${title} makes no embeddings.`) } = http;
      const path = typeof embeddings === 'string' ? embeddings : embeddings(model, credential);
      const text = JSON.stringify({ ...body, model: nameOf(call) });
      return native(call, { path, body: text, lane: embeddingsLane(head.callerModel) });
    }
    if (operation === 'count') {
      if (http.countTokens === undefined || door.dialect !== 'anthropic-messages') return { type: 'uncountable' };
      const { body: asked, betas } = countRequest(body, messagesHost(call));
      const headers = messagesHeaders(call, betas);
      const lane = countLane('input_tokens');
      return native(call, { path: http.countTokens, body: JSON.stringify(asked), headers, lane, stream: false });
    }
    const path = http.lanes(model, credential)[door.dialect];
    if (path === undefined) return translated(call, door);
    if (door.dialect === 'openai-chat' || door.dialect === 'openai-completions') return chat(call, door, path);
    const lane = nativeLane(door.native, head);
    if (door.dialect === 'anthropic-messages') return native(call, { ...messagesRequest(call, body), path, lane });
    return native(call, { path, body: editResponses(body, bodyText, { model: nameOf(call) }), lane });
  }

  return { prepare: (call) => refusing(() => prepare(call)) };
}

const streaming = { stream: true, stream_options: { include_usage: true } };

function messagesHost({ model, stream, headers }: UpstreamCall) {
  const betaHeader = headers['anthropic-beta'];
  return { host: 'anthropic', model, stream, ...(betaHeader !== undefined && { betaHeader }) } as const;
}

function messagesRequest(call: UpstreamCall, body: JsonObject): Pick<Written, 'body' | 'headers'> {
  const edited = editMessages(body, messagesHost(call));
  return { body: JSON.stringify(edited.body), headers: messagesHeaders(call, edited.betas) };
}

/** The only version there is, if the caller names none (https://docs.anthropic.com/en/api/versioning). */
function messagesHeaders({ headers }: UpstreamCall, betas: string[]): Record<string, string> {
  return {
    'anthropic-version': headers['anthropic-version'] ?? '2023-06-01',
    ...(betas.length > 0 && { 'anthropic-beta': betas.join(',') }),
  };
}
