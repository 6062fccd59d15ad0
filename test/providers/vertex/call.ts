import type { Door } from '../../../functions/core/chat/dialect.ts';
import type { Frame } from '../../../functions/core/chat/frame.ts';
import type { JsonObject } from '../../../functions/core/json.ts';
import type { Failure } from '../../../functions/core/routing/failure.ts';
import type { Upstream, UpstreamCall, UpstreamResult } from '../../../functions/core/routing/upstream.ts';
import { Secret } from '../../../functions/core/secret.ts';
import { openaiChat } from '../../../functions/dialects/openai-chat/door.ts';
import { serviceAccount } from './google-server.ts';

/** A call as the gateway makes it: hi to Gemini through chat completions, but for what is changed. */
export function upstreamCall(
  body: JsonObject,
  { door = openaiChat, ...changes }: Partial<Omit<UpstreamCall, 'door'>> & { door?: Door } = {},
): UpstreamCall {
  const whole = { messages: [{ role: 'user', content: 'hi' }], ...body };
  return {
    operation: 'answer',
    door,
    body: whole,
    conversation: () => door.readRequest(whole),
    head: {
      mintedId: '01JABCDEFGHJKMNPQRSTVWXYZ0',
      created: 1_764_000_000,
      callerModel: 'vertex/gemini-2.5-flash',
      includeUsage: true,
    },
    model: 'gemini-2.5-flash',
    stream: false,
    credential: new Secret<JsonObject>(serviceAccount),
    credentialKey: 'pk_1@1',
    region: null,
    headers: {},
    authenticated: () => undefined,
    signal: new AbortController().signal,
    ...changes,
  };
}

/** Prepares and makes the call. */
export async function ask(upstream: Upstream, call: UpstreamCall): Promise<UpstreamResult> {
  const prepared = await upstream.prepare(call);
  if (prepared.type === 'uncountable') throw new Error('The call cannot be counted.');
  return prepared.type === 'ready' ? prepared.send(call.signal) : prepared;
}

export function failureOf(result: { type: string; failure?: Failure }): Failure {
  if (result.failure === undefined) throw new Error(`The result is ${result.type}.`);
  return result.failure;
}

export async function framesOf(result: UpstreamResult): Promise<Frame[]> {
  if (result.type !== 'stream') throw new Error(`The result is ${JSON.stringify(result)}.`);
  const frames: Frame[] = [];
  for await (const batch of result.frames) frames.push(...batch);
  return frames;
}

/** The text of a streamed chat completion, and of whatever else holds `content` in its deltas. */
export function textOf(frames: Frame[]): string {
  return frames.map((frame) => (frame.type === 'event' ? contentOf(frame.text) : '')).join('');
}

function contentOf(event: string): string {
  const data = event.split('\n').flatMap((line) => (line.startsWith('data: {') ? [JSON.parse(line.slice(6))] : []));
  return data.map((chunk) => chunk.choices?.[0]?.delta?.content ?? '').join('');
}

/** What kinds of frames came, events with content apart. */
export function kindsOf(frames: Frame[]): string[] {
  return frames.map((frame) => (frame.type === 'event' && frame.content ? 'content' : frame.type));
}
