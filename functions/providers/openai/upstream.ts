import type { DialectName } from '../../core/chat/conversation.ts';
import { isObject, type JsonObject } from '../../core/json.ts';
import type { Prepared, Upstream, UpstreamCall } from '../../core/routing/upstream.ts';
import { chatBounds } from '../../dialects/openai-chat/bounds.ts';
import { editRequest, type NativeEdit } from '../../dialects/openai-chat/native/edit-request.ts';
import { openaiChatUpstream } from '../../dialects/openai-chat/upstream.ts';
import { editRequest as editResponses } from '../../dialects/openai-responses/native.ts';
import { translate } from '../../dialects/translate.ts';
import { embeddingsLane } from '../embeddings-lane.ts';
import {
  type AnswerLane,
  exchange,
  type HttpProvider,
  nativeLane,
  refusing,
  translatedLane,
} from '../http-upstream.ts';
import { fromErrorAnswer, fromErrorObject } from './errors.ts';
import { traitsOf } from './models.ts';

type RequestEditor = (body: JsonObject, bodyText: string | undefined, edit: NativeEdit) => string;

/** The formats that OpenAI speaks: where, and how a request of each is brought to it. */
const formats: Partial<Record<DialectName, { path: string; edit: RequestEditor }>> = {
  'openai-chat': { path: '/chat/completions', edit: editRequest },
  'openai-completions': { path: '/completions', edit: editRequest },
  'openai-responses': { path: '/responses', edit: editResponses },
};

export function createOpenAiUpstream(settings: { baseUrl: string; now: () => number }): Upstream {
  const provider: HttpProvider = {
    name: 'OpenAI',
    requestIdHeader: 'x-request-id',
    readErrorAnswer: (status, headers, text) => fromErrorAnswer(status, headers, text, settings.now()),
    findError: (parsed) => (isObject(parsed) ? (parsed.error ?? undefined) : undefined),
    readError: (error) => fromErrorObject(error, null),
  };
  const urlOf = (path: string) => new URL(settings.baseUrl + path);
  const urls = new Map(Object.values(formats).map(({ path }) => [path, urlOf(path)]));

  const ready = (
    call: UpstreamCall,
    path: string,
    body: string,
    lane: AnswerLane,
    rest: Pick<Extract<Prepared, { type: 'ready' }>, 'dropped' | 'bounds'>,
  ): Prepared => ({
    type: 'ready',
    ...rest,
    send: (signal) =>
      exchange(
        provider,
        { url: urls.get(path) ?? urlOf(path), headers: headersOf(call), body },
        lane,
        call.stream,
        signal,
      ),
  });

  const native = (call: UpstreamCall, path: string, body: string, lane: AnswerLane): Prepared => {
    const bytes = Buffer.byteLength(body);
    const bounds = call.door?.native.bounds(call.body, bytes) ?? chatBounds(call.body, bytes);
    return ready(call, path, body, lane, { dropped: [], bounds });
  };

  const translated = (call: UpstreamCall, door: NonNullable<UpstreamCall['door']>): Prepared => {
    const request = call.conversation();
    const written = openaiChatUpstream.writeRequest(request, traitsOf(call.model));
    const { dropped, bounds } = written;
    const body = JSON.stringify({ model: call.model, ...written.body, ...(call.stream && streaming) });
    const lane = translatedLane(translate(openaiChatUpstream, written, door, call.head, request));
    return ready(call, '/chat/completions', body, lane, { dropped, bounds });
  };

  return {
    prepare: (call) =>
      refusing(() => {
        const { operation, door, body, bodyText, model, stream } = call;
        if (operation === 'count') return { type: 'uncountable' };
        if (operation === 'embed' || door === null)
          return native(call, '/embeddings', JSON.stringify({ ...body, model }), embeddingsLane(call.head.callerModel));
        const format = formats[door.dialect];
        if (format === undefined) return translated(call, door);
        const text = format.edit(body, bodyText, { model, stream });
        return native(call, format.path, text, nativeLane(door.native, call.head));
      }),
  };
}

const streaming = { stream: true, stream_options: { include_usage: true } };

function headersOf({ credential, stream }: UpstreamCall): Record<string, string> {
  const { apiKey, organization, project } = credential.reveal();
  return {
    authorization: `Bearer ${String(apiKey)}`,
    'content-type': 'application/json',
    accept: stream ? 'text/event-stream' : 'application/json',
    ...(typeof organization === 'string' && { 'openai-organization': organization }),
    ...(typeof project === 'string' && { 'openai-project': project }),
  };
}
