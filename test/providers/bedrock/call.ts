import type { Frame } from '../../../functions/core/chat/frame.ts';
import type { JsonObject } from '../../../functions/core/json.ts';
import type { Failure } from '../../../functions/core/routing/failure.ts';
import type { Upstream, UpstreamCall, UpstreamStream } from '../../../functions/core/routing/upstream.ts';
import { Secret } from '../../../functions/core/secret.ts';
import { openaiChat } from '../../../functions/dialects/openai-chat/door.ts';
import { simulatedApiKey } from '../../../local/simulated/bedrock/credentials.ts';

const apiKey = simulatedApiKey('sim-test');

/** A call as dispatch makes it, of the chat completions door. */
export function upstreamCall(
  changes: Partial<Omit<UpstreamCall, 'credential'>> & { credential?: JsonObject } = {},
): UpstreamCall {
  const { credential = { apiKey }, model = 'anthropic.claude-test', ...rest } = changes;
  const { body = { messages: [{ role: 'user', content: 'ping' }] }, door = openaiChat } = rest;
  return {
    operation: 'answer',
    door,
    body,
    conversation: () => (door ?? openaiChat).readRequest(body),
    head: { mintedId: 'test', created: 1_764_000_000, callerModel: `bedrock/${model}`, includeUsage: true },
    model,
    stream: false,
    credential: new Secret(credential),
    credentialKey: 'pk_1@1',
    region: 'us-east-1',
    headers: {},
    authenticated: () => {},
    signal: new AbortController().signal,
    ...rest,
  };
}

export type Asked =
  | { type: 'json'; body: JsonObject; providerRequestId: string | null; dropped: string[] }
  | (UpstreamStream & { dropped: string[] })
  | { type: 'uncountable' }
  | { type: 'failure'; failure: Failure };

/** Prepares and sends. */
export async function ask(upstream: Upstream, call: UpstreamCall): Promise<Asked> {
  const prepared = await upstream.prepare(call);
  if (prepared.type !== 'ready') return prepared;
  const { dropped } = prepared;
  const result = await prepared.send(call.signal);
  if (result.type === 'stream') return { ...result, dropped };
  if (result.type !== 'json') return result;
  return { type: 'json', body: result.answer.body, providerRequestId: result.providerRequestId, dropped };
}

export async function collect(result: Asked): Promise<Frame[]> {
  if (result.type !== 'stream') throw new Error(`not a stream: ${JSON.stringify(result)}`);
  const frames: Frame[] = [];
  for await (const batch of result.frames) frames.push(...batch);
  return frames;
}

/** What a client makes of a stream's chunks. */
export function fold(frames: Frame[]) {
  const folded = {
    text: '',
    reasoning: '',
    details: [] as unknown[],
    calls: [] as { id: string; name: string; arguments: string }[],
    finish: null as string | null,
    roles: 0,
    usage: undefined as unknown,
  };
  for (const frame of frames) {
    if (frame.type === 'usage') folded.usage = dataOf(frame.write({}) ?? '').usage;
    if (frame.type !== 'event') continue;
    const { choices } = dataOf(frame.text) as { choices: [{ delta: Delta; finish_reason: string | null }] };
    const { delta, finish_reason } = choices[0];
    folded.text += delta.content ?? '';
    folded.reasoning += delta.reasoning_content ?? '';
    folded.details.push(...(delta.reasoning_details ?? []));
    if (delta.role !== undefined) folded.roles++;
    folded.finish ??= finish_reason;
    for (const { index, id, function: fn } of delta.tool_calls ?? []) {
      folded.calls[index] ??= { id: id ?? '', name: fn.name ?? '', arguments: '' };
      const call = folded.calls[index];
      if (call !== undefined) call.arguments += fn.arguments ?? '';
    }
  }
  return folded;
}

function dataOf(event: string): JsonObject {
  return JSON.parse(/^data: (.*)$/m.exec(event)?.[1] ?? '{}') as JsonObject;
}

interface Delta {
  role?: string;
  content?: string | null;
  reasoning_content?: string;
  reasoning_details?: unknown[];
  tool_calls?: { index: number; id?: string; function: { name?: string; arguments?: string } }[];
}
