import type { Door, UpstreamDialect } from '../../functions/core/chat/dialect.ts';
import { Refusal } from '../../functions/core/chat/refusal.ts';
import type { JsonObject } from '../../functions/core/json.ts';
import { claudeModel } from '../../functions/dialects/anthropic-messages/claude-models.ts';
import { anthropicMessages } from '../../functions/dialects/anthropic-messages/door.ts';
import { editRequest, type MessagesHost } from '../../functions/dialects/anthropic-messages/edit-request.ts';
import { anthropicMessagesUpstream } from '../../functions/dialects/anthropic-messages/upstream.ts';
import { converse } from '../../functions/dialects/converse/upstream.ts';
import { traitsOf } from '../../functions/dialects/gemini/models.ts';
import { gemini } from '../../functions/dialects/gemini/upstream.ts';
import { openaiChat } from '../../functions/dialects/openai-chat/door.ts';
import { openaiChatUpstream } from '../../functions/dialects/openai-chat/upstream.ts';
import { openaiResponses } from '../../functions/dialects/openai-responses/door.ts';

export type DoorName = 'messages' | 'chat' | 'responses';
export type TargetName = 'claude' | 'openai' | 'gemini' | 'converse';

/** The way of a request from a door to a model, and of the answer back. */
export interface Road {
  door: DoorName;
  target: TargetName;
  ask(body: JsonObject): { body: unknown; dropped: string[] };
  answer(body: JsonObject, answer: JsonObject): JsonObject | undefined;
}

const head = { mintedId: '01KB0000000000000000000000', created: 42, callerModel: 'm', includeUsage: true };

/** Claude through its own door: as it is. */
function native(host: MessagesHost): Road {
  return {
    door: 'messages',
    target: 'claude',
    ask: (body) => ({ body: editRequest(body, { host, model: 'claude-sonnet-4-5', stream: false }).body, dropped: [] }),
    answer: (_body, answer) => anthropicMessages.native.readAnswer(JSON.stringify(answer), head)?.body,
  };
}

function translated<Traits, Body, Answer, Event>(
  name: DoorName,
  door: Door,
  target: TargetName,
  dialect: UpstreamDialect<Traits, Body, Answer, Event>,
  traits: Traits,
): Road {
  return {
    door: name,
    target,
    ask: (body) => dialect.writeRequest(door.readRequest(body), traits),
    answer(body, answer) {
      const request = door.readRequest(body);
      const read = dialect.readAnswer(answer as Answer, dialect.writeRequest(request, traits));
      return read === null ? undefined : door.writeAnswer(read, head, request).body;
    },
  };
}

/** Every trait of a model of OpenAI's that thinks and takes files. */
const openai = {
  ...{ limitField: 'max_completion_tokens' as const, mostTokens: null, thinksUnasked: true, verbosity: true },
  ...{ efforts: ['low', 'medium', 'high'] as const, effortBesideTools: 'any' as const, sampling: 'always' as const },
  ...{ files: true, ownFields: true },
};
/** As Vertex AI hosts it; Bedrock's Claude is asked through Converse where the door is another one than its own. */
const claude = {
  ...claudeModel('claude-sonnet-4-5'),
  ...{ version: null, takesAddresses: false, takesUserId: false, structured: false },
};
const nova = { model: 'us.amazon.nova-2-lite-v1:0', images: new Map<string, Uint8Array>() };

export const roads: Record<string, Road> = {
  'native Bedrock': native('bedrock'),
  'native Vertex': native('vertex'),
  'Messages→OpenAI': translated('messages', anthropicMessages, 'openai', openaiChatUpstream, openai),
  'Messages→Gemini': translated('messages', anthropicMessages, 'gemini', gemini, traitsOf('gemini-2.5-flash')),
  'Messages→Converse': translated('messages', anthropicMessages, 'converse', converse, nova),
  'chat→Claude': translated('chat', openaiChat, 'claude', anthropicMessagesUpstream, claude),
  'Responses→Claude': translated('responses', openaiResponses, 'claude', anthropicMessagesUpstream, claude),
};

/** `kept`; `named` among the dropped parameters; `refused`; `lost` without a word; `–`: there is no word for it to begin with. */
export type Verdict = 'kept' | 'named' | 'refused' | 'lost' | '–';

export interface Feature {
  /** What makes a plain request have it, by door. */
  ask?: Partial<Record<DoorName, JsonObject>>;
  /** An answer that has it, by model. */
  answer?: Partial<Record<TargetName, JsonObject>>;
  /** Whether the other side still has it. */
  seen(text: string): boolean;
}

const plain: Record<DoorName, JsonObject> = {
  messages: { max_tokens: 9000, messages: [{ role: 'user', content: 'hi' }] },
  chat: { messages: [{ role: 'user', content: 'hi' }] },
  responses: { input: 'hi' },
};

export function verdictOf(road: Road, feature: Feature): Verdict {
  const asked = feature.ask?.[road.door];
  try {
    if (feature.answer !== undefined) {
      const answer = feature.answer[road.target];
      if (answer === undefined) return '–';
      return feature.seen(textOf(road.answer({ ...plain[road.door], ...asked }, answer))) ? 'kept' : 'lost';
    }
    if (asked === undefined) return '–';
    const usual = road.ask(plain[road.door]).dropped;
    const { body, dropped } = road.ask({ ...plain[road.door], ...asked });
    if (feature.seen(textOf(body))) return 'kept';
    return dropped.some((name) => !usual.includes(name)) ? 'named' : 'lost';
  } catch (error) {
    if (error instanceof Refusal) return 'refused';
    throw error;
  }
}

/** Bytes as base64, as they travel. */
function textOf(value: unknown): string {
  const readable = (each: unknown): unknown => {
    if (each instanceof Uint8Array) return Buffer.from(each).toString('base64');
    if (Array.isArray(each)) return each.map(readable);
    if (typeof each !== 'object' || each === null) return each;
    return Object.fromEntries(Object.entries(each).map(([name, inner]) => [name, readable(inner)]));
  };
  return JSON.stringify(readable(value)) ?? '';
}
