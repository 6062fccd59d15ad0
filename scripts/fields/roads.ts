import type { Door } from '../../functions/core/chat/dialect.ts';
import { type JsonObject, parseJson } from '../../functions/core/json.ts';
import type { UpstreamCall } from '../../functions/core/routing/upstream.ts';
import { Secret } from '../../functions/core/secret.ts';
import { editRequest as editChat } from '../../functions/dialects/openai-chat/native/edit-request.ts';
import { openaiChatUpstream } from '../../functions/dialects/openai-chat/upstream.ts';
import { editRequest as editResponses } from '../../functions/dialects/openai-responses/native.ts';
import { writeConverse } from '../../functions/providers/bedrock/converse-lane.ts';
import { isNative } from '../../functions/providers/bedrock/count-lane.ts';
import { writeMessages } from '../../functions/providers/bedrock/messages-lane.ts';
import { traitsOf } from '../../functions/providers/openai/models.ts';
import { readModel } from '../../functions/providers/vertex/access/address.ts';
import { askClaude } from '../../functions/providers/vertex/ask-claude.ts';
import { askGemini } from '../../functions/providers/vertex/ask-gemini.ts';
import { askOpenModel } from '../../functions/providers/vertex/ask-open-model.ts';

/** What a provider would be sent. */
export interface Sent {
  body: JsonObject;
  dropped: string[];
}

/** A model of each kind, and how the providers' own code writes a request for it. Throws `Refusal`. */
export interface Road {
  title: string;
  write(door: Door, body: JsonObject): Promise<Sent>;
}

export const roads: Road[] = [
  { title: 'OpenAI `gpt-4.1`', write: toOpenAi('gpt-4.1') },
  { title: 'OpenAI `gpt-5.1`', write: toOpenAi('gpt-5.1') },
  { title: 'Bedrock Claude', write: toBedrock('anthropic.claude-sonnet-4-5-20250929-v1:0') },
  { title: 'Bedrock Nova', write: toBedrock('amazon.nova-pro-v1:0') },
  { title: 'Vertex Claude', write: toVertex('anthropic/claude-sonnet-4-5@20250929') },
  { title: 'Vertex Gemini', write: toVertex('gemini-2.5-flash') },
  { title: 'Vertex open model', write: toVertex('meta/llama-4-maverick-17b-128e-instruct-maas') },
];

function toOpenAi(model: string): Road['write'] {
  return async (door, body) => {
    if (door.dialect === 'openai-chat')
      return { body: parsed(editChat(body, undefined, { model, stream: false })), dropped: [] };
    if (door.dialect === 'openai-responses')
      return { body: parsed(editResponses(body, undefined, { model })), dropped: [] };
    return openaiChatUpstream.writeRequest(door.readRequest(body), traitsOf(model));
  };
}

function toBedrock(model: string): Road['write'] {
  return async (door, body) => {
    const call = callOf(door, body, model);
    if (isNative(door, call)) return writeMessages(call, noImages);
    const { body: written, dropped } = await writeConverse(call.conversation(), call, noImages);
    return { body: parsed(JSON.stringify(written)), dropped };
  };
}

function toVertex(name: string): Road['write'] {
  return async (door, body) => {
    const model = readModel(name);
    if (model === null) throw new Error(`${name} is no model of Vertex AI.`);
    const call = callOf(door, body, name);
    const target = { place: { project: 'p', region: 'global', model: name }, model };
    const plan =
      model.speaks === 'gemini'
        ? askGemini(call, door, target)
        : model.speaks === 'openai'
          ? askOpenModel(call, door, target)
          : await askClaude(call, door, target, noImages);
    return { body: parsed(plan.request.body), dropped: plan.dropped };
  };
}

function noImages(): never {
  throw new Error('No probe has a picture behind an address.');
}

function parsed(text: unknown): JsonObject {
  return parseJson(String(text)) as JsonObject;
}

function callOf(door: Door, body: JsonObject, model: string): UpstreamCall {
  return {
    operation: 'answer',
    door,
    body,
    conversation: () => door.readRequest(body),
    head: { mintedId: '01JABCDEFGHJKMNPQRSTVWXYZ0', created: 0, callerModel: model, includeUsage: false },
    model,
    stream: false,
    credential: new Secret<JsonObject>({}),
    credentialKey: 'none',
    region: null,
    headers: {},
    authenticated: () => undefined,
    signal: new AbortController().signal,
  };
}
